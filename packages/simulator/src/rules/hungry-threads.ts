/** The threads that have nothing to do. Any one of them is taken as fast as a certain one. */

export class HungryThreads {
  readonly #random: () => number;
  readonly #threads: number[] = [];
  /** Where each of them is in the list. */
  readonly #indices = new Map<number, number>();

  /** @param random gives numbers from 0 up to, not including, 1 */
  constructor(random: () => number) {
    this.#random = random;
  }

  add(thread: number): void {
    if (this.#indices.has(thread)) return;
    this.#indices.set(thread, this.#threads.length);
    this.#threads.push(thread);
  }

  delete(thread: number): void {
    const index = this.#indices.get(thread);
    if (index === undefined) return;
    this.#indices.delete(thread);
    // Invariant: the list holds at least this thread.
    const last = this.#threads.pop()!;
    if (last === thread) return;
    this.#threads[index] = last;
    this.#indices.set(last, index);
  }

  /** Takes out any of them; `undefined` when there is none. */
  takeAny(): number | undefined {
    if (this.#threads.length === 0) return undefined;
    const thread = this.#threads[Math.floor(this.#random() * this.#threads.length)];
    if (thread !== undefined) this.delete(thread);
    return thread;
  }
}
