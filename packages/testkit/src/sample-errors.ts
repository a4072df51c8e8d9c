/** Errors of every make, built the same way on every thread, so that a law can compare what arrives with what was thrown. */

/** Which error {@link makeError} makes. */
export type ErrorKind = 'custom' | 'builtin' | 'coded' | 'caused' | 'aggregate' | 'renamed';

/** A class that only the task's module knows. */
class LoomError extends RangeError {
  readonly code = 'E_LOOM';
  readonly thread: number;
  readonly detail: { readonly shuttle: string; readonly picks: readonly number[] };

  constructor(message: string, thread: number, options?: ErrorOptions) {
    super(message, options);
    this.thread = thread;
    this.detail = { shuttle: 'left', picks: [1, 2, 3] };
  }
}

export const ERROR_KINDS: readonly ErrorKind[] = ['custom', 'builtin', 'coded', 'caused', 'aggregate', 'renamed'];

/** Returns a new error of `kind`. */
export function makeError(kind: ErrorKind): Error {
  switch (kind) {
    case 'custom':
      return new LoomError('the thread broke', 7);
    case 'builtin':
      return new TypeError('not a shuttle');
    case 'coded':
      return Object.assign(new Error('no such file'), { code: 'ENOENT', errno: -2, path: '/loom' });
    case 'caused':
      return new LoomError('outer', 1, { cause: new TypeError('middle', { cause: new LoomError('inner', 2, { cause: 'a string' }) }) });
    case 'aggregate':
      return new AggregateError([new LoomError('first', 1), new SyntaxError('second')], 'several');
    case 'renamed': {
      const error = new Error('renamed');
      error.name = 'SpindleError';
      return error;
    }
  }
}
