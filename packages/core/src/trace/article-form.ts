/** The text form in which the article prints what tasks do: a line for each visit to a task, with the queue after it. */

/** One line: a thread's visit to a task. */
export interface TableRow {
  /** The iteration over the queue, or the round in which every thread has its turn; consecutive rows of one round stand together. */
  readonly round?: number | undefined;
  readonly thread: number;
  readonly task: string;
  /** What the visit came to: it `awaits` something, was `not ready` to run at all, `yields` its turn, or has ended. */
  readonly event: 'awaits' | 'not ready' | 'yields' | 'complete' | 'fails' | 'cancelled';
  /** What the task now waits for. */
  readonly awaits: readonly string[];
  /** The queue after the visit, head first. */
  readonly queue: readonly string[];
}

/** Whether a table tells of one thread, in iterations if it has rounds, or of several, with a column that names the thread. */
export type TableForm = 'iterations' | 'rounds';

interface Line {
  readonly row: TableRow;
  /** The article begins with `main awaits A`, and says `ready -->` from the second line on. */
  readonly isFirst: boolean;
}

/**
 * Renders rows as the article prints its tables.
 *
 * @param isDone whether nothing is left to do, which the article ends with
 * @returns lines without a line break at the end
 */
export function renderRows(rows: readonly TableRow[], form: TableForm, isDone = true): string {
  const blocks = groupByRound(rows.map((row, index) => ({ row, isFirst: index === 0 })));
  const rendered = form === 'iterations' ? renderIterations(blocks) : renderRounds(blocks);
  return [...rendered, ...(isDone ? ['DONE!'] : [])].join('\n\n');
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
    const round = block[0]?.row.round;
    return [...(round === undefined ? [] : [`Iteration ${round}:`]), ...lines].join('\n');
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
