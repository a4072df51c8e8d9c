/** The article's text form of a schedule. */

import type { Instruction } from './lockstep/instruction.ts';
import type { Schedule } from './schedule.ts';

/**
 * Renders a schedule as the article prints its tables: by iterations for the multiplexer rule, by rounds of threads otherwise.
 *
 * @returns lines without a line break at the end
 */
export function renderSchedule(schedule: Pick<Schedule, 'form' | 'rows'>): string {
  const blocks = groupByRound(schedule.rows.map((row, index) => ({ row, isFirst: index === 0 })));
  const rendered = schedule.form === 'iterations' ? renderIterations(blocks) : renderRounds(blocks);
  return [...rendered, 'DONE!'].join('\n\n');
}

interface Line {
  readonly row: Instruction;
  /** The article begins with `main awaits A`, and says `ready -->` from the second line on. */
  readonly isFirst: boolean;
}

function groupByRound(lines: readonly Line[]): readonly (readonly Line[])[] {
  const blocks: Line[][] = [];
  for (const line of lines) {
    const block = blocks.at(-1);
    if (block !== undefined && block[0]?.row.round === line.row.round) block.push(line);
    else blocks.push([line]);
  }
  return blocks;
}

function renderIterations(blocks: readonly (readonly Line[])[]): readonly string[] {
  return blocks.map((block) => {
    const texts = block.map((line) => describeVisit(line, true));
    const width = iterationWidth(texts);
    const lines = block.map(({ row }, index) => `${texts[index]?.padEnd(width)}| queue: ${list(row.queue)}`);
    return [`Iteration ${block[0]?.row.round}:`, ...lines].join('\n');
  });
}

/** The article leaves at least six spaces before the bar, and puts the bar in an even column, iteration by iteration. */
function iterationWidth(texts: readonly string[]): number {
  const width = longest(texts) + 6;
  return width + (width % 2);
}

function renderRounds(blocks: readonly (readonly Line[])[]): readonly string[] {
  // Two spaces before the bar, the same column in the whole table.
  const width = longest(blocks.flat().map((line) => describeVisit(line, false))) + 2;
  return blocks.map((block) =>
    block.map((line) => `Thread ${line.row.thread} | ${describeVisit(line, false).padEnd(width)}| Queue: ${list(line.row.queue)}`).join('\n'),
  );
}

function describeVisit({ row, isFirst }: Line, tellsWhy: boolean): string {
  const ready = isFirst ? row.task : `${row.task} ready -->`;
  switch (row.event) {
    case 'awaits':
      return `${ready} awaits ${row.awaits.join(', ')}`;
    case 'not ready':
      return `${row.task} not ready${tellsWhy ? `, awaiting ${row.awaits.join(', ')}` : ''}`;
    case 'complete':
    case 'fails':
      return `${ready} ${row.event}!`;
    case 'yields':
    case 'cancelled':
      return `${ready} ${row.event}`;
  }
}

function list(names: readonly string[]): string {
  return `[${names.join(', ')}]`;
}

function longest(texts: readonly string[]): number {
  return texts.reduce((width, text) => Math.max(width, text.length), 0);
}
