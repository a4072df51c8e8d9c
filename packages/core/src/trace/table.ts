/** The article's table, rendered from the trace of any executor: a row for each step, with the queue as the events tell it. */

import { renderRows, type TableRow } from './article-form.ts';
import type { TraceEvent } from './events.ts';
import { isEnd, replay, type TraceStep } from './replay.ts';

/** Options of {@link renderTable}. */
export interface TableOptions {
  /**
   * What the queue column lists. `'ready'`: the tasks that are ready, which is what Heddle's executors queue. `'live'`: all that have
   * not ended, in order of arrival, which is the queue of the article's multiplexer. @default 'ready'
   */
  readonly queue?: 'ready' | 'live' | undefined;
  /** At which end the ready tasks are taken, and so listed first: `'fifo'` the oldest, `'lifo'` the newest. A trace does not tell. @default 'fifo' */
  readonly order?: 'fifo' | 'lifo' | undefined;
}

/**
 * Renders a trace in the form of the article's tables, as in `B ready --> awaits C        | queue: [main, A, B, C]`: one line for
 * each step, and a column with the thread when more than one has made steps.
 *
 * @param events of one executor, in any order
 * @returns lines without a line break at the end; the last one is `DONE!` when every task has ended
 * @remarks Tasks that share a name are numbered: `fib#1`, `fib#2`. Executors that park do not visit tasks that are not ready, so
 * the article's `not ready` rows do not occur. Each line copies the queue: meant for traces that people read.
 * @example
 * ```ts
 * const trace = new TraceRecorder();
 * await new InlineExecutor({ trace }).run(main());
 * console.log(renderTable(trace.events));
 * ```
 */
export function renderTable(events: readonly TraceEvent[], options: TableOptions = {}): string {
  const { queue = 'ready', order = 'fifo' } = options;
  const table = new Table(labels(events), queue === 'live', order === 'lifo');
  const { threads } = replay(events, 0, table);
  if (table.rows.length === 0) return '';
  return renderRows(table.rows, threads.length > 1 ? 'rounds' : 'iterations', table.isDone);
}

/** What each task is called: its name, numbered where several share it. */
function labels(events: readonly TraceEvent[]): ReadonlyMap<string, string> {
  const byName = new Map<string, Set<string>>();
  for (const { taskId, name } of events) byName.set(name, (byName.get(name) ?? new Set()).add(taskId));
  const labelled = new Map<string, string>();
  for (const [name, ids] of byName) Array.from(ids).forEach((id, index) => labelled.set(id, ids.size === 1 ? name : `${name}#${index + 1}`));
  return labelled;
}

const VISITS: Partial<Record<TraceEvent['type'], TableRow['event']>> = {
  awaiting: 'awaits',
  yielded: 'yields',
  completed: 'complete',
  failed: 'fails',
  cancelled: 'cancelled',
};

interface OpenRow extends TableRow {
  queue: readonly string[];
}

/** A row to which still belongs what the end of its task brings about. */
interface LastRow {
  readonly row: OpenRow;
  readonly taskId: string;
}

class Table {
  readonly rows: OpenRow[] = [];
  readonly #labels: ReadonlyMap<string, string>;
  readonly #listsLive: boolean;
  readonly #isNewestFirst: boolean;
  /** In order of arrival. */
  readonly #ready = new Set<string>();
  readonly #live = new Set<string>();
  readonly #begun = new Set<string>();
  /** By thread, while no further step has begun there. */
  readonly #last = new Map<number, LastRow>();

  constructor(labelled: ReadonlyMap<string, string>, listsLive: boolean, isNewestFirst: boolean) {
    this.#labels = labelled;
    this.#listsLive = listsLive;
    this.#isNewestFirst = isNewestFirst;
  }

  get isDone(): boolean {
    return this.#live.size === 0;
  }

  event(event: TraceEvent, step: TraceStep | null): void {
    this.#move(event);
    if (event.type === 'started' || event.type === 'resumed') this.#last.delete(event.thread);
    if (step !== null) this.#addRow(event, step);
    else this.#amend(event);
  }

  #move(event: TraceEvent): void {
    const { type, taskId } = event;
    if (type === 'queued' && !this.#begun.has(taskId)) {
      this.#ready.add(taskId);
      this.#live.add(taskId);
    } else if (type === 'ready' || type === 'yielded') {
      this.#ready.add(taskId);
    } else if (type === 'started' || type === 'resumed' || isEnd(event)) {
      this.#begun.add(taskId);
      this.#ready.delete(taskId);
      if (isEnd(event)) this.#live.delete(taskId);
      else this.#live.add(taskId);
    }
  }

  #addRow({ type }: TraceEvent, { taskId, thread, end }: TraceStep): void {
    const visit = VISITS[type];
    if (visit === undefined) return;
    const row = { thread, task: this.#label(taskId), event: visit, awaits: visit === 'awaits' ? this.#awaited(end) : [], queue: this.#queue() };
    this.rows.push(row);
    this.#last.set(thread, { row, taskId });
  }

  /** The article's queue is that after the step, and with it ends what a task's end brings about: others are ready, or are cancelled. */
  #amend({ causeId, thread }: TraceEvent): void {
    const last = this.#last.get(thread);
    if (last !== undefined && last.taskId === causeId) last.row.queue = this.#queue();
  }

  #queue(): readonly string[] {
    const queue = Array.from(this.#listsLive ? this.#live : this.#ready, (id) => this.#label(id));
    return this.#isNewestFirst && !this.#listsLive ? queue.reverse() : queue;
  }

  #awaited(end: TraceEvent | null): readonly string[] {
    const ids = end?.waitsFor ?? [];
    const areKnown = ids.length > 0 && ids.every((id) => this.#labels.has(id));
    return areKnown ? ids.map((id) => this.#label(id)) : [end?.detail ?? 'something'];
  }

  #label(taskId: string): string {
    return this.#labels.get(taskId) ?? taskId;
  }
}
