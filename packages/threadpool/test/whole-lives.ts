import type { TraceEvent } from '@heddle/core';
import { expect } from 'vitest';

const ENDS = new Set(['completed', 'failed', 'cancelled']);

/** Returns the events of each task, by its id. */
export function tasksIn(events: readonly TraceEvent[]): Map<string, TraceEvent[]> {
  const tasks = new Map<string, TraceEvent[]>();
  for (const event of events) {
    const life = tasks.get(event.taskId);
    if (life === undefined) tasks.set(event.taskId, [event]);
    else life.push(event);
  }
  return tasks;
}

/** Every task is queued once, and ends once, as its last event. */
export function expectWholeLives(events: readonly TraceEvent[]): void {
  for (const [id, life] of tasksIn(events)) {
    const inTime = life.toSorted((a, b) => a.timeMs - b.timeMs);
    const types = inTime.map(({ type }) => type);
    expect({ id, queued: types.filter((type) => type === 'queued'), ends: types.filter((type) => ENDS.has(type)) }).toMatchObject({ queued: ['queued'], ends: [expect.any(String)] });
    expect(ENDS.has(types.at(-1) ?? '')).toBe(true);
    expect(types.filter((type) => type === 'started').length).toBeLessThanOrEqual(1);
  }
}
