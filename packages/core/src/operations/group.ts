import type { Call } from '../call.ts';
import type { Coroutine, Operation } from '../coroutine.ts';
import { contextHere } from '../engine/carried-context.ts';
import { TaskCall } from '../engine/task-call.ts';
import { onAbort } from '../engine/signal-hub.ts';
import type { Scope } from '../engine/scope.ts';
import { spawnIn } from '../engine/spawn-into.ts';
import { operation } from '../engine/wait.ts';
import type { TaskHandle } from '../executor.ts';
import { describe, validateCallOptions } from '../options.ts';
import { openScope, runInScope } from './scoped.ts';
import { timeout } from './timeout.ts';

/** What the body of a `group` spawns its children with. */
export interface TaskGroup {
  /**
   * Starts a call as a child of the group.
   *
   * @throws {TypeError} when `call` is no call, or the group has ended
   */
  spawn<R>(call: Call<R>): TaskHandle<R>;
  /** Cancels the body and all children. */
  cancel(reason?: unknown): void;
}

/** Options of {@link group}. */
export interface GroupOptions {
  /**
   * What a failing child does. `'cancel'`: the first failure cancels the body and the other children, and is thrown raw, further ones in
   * its `suppressed`. `'collect'`: the others go on, and all failures are thrown at the end as one `AggregateError`. When the body itself
   * fails, also by awaiting a child that has failed, the children are cancelled in either case. @default 'cancel'
   */
  readonly onError?: 'cancel' | 'collect' | undefined;
  /** Cancels the group when it aborts. @default none */
  readonly signal?: AbortSignal | undefined;
  /** Most time that the group may take, in milliseconds, above 0; then it is cancelled and throws `TaskTimeoutError`. @default none */
  readonly timeoutMs?: number | undefined;
}

/**
 * Runs `body` with a group to spawn children into, and ends only when all of them have.
 *
 * @throws {TypeError} when an argument has the wrong type
 * @throws what failed first, a child or the body, once all have ended; see {@link GroupOptions.onError}
 * @throws {CancelledError} when it was cancelled, with what failed meanwhile in its `suppressed`
 * @example
 * ```ts
 * const sizes = yield* group(function* (g) {
 *   const handles = urls.map((url) => g.spawn(sizeOf(url)));
 *   return yield* all(handles);
 * });
 * ```
 */
export function group<R>(body: (group: TaskGroup) => Coroutine<R>, options: GroupOptions = {}): Operation<R> {
  if (typeof body !== 'function') throw new TypeError(`Expected group() of a generator function, got ${describe(body)}`);
  const { onError = 'cancel', signal, timeoutMs } = options;
  if (onError !== 'cancel' && onError !== 'collect') throw new TypeError(`Expected \`onError\` to be 'cancel' or 'collect', got ${describe(onError)}`);
  validateCallOptions({ signal, timeoutMs });
  const run = operation(() => runGroup(body, onError, signal));
  return timeoutMs === undefined ? run : timeout(timeoutMs, run);
}

function* runGroup<R>(body: (group: TaskGroup) => Coroutine<R>, onError: 'cancel' | 'collect', signal: AbortSignal | undefined): Coroutine<R> {
  const scope = openScope('a group', onError);
  if (signal !== undefined) scope.markLimited();
  const release = signal === undefined ? undefined : onAbort(signal, () => { scope.cancel(signal.reason); });
  try {
    return yield* runInScope(scope, operation(() => body(nurseryOf(scope))));
  } finally {
    release?.();
  }
}

function nurseryOf(scope: Scope): TaskGroup {
  return {
    spawn: (call) => {
      if (scope.isClosed) throw new TypeError('Expected group.spawn() before the group has ended, got a call after its end');
      const { fiber } = scope;
      // Captured here: it may be called inside `storage.run`, by another task, or by an event listener.
      return spawnIn(scope, expectCall(call), contextHere(fiber.host.followsAsync, fiber)) as unknown as TaskHandle<never>;
    },
    cancel: (reason) => {
      scope.cancel(reason);
    },
  };
}

function expectCall(call: unknown): TaskCall {
  if (call instanceof TaskCall) return call;
  throw new TypeError(`Expected group.spawn() of a call, such as group.spawn(fib(30)), got ${describe(call)}`);
}
