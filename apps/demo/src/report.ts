/** What the demo says at the end. Texts only: who prints them is not decided here. */

import type { Problem } from './walk.ts';

/** The measures of one executor's run. */
export interface RunReport {
  readonly name: string;
  /** How many tasks it steps at the same moment. */
  readonly capacity: number;
  readonly wallMs: number;
  readonly stallMs: number;
  /** 0 to 1. */
  readonly utilisation: number;
}

const HEADINGS = ['executor', 'threads', 'wall time', 'speed-up', 'longest stall', 'utilisation'];

/** Returns the table of the runs. Speed-up is against the first of them. */
export function runsTable(runs: readonly RunReport[]): string {
  const baseMs = runs[0]?.wallMs ?? 0;
  const rows = runs.map(({ name, capacity, wallMs, stallMs, utilisation }) => [
    name,
    String(capacity),
    `${(wallMs / 1000).toFixed(2)} s`,
    `${(baseMs / wallMs).toFixed(2)} x`,
    `${stallMs.toFixed(0)} ms`,
    `${(utilisation * 100).toFixed(0)} %`,
  ]);
  return table(HEADINGS, rows);
}

/** Aligns the first column to the left and the numbers to the right. */
function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = headings.map((heading, column) => Math.max(heading.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('   ').trimEnd();
  return [line(headings), line(widths.map((width) => '─'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Returns a line for each broken file, or an empty text. */
export function problemsText(problems: readonly Problem[]): string {
  if (problems.length === 0) return '';
  const lines = problems.map(({ path, reason }) => `  ${printable(path)} ${reason}`);
  return [`${problems.length} broken in the input, left out:`, ...lines].join('\n');
}

/** A file name may hold anything, also what would move the cursor of a terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
