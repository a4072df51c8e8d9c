/** {@link touch} as Heddle tasks. Worker threads import this module to find them. */

import { moved, task } from '@heddle/core';
import { touch } from './payload-functions.ts';

/** Gives the bytes back as a copy. */
export const touchCopied = task(import.meta, 'touchCopied', (bytes: Uint8Array) => {
  touch(bytes);
  return bytes;
});

/** Gives the bytes back without a copy. */
export const touchMoved = task(import.meta, 'touchMoved', (bytes: Uint8Array) => {
  touch(bytes);
  return moved(bytes);
});

/** Works on bytes that both sides see. */
export const touchShared = task(import.meta, 'touchShared', touch);
