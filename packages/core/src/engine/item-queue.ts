/** A first-in, first-out list of values: an array of which the front is cut off now and then, so that both ends cost O(1), amortised. */

/** Emptied places that an array may have in front before they are cut off: enough that cutting is rare, few enough to be no burden. */
const MIN_CUT = 32;

export class ItemQueue<T> {
  #items: (T | undefined)[] = [];
  /** Where the oldest item stands; the places before it are empty. */
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** Takes the oldest item. There must be one. */
  shift(): T {
    const item = this.#items[this.#head] as T;
    // Not kept alive by the empty place.
    this.#items[this.#head++] = undefined;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= MIN_CUT && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
