/** Takes what is written to the standard streams of this thread, in place of the process's own. */

import { StringDecoder } from 'node:string_decoder';
import type { StreamName } from '../protocol.ts';

/** Told of each write. */
export type TellOutput = (stream: StreamName, text: string) => void;

type Done = (error?: Error | null) => void;

/** From now on `tell` gets what this thread writes to its standard streams. */
export function captureOutput(tell: TellOutput): void {
  for (const name of ['stdout', 'stderr'] as const) {
    // Keeps the beginning of a character whose end is in the next write.
    const decoder = new StringDecoder('utf8');
    process[name].write = (chunk: string | Uint8Array, encodingOrDone?: BufferEncoding | Done, done?: Done): boolean => {
      const encoding = typeof encodingOrDone === 'string' ? encodingOrDone : 'utf8';
      const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
      const text = decoder.write(bytes);
      if (text !== '') tell(name, text);
      const whenDone = typeof encodingOrDone === 'function' ? encodingOrDone : done;
      if (whenDone !== undefined) queueMicrotask(whenDone);
      return true;
    };
  }
}
