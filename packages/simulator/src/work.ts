import { type Coroutine, type Operation } from '@heddle/core';
import { expectNumber, operation, Waiting, type Fiber, type Host } from '@heddle/core/engine';

/** A host whose threads can be kept busy for a number of ticks. */
export interface VirtualHost extends Host {
  /** Keeps the thread that steps `fiber` busy for `ticks`, and calls `endWork` then, unless the fiber is woken otherwise. */
  occupy(fiber: Fiber, ticks: number, endWork: () => void): void;
}

/**
 * Tells the simulator what a piece of code costs: keeps the task's virtual thread busy for `ticks`, on top of the one tick that
 * every visit takes. On other executors it only gives up the turn: there, code costs what it costs.
 *
 * @param ticks an integer of at least 0
 * @throws {TypeError} when `ticks` is no number
 * @throws {RangeError} when `ticks` is negative or no integer
 * @example
 * ```ts
 * const sum = task(import.meta, 'sum', function* (numbers: number[]) {
 *   let total = 0;
 *   for (const number of numbers) total += number;
 *   yield* work(numbers.length);
 *   return total;
 * });
 * ```
 */
export function work(ticks: number): Operation<void> {
  expectNumber('ticks', ticks, { min: 0, integer: true });
  return operation(() => (ticks === 0 ? noWork() : new Work(ticks)));
}

function* noWork(): Coroutine<void> {}

class Work extends Waiting<void> {
  readonly #ticks: number;

  constructor(ticks: number) {
    super();
    this.#ticks = ticks;
  }

  get isTimed(): boolean {
    return true;
  }

  describe(): string {
    return `work(${this.#ticks} ticks)`;
  }

  protected arm(fiber: Fiber): void {
    if (isVirtual(fiber.host)) fiber.host.occupy(fiber, this.#ticks, () => this.succeed());
    else this.succeed();
  }

  protected disarm(): void {}
}

function isVirtual(host: Host): host is VirtualHost {
  return 'occupy' in host;
}
