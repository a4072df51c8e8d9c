/** Finds the Markdown files of a tree: each real file once, however many links lead to it. */

import type { Dirent, Stats } from 'node:fs';
import { readdir, readlink, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { compareText } from './compare-text.ts';

/** Something in the input that could not become a page. */
export interface Problem {
  /** Relative to the input directory, with `/` on every platform. */
  readonly path: string;
  /** Completes the sentence "(the file) ...". */
  readonly reason: string;
}

/** What a walk found, both sorted by path. */
export interface Found {
  /** Paths of the real files, relative to the real root, with `/` on every platform. */
  readonly files: readonly string[];
  readonly problems: readonly Problem[];
}

const MARKDOWN = /\.(md|markdown)$/i;

/**
 * Finds every Markdown file under `root`.
 *
 * @param root the real path of a directory
 * @param signal stops the walk when it aborts
 * @remarks Links are followed where they stay in the tree or lead into a `node_modules` directory: so a package manager's links
 * to installed packages are, and its links to the packages of the workspace itself are not.
 */
export async function findMarkdown(root: string, signal: AbortSignal): Promise<Found> {
  const walk = new Walk(root, signal);
  await walk.visit(root);
  return walk.found();
}

class Walk {
  readonly #root: string;
  readonly #signal: AbortSignal;
  /** Real paths. */
  readonly #directories = new Set<string>();
  readonly #files = new Set<string>();
  readonly #problems: Problem[] = [];

  constructor(root: string, signal: AbortSignal) {
    this.#root = root;
    this.#signal = signal;
  }

  found(): Found {
    return {
      files: [...this.#files].map((file) => this.#shown(file)).sort(compareText),
      problems: this.#problems.sort((one, other) => compareText(one.path, other.path)),
    };
  }

  /** Looks through a directory given by its real path. */
  async visit(directory: string): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#directories.has(directory)) return;
    this.#directories.add(directory);
    let entries: Dirent[];
    try {
      entries = await readdir(directory, { withFileTypes: true });
    } catch (error) {
      this.#report(directory, `cannot be listed (${codeOf(error)})`);
      return;
    }
    for (const entry of entries) await this.#visitEntry(join(directory, entry.name), entry);
  }

  async #visitEntry(path: string, entry: Dirent): Promise<void> {
    if (entry.isSymbolicLink()) await this.#follow(path);
    else await this.#take(path, path, entry);
  }

  async #follow(link: string): Promise<void> {
    let target: string;
    let stats: Stats;
    try {
      target = await realpath(link);
      stats = await stat(target);
    } catch (error) {
      if (MARKDOWN.test(link)) this.#report(link, `is a link to ${await readlink(link)}, which cannot be reached (${codeOf(error)})`);
      return;
    }
    if (this.#isWelcome(target)) await this.#take(link, target, stats);
    else if (MARKDOWN.test(link)) this.#report(link, `is a link to ${target}, outside of the tree`);
  }

  /** Takes what stands at `real`, found under the name `path`. */
  async #take(path: string, real: string, kind: Pick<Stats, 'isFile' | 'isDirectory'>): Promise<void> {
    const hasMarkdownName = MARKDOWN.test(path);
    if (kind.isDirectory()) {
      if (hasMarkdownName) this.#report(path, 'is a directory, where a file was expected');
      await this.visit(real);
    } else if (hasMarkdownName) {
      if (kind.isFile()) this.#files.add(real);
      else this.#report(path, 'is no regular file');
    }
  }

  #isWelcome(target: string): boolean {
    const steps = relative(this.#root, target).split(sep);
    return steps[0] !== '..' || steps.includes('node_modules');
  }

  #report(path: string, reason: string): void {
    this.#problems.push({ path: this.#shown(path), reason });
  }

  #shown(path: string): string {
    return relative(this.#root, path).split(sep).join('/');
  }
}

function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : String(error);
}
