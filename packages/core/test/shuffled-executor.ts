import { LocalExecutor, seededRandom, step, type Fiber, type LocalExecutorOptions } from '@heddle/core/engine';

/** Runs any ready fiber next, as its seed has it. */
export class ShuffledExecutor extends LocalExecutor {
  readonly #ready: Fiber[] = [];
  readonly #random: () => number;
  #isDraining = false;

  constructor(seed: number, options: LocalExecutorOptions) {
    super(options);
    this.#random = seededRandom(seed);
  }

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
    while (this.#ready.length > 0) {
      const [fiber] = this.#ready.splice(Math.floor(this.#random() * this.#ready.length), 1);
      if (fiber !== undefined) step(fiber);
    }
    this.#isDraining = false;
  }
}
