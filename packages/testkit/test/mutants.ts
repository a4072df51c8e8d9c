/** Executors that each break one law, to see that the suite notices, and that it names the right law. */

import { InlineExecutor, type Call, type CallOptions, type CloseOptions, type Executor, type Outcome, type TaskHandle } from '@heddle/core';
import type { Fiber, TaskCall } from '@heddle/core/engine';

type AnyHandle = TaskHandle<unknown>;

/** An InlineExecutor of which a mutant replaces single methods, or single members of the handles. */
class Mutant extends InlineExecutor implements Executor {
  /** Wraps each handle that is given out. */
  protected wrap(handle: AnyHandle, _options: CallOptions | undefined): AnyHandle {
    return handle;
  }

  override submit<R>(call: Call<R>, options?: CallOptions): TaskHandle<R> {
    return this.wrap(super.submit(call, options), options) as TaskHandle<R>;
  }

  /** The executor's own way does not lead through `submit`. */
  override run<R>(call: Call<R>, options?: CallOptions): Promise<R> {
    try {
      return this.submit(call, options).result;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** What the unbroken executor would do. */
  protected submitUnbroken(call: Call<unknown>, options?: CallOptions): AnyHandle {
    return super.submit(call, options);
  }
}

/** Returns `handle` with some members replaced. */
function withMembers(handle: AnyHandle, members: Partial<Record<keyof AnyHandle, () => unknown>>): AnyHandle {
  return new Proxy(handle, {
    get(target, key) {
      const member = members[key as keyof AnyHandle];
      if (member !== undefined) return member();
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value as () => unknown).bind(target) : value;
    },
  });
}

/** Lets nobody miss the failure of `promise`. */
function handled(promise: Promise<unknown>): void {
  promise.catch(() => {});
}

/** Passes on what `handle` comes to, changed. */
function withResult(handle: AnyHandle, change: (result: Promise<unknown>) => Promise<unknown>): AnyHandle {
  const result = change(handle.result);
  let outcome: Outcome<unknown> | undefined;
  result.then(
    (value) => (outcome = { status: 'fulfilled', value }),
    (reason: unknown) => (outcome = { status: 'rejected', reason }),
  );
  return withMembers(handle, { result: () => result, outcome: () => outcome, state: () => (outcome === undefined ? handle.state : 'complete') });
}

/** Returns what looks like a CancelledError. */
function cancelled(reason?: unknown): Error {
  return Object.assign(new Error('cancelled', { cause: reason }), { name: 'AbortError', code: 'ERR_HEDDLE_CANCELLED' });
}

function codeOf(error: unknown): unknown {
  return (error as { code?: unknown } | null | undefined)?.code;
}

// -- settle-once --

/** A late cancellation settles a call for the second time. */
class SettlesTwice extends Mutant {
  protected override wrap(handle: AnyHandle): AnyHandle {
    let isCancelledLate = false;
    return withMembers(handle, {
      cancel: () => (reason: unknown) => {
        isCancelledLate = handle.state === 'complete';
        handle.cancel(reason);
      },
      outcome: () => (isCancelledLate ? { status: 'rejected', reason: new Error('again') } : handle.outcome),
    });
  }
}

/** A call that throws null or undefined never settles. */
class LosesNullErrors extends Mutant {
  protected override wrap(handle: AnyHandle): AnyHandle {
    return withResult(handle, (result) => result.catch((error: unknown) => (error === null || error === undefined ? new Promise(() => {}) : Promise.reject(error as Error))));
  }
}

/** The call of a handle that was submitted just now. */
function unstartedCall(handle: AnyHandle): TaskCall {
  const { call } = handle as unknown as Fiber;
  if (call === null) throw new Error('Expected a handle that has not started');
  return call;
}

/** Every seventh call runs twice. */
class RunsTwice extends Mutant {
  #submitted = 0;
  protected override wrap(handle: AnyHandle): AnyHandle {
    // A bug that shows under load only: past the number of calls that other laws make.
    if (++this.#submitted > 420 && this.#submitted % 7 === 0) handled(this.submitUnbroken(unstartedCall(handle)).result);
    return handle;
  }
}

// -- outcome --

/** Results take the way of JSON. */
class SerializesAsJson extends Mutant {
  protected override wrap(handle: AnyHandle): AnyHandle {
    const value = (original: unknown): unknown => (typeof original === 'object' && original !== null ? (JSON.parse(JSON.stringify(original)) as unknown) : original);
    return withResult(handle, (result) => result.then(value));
  }
}

/** Progress values are lost. */
class LosesProgress extends Mutant {
  protected override wrap(handle: AnyHandle): AnyHandle {
    return withMembers(handle, { progress: () => (async function* () {})() });
  }
}

// -- errors --

/** Errors arrive as new ones of their class with their message and stack. */
class DropsOwnProperties extends Mutant {
  protected override wrap(handle: AnyHandle): AnyHandle {
    return withResult(handle, (result) => result.catch((error: unknown) => Promise.reject(bare(error))));
  }
}

function bare(error: unknown): unknown {
  if (!(error instanceof Error) || String(codeOf(error)).startsWith('ERR_HEDDLE_')) return error;
  const copy = Object.create(Object.getPrototypeOf(error) as object, { message: { value: error.message }, stack: { value: error.stack } }) as Error;
  if (Object.hasOwn(error, 'name')) copy.name = error.name;
  return copy;
}

/** Errors arrive as plain ones. */
class DropsClasses extends Mutant {
  protected override wrap(handle: AnyHandle): AnyHandle {
    return withResult(handle, (result) =>
      result.catch((error: unknown) => {
        if (!(error instanceof Error) || String(codeOf(error)).startsWith('ERR_HEDDLE_')) return Promise.reject(error as Error);
        const { message, name, stack, cause } = error;
        return Promise.reject(Object.assign(new Error(message, { cause }), error, { name, stack }));
      }),
    );
  }
}

// -- order --

/** Calls that were submitted together start last in, first out. */
class LastInFirstOut extends Mutant {
  readonly #held: Fiber[] = [];
  override enqueue(fiber: Fiber): void {
    if (fiber.hasStarted) {
      super.enqueue(fiber);
      return;
    }
    this.#held.push(fiber);
    queueMicrotask(() => {
      for (let next = this.#held.pop(); next !== undefined; next = this.#held.pop()) if (next.state === 'ready') super.enqueue(next);
    });
  }
}

/** Calls with a signal start before others, as in piscina before 5.4. */
class PrefersSignals extends Mutant {
  readonly #held: Fiber[] = [];
  override enqueue(fiber: Fiber): void {
    if (fiber.hasStarted || fiber.options?.signal !== undefined) {
      super.enqueue(fiber);
      return;
    }
    this.#held.push(fiber);
    queueMicrotask(() => {
      for (const next of this.#held.splice(0)) if (next.state === 'ready') super.enqueue(next);
    });
  }
}

// -- cancel --

/** A call that is cancelled while it waits in the queue runs all the same. */
class StartsCancelledCalls extends Mutant {
  protected override wrap(handle: AnyHandle): AnyHandle {
    return withMembers(handle, {
      cancel: () => (reason: unknown) => {
        const { hasStarted, call, state } = handle as unknown as Fiber;
        handle.cancel(reason);
        if (!hasStarted && state === 'ready' && call !== null) handled(this.submitUnbroken(call).result);
      },
    });
  }
}

/** The handle's `cancel` forgets the task instead of interrupting it: no `finally` block runs. */
class LosesFinally extends Mutant {
  readonly #forgotten = new Set<Fiber>();
  protected override wrap(handle: AnyHandle): AnyHandle {
    return withMembers(handle, {
      cancel: () => (reason: unknown) => {
        const fiber = handle as unknown as Fiber;
        if (!fiber.hasStarted || fiber.state === 'complete') {
          handle.cancel(reason);
          return;
        }
        // Takes the children along, and the fiber's own steps with them.
        this.#forgotten.add(fiber);
        handle.cancel(reason);
        fiber.settle(true, cancelled(reason));
      },
    });
  }
  override enqueue(fiber: Fiber): void {
    if (!this.#forgotten.has(fiber)) super.enqueue(fiber);
    else fiber.state = 'complete';
  }
}

/** A cancelled call settles before its `finally` blocks have run. */
class SettlesTooEarly extends Mutant {
  protected override wrap(handle: AnyHandle): AnyHandle {
    let reject: (error: Error) => void = () => {};
    const early = new Promise<never>((_resolve, onReject) => {
      reject = onReject;
    });
    return withMembers(
      withResult(handle, (late) => Promise.race([late, early])),
      {
        cancel: () => (reason: unknown) => {
          if (handle.state === 'awaiting') reject(cancelled(reason));
          handle.cancel(reason);
        },
      },
    );
  }
}

/** Cancelling one running call cancels its neighbours. */
class CancelsNeighbours extends Mutant {
  readonly #handles: AnyHandle[] = [];
  protected override wrap(handle: AnyHandle): AnyHandle {
    this.#handles.push(handle);
    return withMembers(handle, {
      cancel: () => (reason: unknown) => {
        const isRunning = handle.state === 'awaiting';
        handle.cancel(reason);
        if (isRunning) for (const other of this.#handles) other.cancel(reason);
      },
    });
  }
}

/** Signals are ignored once the call runs. */
class IgnoresSignals extends Mutant {
  override submit<R>(call: Call<R>, options?: CallOptions): TaskHandle<R> {
    return options?.signal === undefined ? super.submit(call, options) : super.submit(call, { ...options, signal: undefined });
  }
}

// -- timeouts --

/** `timeoutMs` is ignored. */
class IgnoresTimeouts extends Mutant {
  override submit<R>(call: Call<R>, options?: CallOptions): TaskHandle<R> {
    return super.submit(call, { ...options, timeoutMs: undefined });
  }
}

/** A time-out looks like any other cancellation. */
class CancelsOnTimeout extends Mutant {
  protected override wrap(handle: AnyHandle): AnyHandle {
    return withResult(handle, (result) =>
      result.catch((error: unknown) => Promise.reject(codeOf(error) === 'ERR_HEDDLE_TIMEOUT' ? cancelled() : (error as Error))),
    );
  }
}

// -- nesting --

/** Each task occupies a slot for as long as it lives, while it awaits others too. */
class HangsOnNesting extends Mutant {
  static readonly #SLOTS = 30;
  readonly #waiting: Fiber[] = [];
  readonly #holders = new Set<Fiber>();
  override enqueue(fiber: Fiber): void {
    if (!fiber.hasStarted && !this.#holders.has(fiber)) {
      this.#waiting.push(fiber);
      queueMicrotask(() => {
        this.#admit();
      });
      return;
    }
    super.enqueue(fiber);
  }
  #admit(): void {
    for (const holder of this.#holders) if (holder.state === 'complete') this.#holders.delete(holder);
    while (this.#holders.size < HangsOnNesting.#SLOTS) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      if (next.state !== 'ready') continue;
      this.#holders.add(next);
      super.enqueue(next);
      if (next.owner === null) handled(next.result.finally(() => this.#admit()));
    }
  }
}

// -- isolation --

/** A call that fails takes those with it that run at that moment. */
class FailsNeighbours extends Mutant {
  readonly #handles = new Set<AnyHandle>();
  protected override wrap(handle: AnyHandle): AnyHandle {
    this.#handles.add(handle);
    const fellow = (error: unknown): void => {
      const isCustom = (error as { message?: unknown } | null | undefined)?.message === 'the thread broke';
      if (isCustom) for (const other of this.#handles) if (other.state === 'awaiting') other.cancel(error);
    };
    handle.result.then(() => this.#handles.delete(handle), fellow);
    return handle;
  }
}

// -- close --

/** `close` does not wait. */
class AbandonsOnClose extends Mutant {
  override async close(options?: CloseOptions): Promise<void> {
    super.close(options).catch(() => {});
  }
}

/** `close` ignores its deadline. */
class IgnoresCloseDeadline extends Mutant {
  override close(): Promise<void> {
    return super.close();
  }
}

/** `submit` after `close` is accepted. */
class AcceptsAfterClose extends Mutant {
  #isClosed = false;
  override close(options?: CloseOptions): Promise<void> {
    this.#isClosed = true;
    return super.close(options);
  }
  override submit<R>(call: Call<R>, options?: CallOptions): TaskHandle<R> {
    return this.#isClosed ? (new InlineExecutor().submit(call, options)) : super.submit(call, options);
  }
}

/** Each mutant with the one law that it breaks. */
export const mutants: readonly (readonly [law: string, mutant: new () => Executor])[] = [
  ['settle-once', SettlesTwice],
  ['settle-once', LosesNullErrors],
  ['settle-once', RunsTwice],
  ['outcome', SerializesAsJson],
  ['outcome', LosesProgress],
  ['errors', DropsOwnProperties],
  ['errors', DropsClasses],
  ['order', LastInFirstOut],
  ['order', PrefersSignals],
  ['cancel', StartsCancelledCalls],
  ['cancel', LosesFinally],
  ['cancel', SettlesTooEarly],
  ['cancel', CancelsNeighbours],
  ['cancel', IgnoresSignals],
  ['timeouts', IgnoresTimeouts],
  ['timeouts', CancelsOnTimeout],
  ['nesting', HangsOnNesting],
  ['isolation', FailsNeighbours],
  ['close', AbandonsOnClose],
  ['close', IgnoresCloseDeadline],
  ['close', AcceptsAfterClose],
];
