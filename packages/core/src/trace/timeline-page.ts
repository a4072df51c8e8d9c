/** The page around a timeline: its heading, its look in the light and in the dark, and what it tells those who do not see the drawing. */

import type { TraceArrow } from './replay.ts';

/** What a page shows. */
export interface PageContent {
  readonly title: string;
  readonly facts: readonly string[];
  readonly svg: string;
  /** What the drawing leaves out. */
  readonly notes: readonly string[];
  /** A row for each name, with the class of its colour. */
  readonly totals: readonly { readonly colour: string; readonly cells: readonly string[] }[];
  /** Every step as text; `null` where there are too many. */
  readonly lines: string | null;
}

const COLUMNS = ['Task', 'Tasks', 'Steps', 'On a thread', 'Longest step', 'Ended'];

type ArrowKind = TraceArrow['kind'];

/** From cause to effect. */
const ARROWS: Readonly<Record<ArrowKind, string>> = { spawn: 'spawned', steal: 'stolen by another thread', join: 'ended, awaited', wake: 'woken otherwise' };
const kinds = Object.keys(ARROWS) as readonly ArrowKind[];

/** The ends that are marked. */
const ENDS = ['failed', 'cancelled'];

/** Makes text safe to stand in HTML, between tags and in attributes. */
export function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** Returns the page as HTML text. */
export function page({ title, facts, svg, notes, totals, lines }: PageContent): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<svg width="0" height="0" aria-hidden="true"><defs>${kinds.map(head).join('')}</defs></svg>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="facts">${facts.map(escapeHtml).join(' · ')}</p>
<div class="scroll" role="region" aria-label="Timeline" tabindex="0">
${svg}
</div>
<ul class="key">${kinds.map(arrowKey).join('')}${ENDS.map(boxKey).join('')}</ul>
${notes.length === 0 ? '' : `<p class="notes">Left out: ${notes.map(escapeHtml).join('; ')}.</p>`}
<div class="scroll" role="region" aria-label="Totals" tabindex="0"><table>
<thead><tr>${COLUMNS.map((column) => `<th scope="col">${column}</th>`).join('')}</tr></thead>
<tbody>
${totals.map(totalsRow).join('\n')}
</tbody>
</table></div>
${lines === null ? '' : `<details><summary>Every step, as text</summary><pre tabindex="0">${escapeHtml(lines)}</pre></details>`}
</main>
</body>
</html>
`;
}

function head(kind: string): string {
  return `<marker id="head-${kind}" class="head ${kind}" viewBox="0 0 6 6" refX="5" refY="3" markerUnits="userSpaceOnUse" markerWidth="8" markerHeight="8" orient="auto"><path d="M0 0L6 3L0 6Z"/></marker>`;
}

function arrowKey(kind: ArrowKind): string {
  return `<li><svg width="34" height="12" aria-hidden="true"><path class="arrow ${kind}" marker-end="url(#head-${kind})" d="M1 6H32"/></svg> ${ARROWS[kind]}</li>`;
}

function boxKey(end: string): string {
  return `<li><svg width="16" height="14" aria-hidden="true"><rect class="c-rest ${end}" x="2" y="2" width="12" height="10"/></svg> ${end}</li>`;
}

function totalsRow({ colour, cells: [name = '', ...rest] }: PageContent['totals'][number]): string {
  const swatch = `<svg width="14" height="14" aria-hidden="true"><rect class="${colour}" x="1" y="1" width="12" height="12"/></svg>`;
  return `<tr><th scope="row">${swatch} ${escapeHtml(name)}</th>${rest.map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')}</tr>`;
}

const STYLE = `
:root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--faint:#59636e;--line:#d8dde3;--lane:#f3f5f7;--spawn:#59636e;--steal:#b3261e;--join:#0b57d0;--wake:#7a4fb5;--bad:#c5221f;--area:#0b57d033}
@media(prefers-color-scheme:dark){:root{--ground:#14171c;--text:#e6e9ee;--faint:#9aa4b1;--line:#343a43;--lane:#1d2128;--spawn:#9aa4b1;--steal:#ff8a80;--join:#8ab4f8;--wake:#cfa8ff;--bad:#ff6b60;--area:#8ab4f840}}
body{margin:0;background:var(--ground);color:var(--text);font:14px/1.5 system-ui,sans-serif}
main{max-width:1232px;margin:0 auto;padding:24px 16px 48px}
h1{font-size:22px;line-height:1.25;margin:0}
.facts,.notes{color:var(--faint);margin:4px 0 16px}
.scroll{overflow-x:auto}
.scroll>svg{display:block}
th svg,.key svg{vertical-align:-2px}
svg text{font:11px/1 ui-monospace,Menlo,Consolas,monospace;fill:var(--text)}
svg text.time{fill:var(--faint);text-anchor:middle}
svg text.thread{font:600 12px system-ui,sans-serif}
svg text.busy{font:11px system-ui,sans-serif;fill:var(--faint)}
svg text.name{fill:#14171c;pointer-events:none}
.tick{stroke:var(--line);stroke-width:1}
.lane{fill:var(--lane)}
[class^=c]:where(rect){stroke:#0006;stroke-width:.5}
.c0{fill:#8ab4f8}.c1{fill:#f6b26b}.c2{fill:#93c47d}.c3{fill:#c9a6e4}.c4{fill:#f2d45c}.c5{fill:#76d7d0}.c6{fill:#f4a3b4}.c7{fill:#c8b09a}.c-rest{fill:#b8bcc4}
rect.thin{stroke:none}
rect.failed{stroke:var(--bad);stroke-width:2}
rect.cancelled{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:3 2}
.arrow{fill:none;stroke-width:1.25;pointer-events:none}
.head path{stroke:none}
.arrow.spawn{stroke:var(--spawn)}.head.spawn{fill:var(--spawn)}
.arrow.steal{stroke:var(--steal);stroke-width:2}.head.steal{fill:var(--steal)}
.arrow.join{stroke:var(--join);stroke-dasharray:5 2}.head.join{fill:var(--join)}
.arrow.wake{stroke:var(--wake);stroke-dasharray:1 2}.head.wake{fill:var(--wake)}
.queue{fill:var(--area);stroke:var(--join);stroke-width:1}
.key{display:flex;flex-wrap:wrap;gap:4px 20px;margin:12px 0;padding:0;list-style:none;color:var(--faint)}
table{border-collapse:collapse;margin:16px 0;font-variant-numeric:tabular-nums}
th,td{padding:4px 14px 4px 0;text-align:right;border-bottom:1px solid var(--line);font-weight:400;white-space:nowrap}
th:first-child,td:last-child,thead th:last-child{text-align:left}
thead th{color:var(--faint)}
summary{cursor:pointer;color:var(--faint)}
pre{overflow-x:auto;padding:12px;background:var(--lane);font:12px/1.5 ui-monospace,Menlo,Consolas,monospace}
:focus-visible{outline:2px solid var(--join);outline-offset:2px}
`;
