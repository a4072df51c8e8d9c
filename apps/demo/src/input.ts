/** The input tree, checked and walked. */

import { realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { placePages, type PagePlace } from './page-place.ts';
import { UserError } from './user-error.ts';
import { findMarkdown, type Problem } from './walk.ts';

/** A Markdown file of the input. */
export interface SourceFile {
  /** Relative to the tree, with `/`. */
  readonly path: string;
  /** Absolute. */
  readonly source: string;
  readonly place: PagePlace;
}

export interface Input {
  /** Sorted by path. */
  readonly files: readonly SourceFile[];
  /** What the walk itself came upon. */
  readonly problems: readonly Problem[];
}

/**
 * Finds the Markdown files under a directory.
 *
 * @throws {UserError} when there is no such directory
 */
export async function readInput(directory: string, signal: AbortSignal): Promise<Input> {
  const root = await expectDirectory(directory);
  const { files, problems } = await findMarkdown(root, signal);
  const places = placePages(files, basename(root));
  // Invariant: there is one place for each file.
  return { files: files.map((path, at) => ({ path, source: join(root, path), place: places[at]! })), problems };
}

async function expectDirectory(directory: string): Promise<string> {
  try {
    const stats = await stat(directory);
    if (stats.isDirectory()) return await realpath(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UserError(`Expected --input to be a directory, got ${code === 'ENOENT' ? 'a path that does not exist' : `a path that cannot be reached (${code})`}: ${directory}`);
  }
  throw new UserError(`Expected --input to be a directory, got a file: ${directory}`);
}
