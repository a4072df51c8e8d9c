/** One site, built by one executor. Which executor it is makes no difference here. */

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Executor } from '@heddle/core';
import { map } from '@heddle/parallel';
import type { Input, SourceFile } from './input.ts';
import type { PageSummary } from './page-summary.ts';
import { searchIndexFiles } from './site/search-index.ts';
import { renderPage, type PageJob, type PageResult } from './tasks/render-page.ts';
import { writeIndexPage, writeSearchPart } from './tasks/write-index.ts';
import type { Problem } from './walk.ts';
import { writeWhole } from './write-whole.ts';

/** Files that are the same in every site, by their path in it. */
const ASSETS = {
  'assets/style.css': new URL('../assets/style.css', import.meta.url),
  'assets/search.js': new URL('../assets/search.js', import.meta.url),
  // The package's build for a plain script tag lies beside the one that an import finds.
  'assets/minisearch.js': new URL('../umd/index.js', import.meta.resolve('minisearch')),
};
const INDEX_PAGE = 'index.html';

/** Enough that a thread never waits for a file; few enough that no limit on open files is near. */
const PAGES_IN_FLIGHT_A_THREAD = 32;

/** The files that the site of `input` consists of, relative to the site. Those of broken input files will be missing. */
export function filesOfSite({ files }: Input): string[] {
  return [INDEX_PAGE, ...searchIndexFiles(files.length), ...Object.keys(ASSETS), ...files.map(({ place }) => place.slug)];
}

export interface BuildOptions {
  readonly signal: AbortSignal;
  /** Told how many pages are done, each time that there are more. */
  readonly onProgress: (pages: number) => void;
}

/**
 * Builds the site of `input` in the directory `target`, where the directories for its files exist.
 *
 * @returns the files that could not become pages
 */
export async function buildSite(executor: Executor<true>, input: Input, target: string, options: BuildOptions): Promise<Problem[]> {
  await copyAssets(target);
  const jobs = input.files.map(({ source, place }) => ({ source, place, target: join(target, place.slug) }));
  const results = await renderPages(executor, jobs, options);
  const pages: PageSummary[] = [];
  const problems: Problem[] = [];
  results.forEach((result, at) => {
    // Invariant: there is one result for each file.
    if ('page' in result) pages.push(result.page);
    else problems.push({ path: input.files[at]!.path, reason: result.problem });
  });
  await writeIndexes(executor, pages, searchIndexFiles(input.files.length), target, options.signal);
  return problems;
}

async function writeIndexes(executor: Executor<true>, pages: readonly PageSummary[], searchFiles: readonly string[], target: string, signal: AbortSignal): Promise<void> {
  // Pages are dealt out like cards, so that words are about as frequent in each part as in the whole, which the ranking is built on.
  const parts = searchFiles.map((file, part) => ({ file, pages: pages.filter((_, at) => at % searchFiles.length === part) }));
  await Promise.all([
    executor.run(writeIndexPage(pages, searchFiles, join(target, INDEX_PAGE)), { signal }),
    ...parts.map((part) => executor.run(writeSearchPart(part.pages, join(target, part.file)), { signal, name: part.file })),
  ]);
}

/**
 * The files to warm an executor up with: up to `count` of them, spread over all, once for each of its threads. So every thread
 * renders as many pages as the only one of another executor does.
 */
export function warmUpFiles({ files }: Input, count: number, executor: Executor<true>): SourceFile[] {
  const stride = Math.max(1, Math.ceil(files.length / count));
  const sample = files.filter((_, at) => at % stride === 0);
  return Array.from({ length: executor.capacity }, () => sample).flat();
}

/** Renders pages without writing them, so that the code on every thread is compiled, and the files are cached. */
export async function warmUp(executor: Executor<true>, files: readonly SourceFile[], options: BuildOptions): Promise<void> {
  const jobs = files.map(({ source, place }) => ({ source, place, target: null }));
  await renderPages(executor, jobs, options);
}

/** One task a page, named after it, and a limited number of them at a time. Results are in the order of the jobs. */
async function renderPages(executor: Executor<true>, jobs: readonly PageJob[], { signal, onProgress }: BuildOptions): Promise<PageResult[]> {
  // Calls with a signal of their own are submitted one by one. A page is work enough to be worth a message, and so the trace shows each.
  const toCall = (job: PageJob) => renderPage(job).with({ signal, name: job.place.slug });
  const concurrency = PAGES_IN_FLIGHT_A_THREAD * executor.capacity;
  return await map(jobs, toCall, { executor, signal, concurrency, onProgress: ({ completed }) => onProgress(completed) });
}

async function copyAssets(target: string): Promise<void> {
  for (const [path, source] of Object.entries(ASSETS)) {
    await writeWhole(join(target, path), await readFile(source, 'utf8'));
  }
}
