/** The report for people: a table for each suite, and one of all ratios at the end. */

import type { RatioResult } from '../ratio.ts';
import type { SuiteResult } from '../run-suite.ts';
import type { Suite } from '../suite.ts';

const figures = new Intl.NumberFormat('en', { maximumSignificantDigits: 3 });

/** Renders a figure with as many digits as a busy machine can vouch for. */
export function renderFigure(value: number): string {
  return figures.format(value);
}

/** Renders what one suite came to. */
export function renderSuite(suite: Suite, result: SuiteResult): string {
  const notes = new Map(suite.subjects.map(({ name, note }) => [name, note ?? '']));
  const rows = result.subjects.map(({ name, median, p99, min, max, rounds }) => [
    name,
    ...[median, p99, min, max, rounds].map(renderFigure),
    notes.get(name) ?? '',
  ]);
  const table = renderTable([['', 'median', 'p99', 'min', 'max', 'rounds', ''], ...rows], [0, 6]);
  return `${result.id}: ${result.question}\n  ${result.unit}, ${result.lowerIsBetter ? 'lower' : 'higher'} is better\n${table}`;
}

/** Renders every ratio with its limit and whether it holds. */
export function renderSummary(results: readonly SuiteResult[]): string {
  const rows = results.flatMap(({ id, ratios }) =>
    ratios.map((ratio) => [
      id,
      ratio.name,
      renderFigure(ratio.value),
      `${renderFigure(ratio.min)} to ${renderFigure(ratio.max)}`,
      renderLimit(ratio),
      renderVerdict(ratio),
    ]),
  );
  return renderTable([['suite', 'ratio', 'median', 'rounds from to', 'limit', 'holds'], ...rows], [0, 1]);
}

/** Renders the limit of a ratio, such as `<= 1.3`. */
function renderLimit({ atLeast, atMost }: RatioResult): string {
  const parts = [];
  if (atLeast !== undefined) parts.push(`>= ${atLeast}`);
  if (atMost !== undefined) parts.push(`<= ${atMost}`);
  return parts.join(', ');
}

function renderVerdict({ atLeast, atMost, holds }: RatioResult): string {
  if (atLeast === undefined && atMost === undefined) return '';
  return holds ? 'yes' : 'NO';
}

/** Aligns columns: those in `textColumns` to the left, the others to the right. */
function renderTable(rows: readonly (readonly string[])[], textColumns: readonly number[]): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  const align = (cell: string, column: number): string =>
    textColumns.includes(column) ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => `  ${row.map(align).join('  ')}`.trimEnd()).join('\n');
}
