/**
 * The types of suspendable code. A task body is a generator that awaits with `yield*`, so every await carries the type of
 * its own operand; a bare `yield` of anything does not compile, because only operations can make a {@link Suspend}.
 */

declare const SUSPEND: unique symbol;

/** What an operation hands to the engine when its coroutine must wait. Made by operations only. */
export interface Suspend {
  readonly [SUSPEND]: true;
}

/**
 * The body of a suspendable task while it runs. Needed as an annotation only where a task calls itself.
 *
 * The third parameter is `any` because each `yield*` receives the type of its own operand, which one parameter for the
 * whole generator cannot express (TypeScript issue 43632).
 */
// oxlint-disable-next-line typescript/no-explicit-any -- see above: no other type lets `yield*` infer per operand
export type Coroutine<R> = Generator<Suspend, R, any>;

/** Anything that `yield*` can await inside a task, with its own result type: calls, handles and operations. */
export interface Operation<out R> {
  [Symbol.iterator](): Coroutine<R>;
}

/** What awaiting `X` gives: the result of an operation, the value of a promise, or a plain value as it is. */
export type Awaitable<X> = X extends Operation<infer R> ? R : Awaited<X>;

/** The results of a tuple, array or record of awaitables, position by position or key by key. */
export type AwaitedResults<T> = { -readonly [K in keyof T]: Awaitable<T[K]> };
