/** Renders a trace as a web page: a drawing of what ran when, and the same in numbers and in words. */

import type { TraceEvent } from './events.ts';
import { isEnd, replay, type Replay, type TraceStep } from './replay.ts';
import { renderTable } from './table.ts';
import { counted, Drawing } from './timeline-drawing.ts';
import { page } from './timeline-page.ts';

/** Options of {@link renderTimeline}. */
export interface TimelineOptions {
  /** The heading of the page. @default 'Timeline' */
  readonly title?: string | undefined;
  /** What a thread's lane is called. @default 'thread N' */
  readonly threadName?: ((thread: number) => string) | undefined;
  /** How long a step is drawn at least, in milliseconds, where the clock stands still during one: a simulator's `tickMs`. @default 0 */
  readonly stepMs?: number | undefined;
}

/** More steps than these nobody reads as text, and each line repeats the queue. */
const MOST_LINES = 400;
/** As many as people can tell apart. */
const COLOURS = 8;

/**
 * Draws a trace as one web page that needs nothing else: no network, no script.
 *
 * @param events of one executor, in any order
 * @returns HTML text. A trace in which no time passes, such as one by a virtual clock, is drawn by the order of its events
 * @remarks Steps too narrow to be seen, and arrows beyond the 250 most telling, are left out; the page says how many.
 * @example
 * ```ts
 * const trace = new TraceRecorder();
 * await new ThreadPool({ trace }).run(fib(30));
 * await writeFile('timeline.html', renderTimeline(trace.events, { title: 'fib(30)' }));
 * ```
 */
export function renderTimeline(events: readonly TraceEvent[], options: TimelineOptions = {}): string {
  const { title = 'Timeline', threadName = (thread: number) => `thread ${thread}`, stepMs = 0 } = options;
  const hasTime = stepMs > 0 || events.some(({ timeMs }) => timeMs !== events[0]?.timeMs);
  const replayed = replay(hasTime ? events : events.map((event, index) => ({ ...event, timeMs: index })), stepMs);
  const totals = totalsOf(replayed.steps);
  const drawing = new Drawing(replayed, {
    colours: new Map(totals.map(({ name }, rank) => [name, colourOf(rank)])),
    threadName,
    format: hasTime ? formatMs : (count) => `event ${Math.round(count)}`,
  });
  return page({
    title,
    facts: factsOf(replayed, events, hasTime),
    svg: drawing.svg,
    notes: drawing.notes,
    totals: totals.map(({ name, tasks, steps, runMs, longestMs, ends }, index) => ({
      colour: colourOf(index),
      cells: [name, String(tasks.size), String(steps), ...(hasTime ? [formatMs(runMs), formatMs(longestMs)] : ['', '']), endsText(ends)],
    })),
    lines: replayed.steps.length <= MOST_LINES ? renderTable(events) : null,
  });
}

/** What the tasks of one name did. */
interface Totals {
  readonly name: string;
  readonly tasks: Set<string>;
  steps: number;
  runMs: number;
  longestMs: number;
  /** How many tasks ended in each way. */
  readonly ends: Map<string, number>;
}

/** By name, those that ran longest first. */
function totalsOf(steps: readonly TraceStep[]): Totals[] {
  const byName = new Map<string, Totals>();
  for (const { taskId, name, beginMs, endMs, end } of steps) {
    let totals = byName.get(name);
    if (totals === undefined) byName.set(name, (totals = { name, tasks: new Set(), steps: 0, runMs: 0, longestMs: 0, ends: new Map() }));
    totals.tasks.add(taskId);
    totals.steps++;
    totals.runMs += endMs - beginMs;
    totals.longestMs = Math.max(totals.longestMs, endMs - beginMs);
    if (end !== null && isEnd(end)) totals.ends.set(end.type, (totals.ends.get(end.type) ?? 0) + 1);
  }
  return [...byName.values()].toSorted((one, other) => other.runMs - one.runMs);
}

function endsText(ends: ReadonlyMap<string, number>): string {
  return Array.from(ends, ([type, count]) => `${count} ${type}`).join(', ');
}

function factsOf({ steps, threads, beginMs, endMs }: Replay, events: readonly TraceEvent[], hasTime: boolean): readonly string[] {
  const tasks = new Set(events.map(({ taskId }) => taskId)).size;
  const counts = [counted(tasks, 'task'), counted(steps.length, 'step'), counted(threads.length, 'thread')];
  return hasTime ? [...counts, formatMs(endMs - beginMs)] : [...counts, 'no time passed: drawn by the order of events'];
}

function colourOf(rank: number): string {
  return rank < COLOURS ? `c${rank}` : 'c-rest';
}

/** Three digits, in the unit that suits. */
function formatMs(ms: number): string {
  if (ms === 0) return '0';
  const [value, unit] = ms < 1 ? [ms * 1000, 'µs'] : ms < 1000 ? [ms, 'ms'] : [ms / 1000, 's'];
  return `${Number(value.toPrecision(3))} ${unit}`;
}
