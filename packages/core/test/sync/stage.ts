import { InlineExecutor, task, type Coroutine, type TaskHandle } from '@heddle/core';
import { FakeClock, settle } from '../fake-clock.ts';

/** A stage for a few tasks around one primitive: whatever they do is told in the order in which it happens. */
export class Stage {
  readonly clock = new FakeClock();
  readonly executor = new InlineExecutor({ clock: this.clock });
  #told: string[] = [];

  /** Notes what has happened. */
  tell(what: string): void {
    this.#told.push(what);
  }

  /** Starts a task; its end is told too: its value, or the code or message of its error. */
  start<R>(name: string, body: () => Coroutine<R>): TaskHandle<R> {
    const handle = this.executor.submit(task(() => this.#play(name, body))(), { name });
    // It was told.
    handle.result.catch(() => {});
    return handle;
  }

  *#play<R>(name: string, body: () => Coroutine<R>): Coroutine<R> {
    try {
      const value = yield* body();
      this.tell(value === undefined ? `${name} done` : `${name}: ${String(value)}`);
      return value;
    } catch (error) {
      const { code, message } = error as { code?: string; message?: string };
      this.tell(`${name} failed: ${code ?? message}`);
      throw error;
    }
  }

  /** Lets everything run that can, and gives what was told since the last time. */
  async told(afterMs = 0): Promise<string[]> {
    await this.clock.advance(afterMs);
    await settle();
    const told = this.#told;
    this.#told = [];
    return told;
  }
}
