/** A payload there and back over a worker's own port, without any library. */

import { parentPort } from 'node:worker_threads';
import { touch } from './payload-functions.ts';

parentPort?.on('message', ({ bytes, isMoved }: { bytes: Uint8Array; isMoved: boolean }) => {
  const first = touch(bytes);
  if (bytes.buffer instanceof SharedArrayBuffer) parentPort?.postMessage(first);
  else parentPort?.postMessage(bytes, isMoved ? [bytes.buffer as ArrayBuffer] : []);
});
