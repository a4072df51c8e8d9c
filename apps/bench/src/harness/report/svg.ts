/** The plot of a suite: a bar from zero to the median of each subject, and a line across it from its best value to its p99. */

import type { SuiteResult } from '../run-suite.ts';
import { renderFigure } from './text.ts';

const WIDTH = 860;
const LABEL_WIDTH = 250;
/** Right of the longest bar: room for its figure. */
const FIGURE_WIDTH = 110;
const HEADING_HEIGHT = 84;
const ROW_HEIGHT = 30;
const BAR_HEIGHT = 16;
const BAR_WIDTH = WIDTH - LABEL_WIDTH - FIGURE_WIDTH;
/** A few slow executions must not shrink all bars: longer whiskers end in an arrow head at the edge. */
const LONGEST_WHISKER = 1.25;

/** Renders a suite as a drawing of its own, on a background of its own. */
export function renderSvg({ id, question, unit, lowerIsBetter, subjects }: SuiteResult): string {
  const height = HEADING_HEIGHT + subjects.length * ROW_HEIGHT + 12;
  const scale = BAR_WIDTH / (LONGEST_WHISKER * Math.max(...subjects.map(({ median }) => median)));
  const rows = subjects.map((subject, index) => renderRow(subject, lowerIsBetter, HEADING_HEIGHT + index * ROW_HEIGHT, scale));
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" font-family="system-ui, sans-serif" font-size="13">
<title>${escapeXml(`${id}: ${question}`)}</title>
<defs><marker id="more" markerWidth="6" markerHeight="8" refX="5" refY="4" orient="auto"><path d="M0 0 L6 4 L0 8" fill="none" stroke="#222"/></marker></defs>
<rect width="100%" height="100%" fill="#fff"/>
<text x="16" y="26" font-size="16" font-weight="600" fill="#222">${escapeXml(id)}</text>
<text x="16" y="46" fill="#555">${escapeXml(question)}</text>
<text x="16" y="64" fill="#555">${escapeXml(unit)}, ${lowerIsBetter ? 'lower' : 'higher'} is better</text>
${rows.join('\n')}
</svg>
`;
}

function renderRow({ name, median, min, max, p99 }: SuiteResult['subjects'][number], lowerIsBetter: boolean, top: number, scale: number): string {
  const [from, to] = lowerIsBetter ? [min, p99] : [p99, max];
  const middle = top + ROW_HEIGHT / 2;
  const toX = (value: number): number => LABEL_WIDTH + Math.min(value * scale, BAR_WIDTH);
  const color = name.startsWith('heddle') ? '#2f6f9f' : '#b5b5b5';
  const end = to * scale > BAR_WIDTH ? ' marker-end="url(#more)"' : '';
  return `<text x="${LABEL_WIDTH - 10}" y="${middle + 4}" text-anchor="end" fill="#222">${escapeXml(name)}</text>
<rect x="${LABEL_WIDTH}" y="${middle - BAR_HEIGHT / 2}" width="${round(toX(median) - LABEL_WIDTH)}" height="${BAR_HEIGHT}" fill="${color}"/>
<line x1="${round(toX(from))}" x2="${round(toX(to))}" y1="${middle}" y2="${middle}" stroke="#222" stroke-width="1.2"${end}/>
<text x="${WIDTH - 16}" y="${middle + 4}" text-anchor="end" fill="#222">${renderFigure(median)}</text>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
