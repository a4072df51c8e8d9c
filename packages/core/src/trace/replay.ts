/** What a trace amounts to: the steps that tasks made, and what led from one to another. The ground on which renderers draw. */

import type { TraceEvent, TraceEventType } from './events.ts';

/** What a task did on a thread between two suspensions. */
export interface TraceStep {
  readonly taskId: string;
  readonly name: string;
  readonly thread: number;
  readonly beginMs: number;
  /** The number of the event that began it, in order of time. */
  readonly beginIndex: number;
  readonly endMs: number;
  /** The event that ended it; `null` where the trace ends first. */
  readonly end: TraceEvent | null;
}

/**
 * From one step to another: a task spawned another, which then started (`spawn`), on another thread than it was to (`steal`); a
 * task ended that another one had waited for (`join`); or a step let a parked task go on otherwise, as by giving it a lock (`wake`).
 */
export interface TraceArrow {
  readonly kind: 'spawn' | 'steal' | 'join' | 'wake';
  readonly from: TraceStep;
  /** The moment within `from`. The arrow's other end is the beginning of `to`. */
  readonly fromMs: number;
  /** The number of the event at that moment. */
  readonly fromIndex: number;
  readonly to: TraceStep;
}

export interface Replay {
  /** In the order in which they began. */
  readonly steps: readonly TraceStep[];
  readonly arrows: readonly TraceArrow[];
  /** How many tasks were ready, from each moment on at which that changed. */
  readonly readiness: readonly { readonly timeMs: number; readonly index: number; readonly ready: number }[];
  /** The threads that made steps, in order. */
  readonly threads: readonly number[];
  readonly beginMs: number;
  readonly endMs: number;
}

/** Told while a trace is replayed. */
export interface ReplayListener {
  /** The event is told after what it begins or ends. `step` is the step that it has ended, if it has. */
  event(event: TraceEvent, step: TraceStep | null): void;
}

const ENDS: ReadonlySet<TraceEventType> = new Set(['completed', 'failed', 'cancelled']);

/** Whether the event is the last one of its task. */
export function isEnd({ type }: TraceEvent): boolean {
  return ENDS.has(type);
}

/**
 * Replays a trace: of one executor, or put together of several recorders, in any order.
 *
 * @param stepMs how long a step takes at least, for clocks that stand still during one
 */
export function replay(events: readonly TraceEvent[], stepMs = 0, listener?: ReplayListener): Replay {
  const player = new Player(stepMs);
  // Stable: events of one moment stay in the order in which they were told, and causes were told first.
  for (const event of events.toSorted((one, other) => one.timeMs - other.timeMs)) {
    const step = player.play(event);
    listener?.event(event, step);
  }
  return player.end();
}

type MutableStep = { -readonly [K in keyof TraceStep]: TraceStep[K] };

/** Where an arrow begins. */
type Origin = Pick<TraceArrow, 'from' | 'fromMs' | 'fromIndex'>;

/** A task as far as the trace has told. */
class Life {
  /** The step that was under way where the task was queued. */
  spawned: Origin | null = null;
  /** The step of another task that made it ready. */
  woken: Origin | null = null;
  isStolen = false;
  isReady = false;
  /** The step under way, or the last one. */
  step: MutableStep | null = null;
  waitsFor: readonly string[] = [];
  /** The number of the event that ended the task; 0 before. */
  endIndex = 0;
}

class Player {
  readonly #stepMs: number;
  readonly #lives = new Map<string, Life>();
  readonly #steps: MutableStep[] = [];
  readonly #arrows: TraceArrow[] = [];
  readonly #readiness: { timeMs: number; index: number; ready: number }[] = [];
  #ready = 0;
  /** The number of the event that is played, from 1. */
  #index = 0;
  #firstMs = Infinity;
  #lastMs = -Infinity;

  constructor(stepMs: number) {
    this.#stepMs = stepMs;
  }

  /** Takes one event. Returns the step that it has ended. */
  play(event: TraceEvent): TraceStep | null {
    const life = this.#lifeOf(event.taskId);
    this.#index++;
    this.#firstMs = Math.min(this.#firstMs, event.timeMs);
    this.#lastMs = Math.max(this.#lastMs, event.timeMs);
    switch (event.type) {
      case 'queued':
        return this.#queued(event, life);
      case 'ready':
        this.#setReady(life, true, event);
        life.woken = this.#originOf(event);
        return null;
      case 'stolen':
        life.isStolen = true;
        return null;
      case 'started':
      case 'resumed':
        return this.#began(event, life);
      case 'awaiting':
        life.waitsFor = event.waitsFor ?? [];
        return this.#endStep(event, life);
      case 'yielded':
        this.#setReady(life, true, event);
        return this.#endStep(event, life);
      case 'completed':
      case 'failed':
      case 'cancelled':
        life.endIndex = this.#index;
        this.#setReady(life, false, event);
        return this.#endStep(event, life);
    }
  }

  #lifeOf(taskId: string): Life {
    let life = this.#lives.get(taskId);
    if (life === undefined) this.#lives.set(taskId, (life = new Life()));
    return life;
  }

  #setReady(life: Life, isReady: boolean, { timeMs }: TraceEvent): void {
    if (life.isReady === isReady) return;
    life.isReady = isReady;
    this.#ready += isReady ? 1 : -1;
    const last = this.#readiness.at(-1);
    if (last?.timeMs === timeMs) last.ready = this.#ready;
    else this.#readiness.push({ timeMs, index: this.#index, ready: this.#ready });
  }

  #queued(event: TraceEvent, life: Life): null {
    // The clocks of two threads may differ by a fraction of a microsecond: then it can have begun already.
    if (life.step !== null) return null;
    life.spawned = this.#originOf(event);
    this.#setReady(life, true, event);
    return null;
  }

  /** The step that has brought the event about. It may be over: it may have been its last deed. */
  #originOf({ causeId, timeMs }: TraceEvent): Origin | null {
    const from = causeId === undefined ? null : this.#lives.get(causeId)?.step;
    if (from === null || from === undefined) return null;
    return { from, fromMs: from.end === null ? timeMs : from.end.timeMs, fromIndex: this.#index };
  }

  #began(event: TraceEvent, life: Life): null {
    this.#setReady(life, false, event);
    const { taskId, name, thread, timeMs } = event;
    const step: MutableStep = { taskId, name, thread, beginMs: timeMs, beginIndex: this.#index, endMs: timeMs, end: null };
    if (event.type === 'started') this.#draw(life.isStolen ? 'steal' : 'spawn', life.spawned, step);
    else this.#drawResumption(life, step);
    life.step = step;
    life.woken = null;
    life.waitsFor = [];
    this.#steps.push(step);
    return null;
  }

  #draw(kind: TraceArrow['kind'], origin: Origin | null, to: TraceStep): void {
    if (origin !== null) this.#arrows.push({ kind, ...origin, to });
  }

  #drawResumption({ waitsFor, woken }: Life, to: TraceStep): void {
    const join = this.#lastEndOf(waitsFor);
    if (join !== null) this.#draw('join', join, to);
    else this.#draw('wake', woken, to);
  }

  /** The end of the task that was the last to end of those waited for; `null` when none has, because the wait was given up. */
  #lastEndOf(taskIds: readonly string[]): Origin | null {
    let last: Life | null = null;
    for (const id of taskIds) {
      const life = this.#lives.get(id);
      if (life !== undefined && life.endIndex > (last?.endIndex ?? 0)) last = life;
    }
    // A task that has ended before its first step has no step to point from.
    const from = last?.step;
    return from?.end == null ? null : { from, fromMs: from.end.timeMs, fromIndex: last?.endIndex ?? 0 };
  }

  #endStep(event: TraceEvent, { step }: Life): TraceStep | null {
    // A task that ends without a step of its own: before its first, or because it ran elsewhere.
    if (step === null || step.end !== null) return null;
    step.end = event;
    step.endMs = Math.max(event.timeMs, step.beginMs + this.#stepMs);
    return step;
  }

  end(): Replay {
    for (const step of this.#steps) {
      if (step.end === null) step.endMs = Math.max(this.#lastMs, step.beginMs + this.#stepMs);
      this.#lastMs = Math.max(this.#lastMs, step.endMs);
    }
    const threads = [...new Set(this.#steps.map(({ thread }) => thread))].toSorted((one, other) => one - other);
    const isEmpty = this.#firstMs === Infinity;
    return {
      steps: this.#steps,
      arrows: this.#arrows,
      readiness: this.#readiness,
      threads,
      beginMs: isEmpty ? 0 : this.#firstMs,
      endMs: isEmpty ? 0 : this.#lastMs,
    };
  }
}
