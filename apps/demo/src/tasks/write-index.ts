/** What is made of all pages together: the index page and the search index. */

import { task, until, yieldNow } from '@heddle/core';
import type { PageSummary } from '../page-summary.ts';
import { indexHtml } from '../site/index-template.ts';
import { searchIndexPart } from '../site/search-index.ts';
import { writeWhole } from '../write-whole.ts';

/** Writes the index page, which loads `scripts` for its search, to `target`, an absolute path. */
export const writeIndexPage = task(import.meta, 'writeIndexPage', function* (pages: readonly PageSummary[], scripts: readonly string[], target: string) {
  yield* until(() => writeWhole(target, indexHtml(pages, scripts)));
});

/** Builds the part of the search index that covers `pages` and writes it to `target`, an absolute path. */
export const writeSearchPart = task(import.meta, 'writeSearchPart', function* (pages: readonly PageSummary[], target: string) {
  const building = searchIndexPart(pages);
  let step = building.next();
  while (step.done !== true) {
    yield* yieldNow();
    step = building.next();
  }
  const script = step.value;
  yield* until(() => writeWhole(target, script));
});
