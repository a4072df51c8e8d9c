/** One page of the site, from its file to its HTML. The same task runs on every executor. */

import { isCancelled, task, until } from '@heddle/core';
import type { PagePlace } from '../page-place.ts';
import type { PageSummary } from '../page-summary.ts';
import { readMarkdown } from '../read-markdown.ts';
import { pageHtml } from '../site/page-template.ts';
import { writeWhole } from '../write-whole.ts';
import { renderMarkdown, type RenderedMarkdown } from './render-markdown.ts';

export interface PageJob {
  /** Absolute path of the Markdown file. */
  readonly source: string;
  /** Absolute path of the HTML file, or `null` to render without writing. Its directory exists. */
  readonly target: string | null;
  readonly place: PagePlace;
}

/** A page, or what is wrong with its file, as in "(the file) cannot be read". */
export type PageResult = { readonly page: PageSummary } | { readonly problem: string };

/**
 * Reads, renders and writes one page.
 *
 * @returns what the index needs to know of it. A broken file is a result too; what is thrown is the fault of the machine or of
 * the demo
 */
export const renderPage = task(import.meta, 'renderPage', function* ({ source, target, place }: PageJob) {
  const read = yield* until((signal) => readMarkdown(source, signal));
  if ('problem' in read) return read satisfies PageResult;
  let rendered: RenderedMarkdown;
  try {
    rendered = yield* renderMarkdown(read.text);
  } catch (error) {
    if (isCancelled(error)) throw error;
    return { problem: `cannot be rendered (${String(error)})` } satisfies PageResult;
  }
  const { html, headings, summary, words } = rendered;
  const title = rendered.title ?? place.group;
  // Not cancelled half-way: a page is whole or not there.
  if (target !== null) yield* until(() => writeWhole(target, pageHtml(place, { title, headings, html })));
  const page: PageSummary = { ...place, title, headings: headings.map(({ text }) => text), summary, words };
  return { page } satisfies PageResult;
});
