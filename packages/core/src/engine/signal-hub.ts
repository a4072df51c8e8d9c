/**
 * One listener for each AbortSignal, however many tasks watch it, removed with the last of them. A long-lived signal with a
 * listener for each task leaks and slows down.
 *
 * @see https://github.com/nodejs/node/issues/52635
 */

type Callback = () => void;

class Watch {
  readonly #signal: AbortSignal;
  readonly #callbacks = new Set<Callback>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  add(callback: Callback): Callback {
    if (this.#callbacks.size === 0) this.#signal.addEventListener('abort', this.#fire);
    this.#callbacks.add(callback);
    return () => {
      if (this.#callbacks.delete(callback) && this.#callbacks.size === 0) this.#signal.removeEventListener('abort', this.#fire);
    };
  }

  readonly #fire = (): void => {
    const callbacks = [...this.#callbacks];
    this.#callbacks.clear();
    this.#signal.removeEventListener('abort', this.#fire);
    for (const callback of callbacks) callback();
  };
}

const watches = new WeakMap<AbortSignal, Watch>();

/**
 * Calls `callback` once when `signal` aborts: at once, if it has already.
 *
 * @returns what stops watching; calling it again is harmless
 */
export function onAbort(signal: AbortSignal, callback: Callback): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  let watch = watches.get(signal);
  if (watch === undefined) watches.set(signal, (watch = new Watch(signal)));
  return watch.add(callback);
}
