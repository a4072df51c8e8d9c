import { describe, expect, test } from 'vitest';
import { AgentBatch } from '../src/worker/agent-batch.ts';
import { AgentBatches } from '../src/worker/agent-batches.ts';
import type { Agent } from '../src/worker/agent.ts';

/** No time was measured. */
const UNKNOWN = -1;

class Thread {
  readonly retired: AgentBatch[] = [];
  readonly batches = new AgentBatches((batch) => this.retired.push(batch));

  send(size: number): AgentBatch {
    const batch = new AgentBatch(this.retired.length + 100 * size, {} as Agent, size, this.batches.nextItem, undefined, false);
    this.batches.add(batch);
    return batch;
  }
}

describe('the time that a batch took', () => {
  test('is known when its items have ended', () => {
    const thread = new Thread();
    const first = thread.send(2);
    thread.batches.ended(first, 2);
    expect(thread.retired).toEqual([first]);
    expect(first.runUs).toBeGreaterThanOrEqual(0);
    expect(thread.batches.isEmpty).toBe(true);
  });

  test('is not that of the batch before it, when its items were cancelled before they began', () => {
    const thread = new Thread();
    const [first, second] = [thread.send(1), thread.send(3)];
    thread.batches.ended(second, 1);
    expect(thread.retired).toEqual([second]);
    expect(second.runUs).toBe(UNKNOWN);
    thread.batches.ended(first, 1);
    expect(first.runUs).toBeGreaterThanOrEqual(0);
  });

  test('is not known of two of which the later one has ended first', () => {
    const thread = new Thread();
    const [first, second] = [thread.send(1), thread.send(1)];
    thread.batches.ended(second, 2);
    thread.batches.ended(first, 2);
    expect([first.runUs, second.runUs]).toEqual([UNKNOWN, UNKNOWN]);
  });

  test('goes on for a batch that keeps the thread while another one is taken back', () => {
    const thread = new Thread();
    const [first, second] = [thread.send(2), thread.send(5)];
    const begun = 1;
    thread.batches.cutAfter(2, new Error('taken back'));
    expect(second.size).toBe(0);
    expect(thread.batches.nextItem).toBe(3);
    thread.batches.ended(second, begun);
    expect(second.runUs).toBe(UNKNOWN);
    thread.batches.ended(first, 2);
    expect(first.runUs).toBeGreaterThanOrEqual(0);
  });

  test('is not known of a batch that waited for its module', () => {
    const thread = new Thread();
    const batch = thread.send(1);
    batch.hasWaited = true;
    thread.batches.ended(batch, 1);
    expect(batch.runUs).toBe(UNKNOWN);
  });
});

test('batches that are parked make room, others do not', () => {
  const thread = new Thread();
  const [parked, waiting] = [thread.send(1), thread.send(1)];
  waiting.waiting = 1;
  thread.batches.retireParked();
  expect(thread.retired).toEqual([parked]);
  // It still ends some time, and then says nothing more.
  thread.batches.ended(parked, 1);
  expect(thread.retired).toEqual([parked]);
});
