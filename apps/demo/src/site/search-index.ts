/**
 * The search index, built here and loaded by the index page. It comes in several parts, because a part is the work of one task:
 * parts are built side by side where there are threads, and none of them holds up a shared thread for long.
 */

import MiniSearch, { type Options } from 'minisearch';
import type { PageSummary } from '../page-summary.ts';

/** The browser's index must be made with the same options, so they travel along with it: plain data only. */
const OPTIONS = {
  idField: 'slug',
  fields: ['group', 'title', 'headings', 'words'],
  storeFields: ['group', 'path', 'title', 'summary'],
  searchOptions: { prefix: true, fuzzy: 0.15, combineWith: 'AND', boost: { group: 6, title: 4, headings: 2 } },
} satisfies Options<PageSummary>;

/** Pages that one part indexes: about 20 ms of work. */
const PAGES_A_PART = 64;

/** The files of the index of so many pages, relative to the site. There is always at least one. */
export function searchIndexFiles(pages: number): string[] {
  return Array.from({ length: Math.max(1, Math.ceil(pages / PAGES_A_PART)) }, (_, at) => `search-index/part-${at + 1}.js`);
}

/**
 * Builds one part of the index step by step: a caller that shares its thread can make way between any two.
 *
 * @returns a script that adds to `heddleSearch`. A script and not JSON, because a page opened from a file cannot fetch.
 */
export function* searchIndexPart(pages: readonly PageSummary[]): Generator<void, string, void> {
  const index = new MiniSearch<PageSummary>(OPTIONS);
  for (const page of pages) {
    index.add(page);
    yield;
  }
  return `(globalThis.heddleSearch ??= []).push(${JSON.stringify({ options: OPTIONS, index })});\n`;
}
