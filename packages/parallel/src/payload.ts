/** The data of a chunk: how heavy it is, and its most compact form. */

/**
 * Most data in a chunk, in bytes, roughly counted. Copying 1 MiB takes about as long as a chunk should run (bench
 * `parallel-map`), and a few chunks a thread stay small beside the thread itself.
 */
const MAX_BYTES = 2 ** 20;

/** What a value costs besides its contents. */
const VALUE_BYTES = 8;

/** Adds up what the values of a chunk weigh: strings and binary data, as such and one level deep in objects. */
export class Payload {
  #bytes = 0;
  /** What is in the chunk already: a message holds each object once. */
  readonly #seen = new Set<object>();

  get isFull(): boolean {
    return this.#bytes >= MAX_BYTES;
  }

  add(value: unknown): void {
    this.#bytes += this.#weigh(value, true);
  }

  #weigh(value: unknown, isOutermost: boolean): number {
    if (typeof value === 'string') return VALUE_BYTES + value.length;
    if (typeof value !== 'object' || value === null || this.#seen.has(value)) return VALUE_BYTES;
    this.#seen.add(value);
    if (value instanceof ArrayBuffer) return value.byteLength;
    // Views of shared memory travel by reference.
    if (ArrayBuffer.isView(value)) return value.buffer instanceof ArrayBuffer ? value.byteLength : VALUE_BYTES;
    if (Array.isArray(value)) return VALUE_BYTES * value.length;
    let bytes = VALUE_BYTES;
    if (isOutermost) for (const inner of Object.values(value)) bytes += this.#weigh(inner, false);
    return bytes;
  }
}

/** Fewest numbers that are worth an array of their own. */
const MIN_PACKED = 8;

/**
 * Returns `values`, as a Float64Array where all are numbers: copying a million of them then takes milliseconds instead of
 * hundreds (bench `parallel-map`).
 */
export function pack(values: readonly unknown[]): ArrayLike<unknown> {
  if (values.length < MIN_PACKED || !values.every((value) => typeof value === 'number')) return values;
  return Float64Array.from(values);
}
