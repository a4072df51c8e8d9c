/** The HTML of the index page: the search box, and every page under its package. */

import { compareText } from '../compare-text.ts';
import { escapeHtml } from '../markdown/escape-html.ts';
import type { PageSummary } from '../page-summary.ts';
import { LOGO, documentShell } from './shell.ts';

/** Returns the HTML document of the index, which loads `searchScripts` for its search. */
export function indexHtml(pages: readonly PageSummary[], searchScripts: readonly string[]): string {
  const groups = groupPages(pages);
  const scripts = ['assets/minisearch.js', ...searchScripts, 'assets/search.js'];
  return documentShell({
    title: 'Heddle demo',
    root: '',
    head: scripts.map((script) => `<script defer src="${script}"></script>\n`).join(''),
    body: `<header class="hero">
${LOGO}
<h1>What the packages say</h1>
<p>${count(pages.length, 'page', 'pages')} from ${count(groups.length, 'package', 'packages')}, rendered by one Heddle task each.</p>
<form class="search" role="search" hidden>
<input id="query" type="search" placeholder="Search all pages" aria-label="Search all pages" aria-controls="results" autocomplete="off" spellcheck="false">
<kbd>/</kbd>
</form>
<noscript><p>The search needs JavaScript; the list below does not.</p></noscript>
</header>
<main class="index">
<p id="status" role="status"></p>
<ol id="results" class="results" hidden></ol>
<div id="groups" class="groups">
${groups.map(groupHtml).join('\n')}
</div>
</main>`,
  });
}

interface Group {
  readonly name: string;
  readonly pages: readonly PageSummary[];
}

function groupPages(pages: readonly PageSummary[]): Group[] {
  const byName = new Map<string, PageSummary[]>();
  for (const page of pages) {
    const members = byName.get(page.group);
    if (members === undefined) byName.set(page.group, [page]);
    else members.push(page);
  }
  // Scopes sort under their own name, not all together under `@`.
  const key = (name: string): string => `${name.replace(/^@/, '').toLowerCase()}\0${name}`;
  return [...byName].map(([name, members]) => ({ name, pages: members })).sort((one, other) => compareText(key(one.name), key(other.name)));
}

function groupHtml({ name, pages }: Group): string {
  const at = name.lastIndexOf('@');
  const [title, version] = at > 0 ? [name.slice(0, at), name.slice(at + 1)] : [name, ''];
  const summary = pages.find((page) => page.summary !== '' && /readme/i.test(page.path))?.summary ?? '';
  const items = pages.map((page) => `<li><a href="${escapeHtml(page.slug)}" title="${escapeHtml(page.title)}">${escapeHtml(page.path)}</a></li>`);
  return `<section class="group">
<h2>${escapeHtml(title)}${version === '' ? '' : ` <span class="version">${escapeHtml(version)}</span>`}</h2>
${summary === '' ? '' : `<p>${escapeHtml(summary)}</p>\n`}<ul>
${items.join('\n')}
</ul>
</section>`;
}

function count(number: number, one: string, many: string): string {
  return `${number} ${number === 1 ? one : many}`;
}
