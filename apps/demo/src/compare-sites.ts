/** Whether two sites are the same, byte by byte. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The SHA-256 of each file, by its path in the site; `missing` where there is no such file. */
export type SiteHashes = ReadonlyMap<string, string>;

/** Hashes `files` of the site in `directory`. */
export async function hashSite(directory: string, files: readonly string[]): Promise<SiteHashes> {
  const hashes = new Map<string, string>();
  for (const file of files) hashes.set(file, await hashFile(join(directory, file)));
  return hashes;
}

async function hashFile(path: string): Promise<string> {
  try {
    return createHash('sha256').update(await readFile(path)).digest('hex');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'missing';
    throw error;
  }
}

/** The files that are not the same in both, in the order of `one`. */
export function differingFiles(one: SiteHashes, other: SiteHashes): string[] {
  return [...one].filter(([file, hash]) => other.get(file) !== hash).map(([file]) => file);
}
