/** Objects that move to another thread instead of being copied. */

import { isArrayBuffer } from 'node:util/types';
import type { Transferable } from 'node:worker_threads';
import type { CallOptions } from '@heddle/core';
import { describe, movedParts } from '@heddle/core/engine';

/**
 * Adds what a call moves to the list for a message.
 *
 * @throws {TypeError} when something was moved away before: the platform would move an empty buffer and say nothing
 */
export function addTransfer(list: Transferable[], options: CallOptions | undefined): void {
  if (options?.transfer !== undefined) add(list, options.transfer, '`transfer`');
}

/**
 * Adds what moves of a value that leaves the thread, as the task has said with `moved`.
 *
 * @throws {TypeError} when something was moved away before
 */
export function addMoved(list: Transferable[], value: unknown): void {
  const parts = movedParts(value);
  if (parts !== undefined) add(list, parts, 'moved()');
}

function add(list: Transferable[], items: readonly unknown[], where: string): void {
  for (const item of items) {
    if (isDetached(item)) throw new TypeError(`${where} lists ${describe(item)} that was moved away before`);
    // The platform refuses what it cannot move.
    list.push(item as Transferable);
  }
}

function isDetached(value: unknown): boolean {
  if (!isArrayBuffer(value) || value.byteLength > 0) return false;
  try {
    new Uint8Array(value);
    return false;
  } catch {
    return true;
  }
}
