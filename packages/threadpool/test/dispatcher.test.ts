import { systemClock, task, type CallOptions } from '@heddle/core';
import { TaskCall } from '@heddle/core/engine';
import { fifo, priority, type PolicyFactory } from '@heddle/multiplexer';
import { describe, expect, test } from 'vitest';
import { AgentThread } from '../src/main/agent-thread.ts';
import { Batch } from '../src/main/batch.ts';
import { Dispatcher } from '../src/main/dispatcher.ts';
import { homeOf } from '../src/main/key-affinity.ts';
import { PoolTask, type TaskOwner } from '../src/main/pool-task.ts';
import { OccupancyBoard, OwnOccupancy } from '../src/occupancy-board.ts';
import { ToAgent } from '../src/protocol.ts';

const work = task((_id: number) => {});
const owner: TaskOwner = { graceMs: () => 0, hasBegun: () => false, dequeue: () => {}, recall: () => false, overdue: () => {}, ended: () => {} };

function poolTask(id: number, options?: CallOptions): PoolTask {
  return new PoolTask(owner, work(id) as unknown as TaskCall, options);
}

const idOf = ({ call }: PoolTask): number => call.args[0] as number;

/** A dispatcher of threads that nobody runs: what they are sent is looked at instead. */
function bench({ threads, policy = fifo() }: { threads: number; policy?: PolicyFactory }) {
  const memory = OccupancyBoard.allocate(threads);
  const messages = Array.from({ length: threads }, (): (readonly unknown[])[] => []);
  const agents = messages.map((inbox, index) => new AgentThread(index + 1, index + 1, { postMessage: (message: readonly unknown[]) => inbox.push(message) } as never));
  const dispatcher = new Dispatcher(policy<PoolTask>({ clock: systemClock }), new Set(agents), new OccupancyBoard(memory), () => false);
  /** The ids of the calls of each message to a thread. */
  const sent = (index: number): number[][] => {
    const batches: number[][] = [];
    for (let id = 1; ; id++) {
      const items = agents[index]?.batch(id)?.items;
      if (items === undefined) return batches;
      batches.push(items.map(idOf));
    }
  };
  /** Makes calls known to take so long each. */
  const learn = (us: number): void => {
    // Invariant: there is a thread.
    for (let round = 0; round < 12; round++) dispatcher.learn(new Batch(1, agents[0]!, [poolTask(0)], 1, 0), us);
  };
  const own = (index: number): OwnOccupancy => new OwnOccupancy(memory, index + 1);
  const takes = (index: number): number => messages[index]?.filter(([kind]) => kind === ToAgent.TakeBack).length ?? 0;
  return { dispatcher, agents, sent, learn, own, takes };
}

function enqueue({ dispatcher }: { dispatcher: Dispatcher }, count: number, options?: (id: number) => CallOptions): void {
  for (let id = 0; id < count; id++) dispatcher.enqueue(poolTask(id, options?.(id)));
  dispatcher.dispatch();
}

describe('the dispatcher', () => {
  test('sends one call at a time to a thread while it does not know what they cost', () => {
    const pool = bench({ threads: 2 });
    enqueue(pool, 5);
    expect([pool.sent(0), pool.sent(1)]).toEqual([[[0]], [[1]]]);
    expect(pool.dispatcher.queued).toBe(3);
    expect(pool.dispatcher.unbegun).toBe(5);
    pool.dispatcher.close();
  });

  test('sends no more at once than a batch may take, and at once less when calls turn out to cost more', () => {
    const pool = bench({ threads: 1 });
    pool.learn(7);
    enqueue(pool, 200);
    // One to run, and one behind it, so that the thread need not wait for the next.
    expect(pool.sent(0).map((batch) => batch.length)).toEqual([100, 100]);
    const other = bench({ threads: 1 });
    other.learn(7);
    other.learn(350);
    enqueue(other, 10);
    expect(other.sent(0).map((batch) => batch.length)).toEqual([2, 2]);
    pool.dispatcher.close();
    other.dispatcher.close();
  });

  test('sends many short calls at once while many more wait, and fewer as those become fewer', () => {
    const sizes = (us: number, calls: number): number[] => {
      const pool = bench({ threads: 1 });
      pool.learn(us);
      enqueue(pool, calls);
      pool.dispatcher.close();
      return pool.sent(0).map((batch) => batch.length);
    };
    // Of 4 ms: what a batch may take at most.
    expect(sizes(8, 10_000)).toEqual([500, 500]);
    // An eighth of what there is to do, and then of what is left.
    expect(sizes(10, 1_600)).toEqual([200, 175]);
    expect(sizes(300, 1_000)).toEqual([2, 2]);
  });

  test('sends a thread the next call before it has ended a short one, but none behind a long one', () => {
    const sentWhereEachTakes = (us: number): number[][] => {
      const pool = bench({ threads: 1 });
      pool.learn(us);
      enqueue(pool, 5);
      pool.dispatcher.close();
      return pool.sent(0);
    };
    expect(sentWhereEachTakes(1_000)).toEqual([[0], [1]]);
    expect(sentWhereEachTakes(2_000)).toEqual([[0]]);
  });

  test('does not wake a second thread for less work than its wake-up costs', () => {
    const pool = bench({ threads: 2 });
    pool.learn(5);
    enqueue(pool, 16);
    expect(pool.sent(0).flat()).toHaveLength(16);
    expect(pool.sent(1)).toEqual([]);
    pool.dispatcher.close();
  });

  test('leaves all but the next bit of work to a policy that may put something before it', () => {
    const pool = bench({ threads: 1, policy: priority() });
    pool.learn(5);
    enqueue(pool, 1_000);
    expect(pool.sent(0).map((batch) => batch.length)).toEqual([20]);
    pool.dispatcher.enqueue(poolTask(5_000, { priority: 1 }));
    // Invariant: it was sent a batch.
    pool.agents[0]!.retire(pool.agents[0]!.batch(1)!);
    pool.dispatcher.dispatch();
    expect(pool.sent(0)[1]?.[0]).toBe(5_000);
    pool.dispatcher.close();
  });

  test('sorts calls by the thread that their key prefers, in order, and leaves the rest where there is room', () => {
    const pool = bench({ threads: 2 });
    pool.learn(5);
    const keyOf = (id: number): string => `key-${id % 7}`;
    enqueue(pool, 40, (id) => ({ key: keyOf(id) }));
    const homes = (index: number): Set<number | undefined> => new Set(pool.sent(index).flat().map((id) => homeOf(keyOf(id), pool.agents)?.number));
    expect([homes(0), homes(1)]).toEqual([new Set([1]), new Set([2])]);
    for (const index of [0, 1]) expect(pool.sent(index).flat()).toEqual(pool.sent(index).flat().toSorted((a, b) => a - b));
    expect(pool.sent(0).flat().length + pool.sent(1).flat().length).toBe(40);
    pool.dispatcher.close();
  });

  test('lets another thread take calls of a key when the one that they prefer has enough to do', () => {
    const pool = bench({ threads: 2 });
    pool.learn(7);
    enqueue(pool, 1_000, () => ({ key: 'warp' }));
    const home = homeOf('warp', pool.agents)?.number === 1 ? 0 : 1;
    expect(pool.sent(home)[0]?.[0]).toBe(0);
    expect(pool.sent(1 - home).flat().length).toBeGreaterThan(0);
    pool.dispatcher.close();
  });

  test('gives a thread with nothing to do half of what another one has not begun', () => {
    const pool = bench({ threads: 2 });
    pool.learn(50);
    enqueue(pool, 28);
    const before = pool.sent(0).flat();
    const other = pool.agents[1];
    // The second thread is through with all it had; the first has begun one call.
    for (let id = 1, batch = other?.batch(id); batch !== undefined; batch = other?.batch(++id)) {
      pool.own(1).begin(batch.items.length);
      other?.retire(batch);
    }
    pool.own(0).begin(1);
    const sentBefore = pool.sent(1).length;
    pool.dispatcher.dispatch();
    expect(pool.takes(0)).toBe(1);
    const kept = pool.sent(0).flat();
    const moved = pool.sent(1).slice(sentBefore).flat();
    expect([...kept, ...moved]).toEqual(before);
    expect(kept.length).toBe(1 + Math.ceil((before.length - 1) / 2));
    pool.dispatcher.close();
  });

  test('takes a single call for an idle thread from behind another one, but not the next that a thread is to run', () => {
    const pool = bench({ threads: 2 });
    pool.learn(1_000);
    enqueue(pool, 3);
    expect([pool.sent(0), pool.sent(1)]).toEqual([[[0], [2]], [[1]]]);
    pool.own(1).begin(1);
    // Invariant: it was sent a batch.
    pool.agents[1]!.retire(pool.agents[1]!.batch(1)!);
    pool.own(0).begin(1);
    pool.dispatcher.dispatch();
    expect([pool.takes(0), pool.sent(1)]).toEqual([1, [[1], [2]]]);
    pool.dispatcher.dispatch();
    expect([pool.takes(0), pool.takes(1)]).toEqual([1, 0]);
    pool.dispatcher.close();
  });

  test('takes nothing from a thread that has next to nothing left', () => {
    const pool = bench({ threads: 2 });
    pool.learn(5);
    enqueue(pool, 16);
    pool.own(0).begin(1);
    pool.dispatcher.dispatch();
    expect([pool.takes(0), pool.sent(1)]).toEqual([0, []]);
    pool.dispatcher.close();
  });
});
