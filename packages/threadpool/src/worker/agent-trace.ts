/** Trace events of a thread, kept until they travel to the pool. */

import type { TraceEvent, TraceSink } from '@heddle/core';

export class AgentTrace implements TraceSink {
  #events: TraceEvent[] = [];
  #mutedId: string | null = null;

  get isEmpty(): boolean {
    return this.#events.length === 0;
  }

  event(event: TraceEvent): void {
    if (event.taskId !== this.#mutedId) this.#events.push(event);
  }

  /** Runs `action` while nothing is told of the task: another thread has told it. */
  mute(taskId: string, action: () => void): void {
    this.#mutedId = taskId;
    try {
      action();
    } finally {
      this.#mutedId = null;
    }
  }

  /** Returns what has been told since the last time, and forgets it. */
  take(): readonly TraceEvent[] {
    const events = this.#events;
    this.#events = [];
    return events;
  }
}
