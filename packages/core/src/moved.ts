/**
 * What of a value moves instead of being copied when the value leaves its thread. Said of the value itself, beside it, so that its
 * type stays what it is, and a value that never leaves its thread costs nothing.
 */

import { describe } from './options.ts';

const MOVED = Symbol.for('heddle.moved.v1');

/** Lists by value. Weak: what is said of a value goes with it. */
type Marks = WeakMap<object, readonly object[]>;

/** On `globalThis`, because two installed copies of this package must still see what each other's tasks say. */
interface MarkedHost {
  [MOVED]?: Marks;
}

/**
 * Says what of a value moves when it leaves its thread: as the result of a task that another thread has asked for, or as what it
 * reports with `current().progress`. Returns the value itself. On executors of one thread nothing moves.
 *
 * What has moved is gone from the thread that had it: a buffer is empty afterwards. A task that hands on what it has awaited
 * hands on what was said of it too, whichever threads it has crossed.
 *
 * @param value a buffer or a view of one moves by itself; of any other object, what `parts` lists
 * @param parts buffers, ports and streams inside of `value`: what `postMessage` takes as its transfer list
 * @throws {TypeError} when `value` is not an object, or `parts` no list of objects
 * @see {@link CallOptions.transfer} for arguments
 * @example
 * ```ts
 * const render = task(import.meta, 'render', (width: number, height: number) => {
 *   const pixels = new Uint8ClampedArray(width * height * 4);
 *   return moved({ width, height, pixels }, [pixels.buffer]);
 * });
 * ```
 */
export function moved<R extends ArrayBuffer | ArrayBufferView>(value: R): R;
export function moved<R extends object>(value: R, parts: readonly object[]): R;
export function moved(value: object, parts: readonly object[] | undefined = ownBuffer(value)): object {
  if (typeof value !== 'object' || value === null) throw new TypeError(`Expected moved() of an object, got ${describe(value)}`);
  if (parts === undefined) throw new TypeError(`Expected moved(value, parts) with a list of what moves, because the value is no buffer but ${describe(value)}`);
  const stranger = Array.isArray(parts) ? parts.find((part: unknown) => typeof part !== 'object' || part === null) : parts;
  if (stranger !== undefined) throw new TypeError(`Expected what moves to be a list of objects, such as [pixels.buffer], got ${describe(stranger)}`);
  ((globalThis as MarkedHost)[MOVED] ??= new WeakMap()).set(value, parts);
  return value;
}

function ownBuffer(value: unknown): readonly object[] | undefined {
  const buffer = ArrayBuffer.isView(value) ? value.buffer : value;
  if (buffer instanceof ArrayBuffer) return [buffer];
  // Shared memory is there for both threads already.
  return typeof SharedArrayBuffer === 'function' && buffer instanceof SharedArrayBuffer ? [] : undefined;
}

/** Returns what `moved` has said of a value; `undefined` if nothing. */
export function movedParts(value: unknown): readonly object[] | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return (globalThis as MarkedHost)[MOVED]?.get(value);
}
