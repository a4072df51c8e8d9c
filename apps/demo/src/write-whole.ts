import { rename, rm, writeFile } from 'node:fs/promises';
import { partOf } from './output-directory.ts';

/** Writes a file so that it is never seen half-written, neither by a reader nor after a crash. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const part = partOf(path);
  try {
    await writeFile(part, text);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  }
}
