/** The HTML of one page. No script and no outside resource: the page is what an unknown README became. */

import type { Heading } from '../markdown/outline.ts';
import { escapeHtml } from '../markdown/escape-html.ts';
import type { PagePlace } from '../page-place.ts';
import { LOGO, documentShell } from './shell.ts';

export interface PageContent {
  readonly title: string;
  readonly headings: readonly Heading[];
  /** Rendered and safe. */
  readonly html: string;
}

/** Fewer headings need no table of contents. */
const MIN_CONTENTS = 3;

/** Returns the HTML document of a page. */
export function pageHtml(place: PagePlace, { title, headings, html }: PageContent): string {
  const root = '../'.repeat(place.slug.split('/').length - 1);
  const contents = contentsOf(headings);
  // A page without a heading of its own, or with one in HTML only, gets one.
  const heading = headings.some(({ level }) => level === 1) ? '' : `<h1>${escapeHtml(title)}</h1>\n`;
  return documentShell({
    title: `${title} · ${place.group}`,
    root,
    head: '',
    body: `<header class="bar">
<a class="home" href="${root}index.html">${LOGO}<span>All pages</span></a>
<span class="where"><span>${escapeHtml(place.group)}</span><span>${escapeHtml(place.path)}</span></span>
</header>
<div class="layout${contents === '' ? '' : ' with-contents'}">
${contents}<main class="prose">
${heading}${html}</main>
</div>`,
  });
}

function contentsOf(headings: readonly Heading[]): string {
  const listed = headings.filter(({ level }) => level === 2 || level === 3);
  if (listed.length < MIN_CONTENTS) return '';
  const items = listed.map(({ level, text, id }) => `<li class="level-${level}"><a href="#${escapeHtml(encodeURIComponent(id))}">${escapeHtml(text)}</a></li>`);
  return `<nav class="contents" aria-label="On this page">\n<p>On this page</p>\n<ol>\n${items.join('\n')}\n</ol>\n</nav>\n`;
}
