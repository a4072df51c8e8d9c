/**
 * The directory that the demo writes to. A manifest in it lists every file that the demo makes, and is written before the first
 * of them: so whatever happens in between, the next run knows what it may remove, and touches nothing else.
 */

import { mkdir, readdir, readFile, rm, rmdir, stat, writeFile } from 'node:fs/promises';
import { dirname, join, posix } from 'node:path';
import { UserError } from './user-error.ts';

const MANIFEST = '.heddle-demo.json';
/** What a file is called until it is whole. */
const PART = '.part';

/** Where to write a file before it is renamed to `path`: a reader never sees half of it. */
export function partOf(path: string): string {
  return path + PART;
}

/** An output directory that belongs to the demo. */
export class OutputDirectory {
  /** Absolute. */
  readonly path: string;
  /** Relative to {@link path}, with `/`. */
  #files: readonly string[];

  private constructor(path: string, files: readonly string[]) {
    this.path = path;
    this.#files = files;
  }

  /**
   * Takes a directory for the demo, and makes it where it does not exist.
   *
   * @throws {UserError} when it is no directory, cannot be written, or holds files that are not the demo's
   */
  static async claim(path: string): Promise<OutputDirectory> {
    try {
      const stats = await stat(path).catch(() => undefined);
      if (stats?.isDirectory() === false) throw new UserError(`Expected --output to be a directory, got a file: ${path}`);
      await mkdir(path, { recursive: true });
      const files = await readManifest(path);
      const output = new OutputDirectory(path, files);
      // Also the test whether the directory can be written at all.
      await output.#writeManifest();
      return output;
    } catch (error) {
      if (error instanceof UserError) throw error;
      throw new UserError(`Expected --output to be a directory that can be written, got ${path} (${(error as Error).message})`);
    }
  }

  /** Removes what an earlier run made, and makes the directories for `files`, which are relative and use `/`. */
  async prepare(files: readonly string[]): Promise<void> {
    await this.#removeFiles();
    this.#files = files;
    await this.#writeManifest();
    for (const directory of directoriesOf(files)) await mkdir(join(this.path, directory), { recursive: true });
  }

  /** Removes files that were being written when a run was cancelled. */
  async removeParts(): Promise<void> {
    for (const file of this.#files) await rm(join(this.path, partOf(file)), { force: true });
  }

  async #removeFiles(): Promise<void> {
    await this.removeParts();
    for (const file of this.#files) await rm(join(this.path, file), { force: true });
    // Deepest first. A directory with something else in it stays.
    for (const directory of directoriesOf(this.#files).reverse()) await rmdir(join(this.path, directory)).catch(() => {});
  }

  async #writeManifest(): Promise<void> {
    const text = JSON.stringify({ about: 'The files that the Heddle demo made here, and may remove.', files: this.#files }, null, 1);
    await writeFile(join(this.path, MANIFEST), `${text}\n`);
  }
}

async function readManifest(path: string): Promise<string[]> {
  const entries = await readdir(path);
  if (entries.length === 0) return [];
  if (!entries.includes(MANIFEST)) {
    throw new UserError(`Expected --output to be an empty directory or one that the demo made, got one with other files: ${path}`);
  }
  const files = filesIn(await readFile(join(path, MANIFEST), 'utf8'));
  if (files === undefined) throw new UserError(`Expected a list of files that the demo made in ${join(path, MANIFEST)}, got something else`);
  return files;
}

/** The files that a manifest lists, or `undefined` when it is no manifest of ours or names anything outside of its directory. */
function filesIn(text: string): string[] | undefined {
  try {
    const { files } = JSON.parse(text) as { files?: unknown };
    return Array.isArray(files) && files.every(isInside) ? files : undefined;
  } catch {
    return undefined;
  }
}

function isInside(file: unknown): file is string {
  return typeof file === 'string' && file !== '' && !posix.isAbsolute(file) && !/[\\:\0]/.test(file) && !posix.normalize(file).startsWith('..');
}

/** All directories of `files`, each after the one it lies in. */
function directoriesOf(files: readonly string[]): string[] {
  const directories = new Set<string>();
  for (const file of files) {
    for (let directory = dirname(file); directory !== '.' && !directories.has(directory); directory = dirname(directory)) directories.add(directory);
  }
  return [...directories].sort();
}
