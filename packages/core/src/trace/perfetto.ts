/**
 * Renders trace events as Chrome trace JSON, which Perfetto (ui.perfetto.dev) and chrome://tracing load: one track per
 * thread, a slice for each stretch in which a task ran, and flow arrows from the moment a task was queued to its start.
 *
 * @see the Trace Event Format document of the Chromium project
 */

import type { TraceEvent } from './events.ts';

/** Names shown in the rendered trace. */
export interface PerfettoOptions {
  /** The title of the process track. @default 'heddle' */
  readonly processName?: string;
  /** The title of a thread's track. @default 'thread N' */
  readonly threadName?: (thread: number) => string;
}

type ChromeEvent = Record<string, unknown>;

const MICROSECONDS_PER_MS = 1000;
const PROCESS = 1;

/** Events that begin a stretch of running, and those that end one. */
const BEGINS: ReadonlySet<string> = new Set(['started', 'resumed']);
const ENDS: ReadonlySet<string> = new Set(['awaiting', 'yielded', 'completed', 'failed', 'cancelled']);

/** Returns the trace as JSON text. Times are relative to the first event. */
export function renderPerfetto(events: readonly TraceEvent[], options: PerfettoOptions = {}): string {
  const { processName = 'heddle', threadName = (thread: number) => `thread ${thread}` } = options;
  const ordered = [...events].sort((one, other) => one.timeMs - other.timeMs);
  const origin = ordered[0]?.timeMs ?? 0;
  const microseconds = (event: TraceEvent): number => (event.timeMs - origin) * MICROSECONDS_PER_MS;

  const rendered: ChromeEvent[] = [{ ph: 'M', pid: PROCESS, name: 'process_name', args: { name: processName } }];
  for (const thread of new Set(ordered.map((event) => event.thread))) {
    rendered.push({ ph: 'M', pid: PROCESS, tid: thread, name: 'thread_name', args: { name: threadName(thread) } });
  }

  const running = new Map<string, TraceEvent>();
  const queued = new Map<string, TraceEvent>();
  for (const event of ordered) {
    if (event.type === 'queued') queued.set(event.taskId, event);
    if (BEGINS.has(event.type)) {
      running.set(event.taskId, event);
      const origin_ = queued.get(event.taskId);
      if (event.type === 'started' && origin_ !== undefined) {
        queued.delete(event.taskId);
        rendered.push(...flow(origin_, event, microseconds));
      }
    } else if (ENDS.has(event.type)) {
      const begin = running.get(event.taskId);
      running.delete(event.taskId);
      if (begin !== undefined) rendered.push(slice(begin, event, microseconds));
    }
  }
  return JSON.stringify({ displayTimeUnit: 'ms', traceEvents: rendered });
}

type Microseconds = (event: TraceEvent) => number;

function slice(begin: TraceEvent, end: TraceEvent, at: Microseconds): ChromeEvent {
  return {
    ph: 'X',
    pid: PROCESS,
    tid: begin.thread,
    ts: at(begin),
    dur: Math.max(0, at(end) - at(begin)),
    name: begin.name,
    args: { task: begin.taskId, ended: end.type, ...(end.detail === undefined ? {} : { detail: end.detail }) },
  };
}

function flow(from: TraceEvent, to: TraceEvent, at: Microseconds): ChromeEvent[] {
  const common = { pid: PROCESS, cat: 'queue', name: 'queued', id: from.taskId };
  return [
    { ...common, ph: 's', tid: from.thread, ts: at(from) },
    { ...common, ph: 'f', bp: 'e', tid: to.thread, ts: at(to) },
  ];
}
