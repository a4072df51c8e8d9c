/** A payload for piscina. */

import { move } from 'piscina';
import { touch } from './payload-functions.ts';

export function touchCopied(bytes: Uint8Array): Uint8Array {
  touch(bytes);
  return bytes;
}

export function touchMoved(bytes: Uint8Array): Uint8Array {
  touch(bytes);
  return move(bytes) as Uint8Array;
}

export { touch as touchShared };
