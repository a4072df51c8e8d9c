import { Inheritance, LocalExecutor, step, type Fiber, type Urgency } from '@heddle/core/engine';

/** Steps the ready fiber of the highest priority, then of the earliest deadline, then the oldest: as it was told of them. */
export class UrgentExecutor extends LocalExecutor {
  /** Ready fibers, with what was known of them when they were queued or last told to have changed. */
  readonly ready = new Map<Fiber, Urgency>();
  timesTold = 0;
  /** Called before each step. */
  beforeStep: (() => void) | undefined;
  override readonly inheritance = new Inheritance((fiber) => {
    this.timesTold++;
    if (this.ready.has(fiber)) this.ready.set(fiber, urgencyOf(fiber));
  });
  #isDraining = false;

  protected get isStepping(): boolean {
    return this.#isDraining;
  }

  enqueue(fiber: Fiber): void {
    this.ready.set(fiber, urgencyOf(fiber));
    if (!this.#isDraining) queueMicrotask(() => this.#drain());
  }

  dequeue(fiber: Fiber): void {
    this.ready.delete(fiber);
  }

  checkpoint(): boolean {
    return true;
  }

  #drain(): void {
    this.#isDraining = true;
    for (;;) {
      this.beforeStep?.();
      const next = this.#mostUrgent();
      if (next === undefined) break;
      this.ready.delete(next);
      step(next);
    }
    this.#isDraining = false;
  }

  #mostUrgent(): Fiber | undefined {
    let best: [Fiber, Urgency] | undefined;
    for (const entry of this.ready) if (best === undefined || isMoreUrgent(entry[1], best[1])) best = entry;
    return best?.[0];
  }
}

export function urgencyOf({ priority, deadline }: Urgency): Urgency {
  return { priority, deadline };
}

function isMoreUrgent(a: Urgency, b: Urgency): boolean {
  if (a.priority !== b.priority) return a.priority > b.priority;
  return (a.deadline ?? Infinity) < (b.deadline ?? Infinity);
}
