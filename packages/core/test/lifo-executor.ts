import { LocalExecutor, step, type Fiber } from '@heddle/core/engine';

/** Runs the newest ready fiber first: the other order than InlineExecutor's, and the smallest executor that can be built. */
export class LifoExecutor extends LocalExecutor {
  readonly #ready: Fiber[] = [];
  #isDraining = false;

  protected get isStepping(): boolean {
    return this.#isDraining;
  }

  enqueue(fiber: Fiber): void {
    this.#ready.push(fiber);
    queueMicrotask(() => this.#drain());
  }

  dequeue(fiber: Fiber): void {
    this.#ready.splice(this.#ready.indexOf(fiber), 1);
  }

  checkpoint(): boolean {
    return true;
  }

  #drain(): void {
    this.#isDraining = true;
    for (let fiber = this.#ready.pop(); fiber !== undefined; fiber = this.#ready.pop()) step(fiber);
    this.#isDraining = false;
  }
}
