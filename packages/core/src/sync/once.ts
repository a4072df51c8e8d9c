import type { Coroutine, Operation } from '../coroutine.ts';
import type { Fiber } from '../engine/fiber.ts';
import { operation } from '../engine/wait.ts';
import { DeadlockError, isCancelled } from '../errors.ts';
import { ask, NOT_YET, type Admission, type QueuedWait } from './queued-wait.ts';
import { begin, expectBody, type ScopedBody } from './scoped.ts';
import { identify, type SyncOptions } from './sync-options.ts';
import { WaitQueue } from './wait-queue.ts';

/** Counts of a {@link Once}. */
export interface OnceStatistics {
  /** Whether the value is there. */
  readonly isDone: boolean;
  /** How often the body was started. */
  readonly runs: number;
  /** How many tasks wait for the run under way. */
  readonly waiting: number;
}

/** Tells a task that it is the one to run the body. */
const RUN: unique symbol = Symbol('run');

/** What the tasks get: the value, or the body to run. */
type Turn<T> = { readonly value: T } | typeof RUN;

/**
 * Runs an operation once, however many tasks ask for its value.
 *
 * @remarks The body runs in the first task that asks; the others wait. Its value is kept for ever. If it fails, all who wait get the
 * same error, because it was this run that they waited for; the error is not kept, and whoever asks next runs the body again (as with
 * `get_or_try_init` of Rust's OnceCell; Go's `OnceValue` would keep it). If the task that runs it is cancelled, that is no outcome:
 * the task that has waited longest runs the body afresh, so a cancellation never reaches another task.
 * @example
 * ```ts
 * const connection = new Once(function* () {
 *   return yield* until((signal) => connect(url, { signal }));
 * });
 *
 * const query = task(function* (text: string) {
 *   const { run } = yield* connection.get();
 *   return yield* until(() => run(text));
 * });
 * ```
 */
export class Once<T> {
  readonly #body: ScopedBody<T>;
  readonly #label: string;
  #done: { readonly value: T } | null = null;
  /** The task that runs the body, `null` when none does. */
  #runner: Fiber | null = null;
  #runs = 0;
  /** Invariant: empty unless there is a runner. */
  readonly #waiters = new WaitQueue<QueuedWait<Turn<T>, void>>();
  readonly #asking: Admission<Turn<T>, void>;

  /**
   * @param body a generator function, or a function that returns a call or another operation
   * @throws {TypeError} when an argument has the wrong type
   */
  constructor(body: ScopedBody<T>, options: SyncOptions = {}) {
    expectBody('new Once()', body);
    const { label, isExternal } = identify('once', options);
    this.#body = body;
    this.#label = label;
    this.#asking = {
      queue: this.#waiters,
      isExternal,
      describe: () => `get() of ${label}`,
      admit: (fiber) => this.#admit(fiber),
      holders: () => (this.#runner === null ? [] : [this.#runner]),
    };
  }

  /**
   * Gives the value; runs the body if nobody has yet, or waits for whoever does.
   *
   * @throws what the body has thrown
   * @throws {DeadlockError} when the body itself asks: it would wait for itself
   */
  get(): Operation<T> {
    return operation(() => this.#get());
  }

  statistics(): OnceStatistics {
    return { isDone: this.#done !== null, runs: this.#runs, waiting: this.#waiters.size };
  }

  #admit(fiber: Fiber): Turn<T> | typeof NOT_YET {
    if (this.#done !== null) return this.#done;
    if (this.#runner === fiber) {
      const message = `Expected the body of ${this.#label} to end without its own value, got get() inside of it: it would wait for itself`;
      throw new DeadlockError(message, { circle: [fiber.id] });
    }
    if (this.#runner !== null) return NOT_YET;
    this.#runner = fiber;
    return RUN;
  }

  *#get(): Coroutine<T> {
    const turn = yield* ask(this.#asking, undefined);
    if (turn !== RUN) return turn.value;
    this.#runs++;
    let value: T;
    try {
      value = yield* begin('new Once()', this.#body);
    } catch (error) {
      if (isCancelled(error)) this.#passOn();
      else this.#fail(error);
      throw error;
    }
    this.#succeed(value);
    return value;
  }

  #succeed(value: T): void {
    this.#runner = null;
    this.#done = { value };
    for (let next = this.#waiters.shift(); next !== null; next = this.#waiters.shift()) next.grant(this.#done);
  }

  #fail(error: unknown): void {
    this.#runner = null;
    for (let next = this.#waiters.shift(); next !== null; next = this.#waiters.shift()) next.refuse(error);
  }

  /** Ordering: the next runner is set before it has its turn, so that nobody who asks in between runs the body too. */
  #passOn(): void {
    const next = this.#waiters.shift();
    this.#runner = next === null ? null : next.fiber;
    next?.grant(RUN);
  }
}
