/** Reads a file that may be broken in any way. */

import { readFile } from 'node:fs/promises';

/** The text of a file, or what is wrong with it, as in "(the file) cannot be read". */
export type ReadResult = { readonly text: string } | { readonly problem: string };

/**
 * Reads a file as UTF-8. A file that is broken is a result and no error: what is wrong with the input concerns its reader, not
 * the one who runs the task.
 *
 * @throws {Error} with the name `AbortError` when `signal` aborts
 */
export async function readMarkdown(path: string, signal: AbortSignal): Promise<ReadResult> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path, { signal });
  } catch (error) {
    if (signal.aborted) throw error;
    return { problem: `cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})` };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: 'is not valid UTF-8' };
  }
}
