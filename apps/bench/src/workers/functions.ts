/** The work that every pool is given: the same functions in the same module for all of them. No imports, so that they load alike. */

/** Gives its argument back: an empty task, and yet a wrong result would show. */
export function echo(value: number): number {
  return value;
}

/**
 * Keeps a core busy for a fixed number of steps, each depending on the one before, so that no compiler can shorten it.
 * Counted and not clocked: on a slower machine, or beside a busy neighbour, it is the same work.
 */
export function spin(steps: number): number {
  let state = 1;
  for (let step = 0; step < steps; step++) state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
  return state;
}

/** For pools that pass one argument: {@link spin}, and the item's index mixed into the result. */
export function spinItem({ steps, index }: { readonly steps: number; readonly index: number }): number {
  return spin(steps) ^ index;
}

/** An item that is hardly worth a function call. */
export function addOne(value: number): number {
  return value + 1;
}

/** The plain recursive Fibonacci function. */
export function fib(n: number): number {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
