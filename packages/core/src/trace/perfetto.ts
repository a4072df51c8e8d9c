/**
 * Renders trace events as Chrome trace JSON, which Perfetto (ui.perfetto.dev) and chrome://tracing load: one track per thread, a
 * slice for each step, flow arrows from each spawn to the child's start and from the end of an awaited task to what went on then,
 * and a counter of ready tasks.
 *
 * @see the Trace Event Format document of the Chromium project
 */

import type { TraceEvent } from './events.ts';
import { replay, type TraceArrow, type TraceStep } from './replay.ts';

/** Options of {@link renderPerfetto}. */
export interface PerfettoOptions {
  /** The title of the process track. @default 'heddle' */
  readonly processName?: string | undefined;
  /** The title of a thread's track. @default 'thread N' */
  readonly threadName?: ((thread: number) => string) | undefined;
  /** How long a step is drawn at least, in milliseconds, where the clock stands still during one: a simulator's `tickMs`. @default 0 */
  readonly stepMs?: number | undefined;
}

/** An event of the format, with the number of the trace event that it stands at. */
type ChromeEvent = readonly [index: number, event: Readonly<Record<string, unknown>>];

const MICROSECONDS_PER_MS = 1000;
/** The format counts in microseconds, viewers in whole nanoseconds: rounded here, so that what touches in one touches in the other. */
const NANOSECONDS_PER_MICROSECOND = 1000;
const PROCESS = 1;

/** Returns the trace as JSON text. Times are relative to the first event; events come in order of time. */
export function renderPerfetto(events: readonly TraceEvent[], options: PerfettoOptions = {}): string {
  const { processName = 'heddle', threadName = (thread: number) => `thread ${thread}`, stepMs = 0 } = options;
  const { steps, arrows, readiness, threads, beginMs } = replay(events, stepMs);
  const at = (timeMs: number): number => Math.round((timeMs - beginMs) * MICROSECONDS_PER_MS * NANOSECONDS_PER_MICROSECOND) / NANOSECONDS_PER_MICROSECOND;
  const timed: ChromeEvent[] = [
    ...steps.map((step) => slice(step, at)),
    ...arrows.flatMap((arrow, index) => flow(arrow, index + 1, at)),
    ...readiness.map(({ timeMs, index, ready }): ChromeEvent => [index, { ph: 'C', pid: PROCESS, name: 'ready tasks', ts: at(timeMs), args: { tasks: ready } }]),
  ];
  // Ordering: as the events were told, which is in order of time too. An arrow binds to the slice that was the last to begin on its
  // thread, and one step may begin at the very moment at which another ends. Stable, so that arrows come after the slice that they lead to.
  const inOrder = timed.toSorted(([one], [other]) => one - other).map(([, event]) => event);
  const named = threads.map((thread) => ({ ph: 'M', pid: PROCESS, tid: thread, name: 'thread_name', args: { name: threadName(thread) } }));
  const traceEvents = [
    { ph: 'M', pid: PROCESS, name: 'process_name', args: { name: processName } },
    ...named,
    ...inOrder,
  ];
  return JSON.stringify({ displayTimeUnit: 'ms', traceEvents });
}

type Microseconds = (timeMs: number) => number;

function slice({ taskId, name, thread, beginMs, beginIndex, endMs, end }: TraceStep, at: Microseconds): ChromeEvent {
  const ts = at(beginMs);
  const dur = Math.round((at(endMs) - ts) * NANOSECONDS_PER_MICROSECOND) / NANOSECONDS_PER_MICROSECOND;
  const args = { task: taskId, parent: end?.parentId, ended: end?.type, detail: end?.detail };
  return [beginIndex, { ph: 'X', pid: PROCESS, tid: thread, ts, dur, cat: 'step', name, args }];
}

function flow({ kind, from, fromMs, fromIndex, to }: TraceArrow, id: number, at: Microseconds): ChromeEvent[] {
  const common = { pid: PROCESS, cat: 'task', name: kind, id };
  return [
    [fromIndex, { ...common, ph: 's', tid: from.thread, ts: at(fromMs) }],
    // Bound to the slice around it, not to the next one that begins.
    [to.beginIndex, { ...common, ph: 'f', bp: 'e', tid: to.thread, ts: at(to.beginMs) }],
  ];
}
