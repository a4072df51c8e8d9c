/** Objects that move to another thread instead of being copied. */

import { types } from 'node:util';
import type { Transferable } from 'node:worker_threads';
import type { CallOptions } from '@heddle/core';
import { describe } from '@heddle/core/engine';

/**
 * Adds what a call moves to the list for a message.
 *
 * @throws {TypeError} when something was moved away before: the platform would move an empty buffer and say nothing
 */
export function addTransfer(list: Transferable[], options: CallOptions | undefined): void {
  if (options?.transfer === undefined) return;
  for (const item of options.transfer) {
    if (isDetached(item)) throw new TypeError(`\`transfer\` lists ${describe(item)} that was moved away before`);
    // The platform refuses what it cannot move.
    list.push(item as Transferable);
  }
}

function isDetached(value: unknown): boolean {
  if (!types.isArrayBuffer(value) || value.byteLength > 0) return false;
  try {
    new Uint8Array(value);
    return false;
  } catch {
    return true;
  }
}
