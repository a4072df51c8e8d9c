/** A mistake of the person at the keyboard: told in one line that says what was expected and what was got, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError';
}
