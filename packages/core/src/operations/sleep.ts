import type { CancelTimer } from '../clock.ts';
import type { Operation } from '../coroutine.ts';
import type { Fiber } from '../engine/fiber.ts';
import { operation, Waiting } from '../engine/wait.ts';
import { expectNumber } from '../options.ts';

/**
 * Parks the task for at least `ms` milliseconds of the executor's clock.
 *
 * @param ms 0 or more
 * @throws {TypeError} when `ms` is no number
 * @throws {RangeError} when `ms` is negative or not finite
 */
export function sleep(ms: number): Operation<void> {
  expectNumber('ms', ms, { min: 0 });
  return operation(() => new Sleep(ms));
}

class Sleep extends Waiting<void> {
  readonly #ms: number;
  #cancelTimer: CancelTimer | null = null;

  constructor(ms: number) {
    super();
    this.#ms = ms;
  }

  get isTimed(): boolean {
    return true;
  }

  describe(): string {
    return `sleep(${this.#ms} ms)`;
  }

  protected arm(fiber: Fiber): void {
    this.#cancelTimer = fiber.host.clock.setTimer(() => {
      this.succeed();
    }, this.#ms);
  }

  protected disarm(): void {
    this.#cancelTimer?.();
  }
}
