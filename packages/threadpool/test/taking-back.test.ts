import { task } from '@heddle/core';
import { TaskCall } from '@heddle/core/engine';
import { ThreadPool } from '@heddle/threadpool';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AgentThread } from '../src/main/agent-thread.ts';
import { PoolTask, type TaskOwner } from '../src/main/pool-task.ts';
import { Flags, itemsBetween, OccupancyBoard, OwnOccupancy } from '../src/occupancy-board.ts';
import { ToAgent } from '../src/protocol.ts';
import { add } from './fixtures/basics.js';
import { pass, raiseFlag } from './fixtures/cancelling.js';
import { linger, readByte, tick, tickAndExit } from './fixtures/dispatching.js';
import { flags, Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

const CELL = Int32Array.BYTES_PER_ELEMENT;

/** Makes `pass`, `raiseFlag` and `tick` known as cheap, so that calls of them are sent together. */
async function learnCheap(pool: ThreadPool): Promise<void> {
  const open = new Flag();
  open.raise();
  const counts = new SharedArrayBuffer(CELL);
  const calls = (flag: Flag): Promise<unknown>[] => [pool.run(pass(flag.memory, open.memory)), pool.run(raiseFlag(flag.memory)), pool.run(tick(counts, 0, false))];
  for (let round = 0; round < 10; round++) await Promise.all(flags(8).flatMap(calls));
}

describe('calls behind one that takes long', () => {
  test('run on the other thread, each once, while it still runs', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    let behind = 0;
    while (behind === 0) {
      await learnCheap(pool);
      const [started, go] = [new Flag(), new Flag()];
      const long = pool.submit(pass(started.memory, go.memory));
      const counts = new SharedArrayBuffer(CELL * 20);
      const short = Array.from({ length: 20 }, (_, index) => pool.submit(tick(counts, index, false)));
      await started.raised();
      const places = new Map(pool.snapshot().tasks.map(({ id, waitsOn }) => [id, waitsOn]));
      behind = short.filter(({ id }) => places.has(id) && places.get(id) === places.get(long.id)).length;
      await Promise.all(short.map(({ result }) => result));
      expect(long.state).toBe('running');
      go.raise();
      await long.result;
      // Whatever a thread still held has had its turn when it has run another call.
      await warmUp(pool);
      expect([...new Int32Array(counts)]).toEqual(Array.from({ length: 20 }, () => 1));
    }
  });

  test('and move something along stay, and are right', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    for (let round = 0; round < 10; round++) {
      await learnCheap(pool);
      for (let i = 0; i < 4; i++) await pool.run(readByte(new ArrayBuffer(1)));
      const [started, go] = [new Flag(), new Flag()];
      const long = pool.run(pass(started.memory, go.memory));
      const bytes = Array.from({ length: 10 }, (_, byte) => {
        const { buffer } = new Uint8Array([byte]);
        const isMoved = byte % 3 === 0;
        return { byte, isMoved, handle: pool.submit(readByte(buffer), isMoved ? { transfer: [buffer] } : {}) };
      });
      await started.raised();
      const last = bytes.findLast(({ isMoved }) => isMoved)?.byte ?? 0;
      // Those after the last one that moves something can be taken back; the rest may have to wait.
      await Promise.all(bytes.filter(({ byte }) => byte > last).map(({ handle }) => handle.result));
      go.raise();
      await long;
      expect(await Promise.all(bytes.map(({ handle }) => handle.result))).toEqual(bytes.map(({ byte }) => byte));
    }
  });

  test('can be cancelled wherever they are by then', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    for (let round = 0; round < 10; round++) {
      await learnCheap(pool);
      const [started, go] = [new Flag(), new Flag()];
      const long = pool.run(pass(started.memory, go.memory));
      const touched = flags(10);
      const short = touched.map((flag) => pool.submit(raiseFlag(flag.memory)));
      await started.raised();
      const outcomes = short.map(async (handle, index) => {
        if (index % 2 === 0) handle.cancel();
        try {
          await handle.result;
          return true;
        } catch {
          return false;
        }
      });
      expect(await Promise.all(outcomes)).toEqual(touched.map((flag) => flag.isRaised));
      go.raise();
      await long;
    }
  });
});

test('results do not wait for a call that takes long, where a few calls make up most of the work', async () => {
  await using pool = new ThreadPool({ threads: 1 });
  for (let round = 0; round < 60; round++) await Promise.all(Array.from({ length: 20 }, (_, index) => pool.run(linger(index === 10 ? 'long' : 'short'))));
  const go = new Flag();
  let ended = 0;
  await new Promise<void>((resolve) => {
    const short = Array.from({ length: 8 }, () => pool.run(linger('short')));
    void pool.run(linger(go.memory));
    for (const call of short) {
      void call.then(() => {
        // Three at most wait on the thread for the next message.
        if (++ended === 5) resolve();
      });
    }
  });
  go.raise();
  await pool.close();
  expect(pool.stats()).toMatchObject({ completed: 60 * 20 + 9 });
});

describe.each([1, 2, 4])('on %i threads', (threads) => {
  test('any mix of short and long calls, some of them cancelled, runs each exactly once or never', async () => {
    await using pool = new ThreadPool({ threads });
    const call = fc.record({ isLong: fc.integer({ min: 0, max: 29 }).map((die) => die === 0), cancelAt: fc.option(fc.integer({ min: 0, max: 3 }), { freq: 6 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 300 }), async (calls) => {
        const counts = new SharedArrayBuffer(CELL * calls.length);
        const handles = calls.map(({ isLong }, index) => pool.submit(tick(counts, index, isLong)));
        const settled = handles.map((handle) => Promise.allSettled([handle.result]));
        for (let turn = 0; turn < 4; turn++) {
          await new Promise((resolve) => setImmediate(resolve));
          calls.forEach(({ cancelAt }, index) => {
            if (cancelAt === turn) handles[index]?.cancel();
          });
        }
        const outcomes = await Promise.all(settled);
        const ran = [...new Int32Array(counts)];
        // A plain function that was begun ends with its value, whether it was cancelled or not.
        expect(ran).toEqual(outcomes.map(([outcome]) => (outcome?.status === 'fulfilled' ? 1 : 0)));
        calls.forEach(({ cancelAt }, index) => {
          if (cancelAt === null) expect(ran[index]).toBe(1);
        });
      }),
      { numRuns: 12 },
    );
    expect(pool.stats()).toMatchObject({ queued: 0, running: 0, awaiting: 0, failed: 0 });
    expect(await pool.run(add(1, 2))).toBe(3);
  });
});

test('threads that die in between lose what they had begun, and no call runs twice', async () => {
  await using pool = new ThreadPool({ threads: 2 });
  const call = fc.constantFrom('short', 'short', 'short', 'short', 'short', 'long', 'crash');
  await fc.assert(
    fc.asyncProperty(fc.array(call, { minLength: 1, maxLength: 40 }), async (calls) => {
      const counts = new SharedArrayBuffer(CELL * calls.length);
      const crashes = calls.filter((kind) => kind === 'crash').length;
      const runs = calls.map((kind, index) => pool.run(kind === 'crash' ? tickAndExit(counts, index) : tick(counts, index, kind === 'long')));
      const outcomes = await Promise.allSettled(runs);
      const ran = [...new Int32Array(counts)];
      outcomes.forEach((outcome, index) => {
        if (outcome.status === 'fulfilled') expect(ran[index]).toBe(1);
        else expect(outcome.reason).toMatchObject({ code: 'ERR_HEDDLE_WORKER_LOST' });
        expect(ran[index]).toBeLessThanOrEqual(1);
        // Only where threads die again and again is a call given up that never began.
        if (crashes < 3) expect(ran[index]).toBe(1);
      });
    }),
    { numRuns: 5 },
  );
});

// -- the protocol by itself --

const nothing = task(() => {});

/** A port of which the other end is read by hand. */
class FakePort {
  readonly messages: (readonly unknown[])[] = [];
  /** What happens on the other thread between the message and what the sender does next. */
  afterPost: () => void = () => {};

  postMessage(message: readonly unknown[]): void {
    this.messages.push([...message]);
    this.afterPost();
  }
}

/** The thread's half of the protocol, one step at a time. */
class FakeAgent {
  readonly ran: number[] = [];
  readonly #own: OwnOccupancy;
  readonly #inbox: (readonly unknown[])[];
  #items: { readonly number: number; readonly id: number }[] = [];
  #nextItem = 1;

  constructor(memory: SharedArrayBuffer, inbox: (readonly unknown[])[]) {
    this.#own = new OwnOccupancy(memory, 1);
    this.#inbox = inbox;
  }

  get isIdle(): boolean {
    return this.#items.length === 0 && this.#inbox.length === 0;
  }

  read(): void {
    const message = this.#inbox.shift();
    if (message?.[0] === ToAgent.Run) {
      // The ids of its calls, which are their only arguments, follow the head of each run of like calls.
      for (const id of message.slice(9)) this.#items.push({ number: this.#nextItem++, id: id as number });
    } else if (message?.[0] === ToAgent.TakeBack) {
      const keepUpTo = message[1] as number;
      const last = itemsBetween(this.#own.begun, keepUpTo) > 0 ? keepUpTo : this.#own.begun;
      this.#items = this.#items.filter(({ number }) => itemsBetween(last, number) <= 0);
      if (itemsBetween(last, this.#nextItem) > 1) this.#nextItem = last + 1;
    }
  }

  begin(): void {
    const [item] = this.#items;
    if (item === undefined) return;
    if (this.#own.begin(item.number)) {
      this.ran.push(item.id);
      this.#items.shift();
    } else if ((this.#own.takeFlags() & Flags.Taken) !== 0) {
      while (this.#inbox.length > 0) this.read();
    }
  }
}

test('an item that is taken back runs either on its thread or for the pool, in every interleaving', () => {
  const owner: TaskOwner = { graceMs: () => 0, hasBegun: () => false, dequeue: () => {}, recall: () => false, overdue: () => {}, ended: () => {} };
  const agentStep = fc.constantFrom('read', 'begin');
  const step = fc.oneof(
    agentStep,
    fc.record({ send: fc.integer({ min: 1, max: 6 }), meanwhile: fc.array(agentStep, { maxLength: 3 }) }),
    // `meanwhile`: what the thread does between the message and the flag.
    fc.record({ take: fc.constantFrom(0.5, 1), meanwhile: fc.array(agentStep, { maxLength: 6 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const memory = OccupancyBoard.allocate(1);
      const board = new OccupancyBoard(memory);
      const port = new FakePort();
      const thread = new AgentThread(1, 1, port as never);
      const agent = new FakeAgent(memory, port.messages);
      const ids = new Map<PoolTask, number>();
      const forOthers: number[] = [];
      const act = (what: 'read' | 'begin'): void => (what === 'read' ? agent.read() : agent.begin());
      for (const each of steps) {
        if (typeof each === 'string') {
          act(each);
          continue;
        }
        port.afterPost = () => {
          port.afterPost = () => {};
          each.meanwhile.forEach(act);
        };
        if ('send' in each) {
          const tasks = Array.from({ length: each.send }, () => {
            const one = new PoolTask(owner, TaskCall.of((nothing() as unknown as TaskCall).definition, [ids.size]), undefined);
            ids.set(one, ids.size);
            return one;
          });
          thread.send(tasks, 10, false, false);
        } else {
          const unbegun = thread.unbegun(board);
          const taken = thread.takeBack(board, each.take);
          expect(taken.length).toBeLessThanOrEqual(unbegun);
          // Invariant: every task was given an id.
          forOthers.push(...taken.map((one) => ids.get(one) ?? -1));
        }
      }
      while (!agent.isIdle) {
        agent.read();
        agent.begin();
      }
      expect([...agent.ran, ...forOthers].toSorted((a, b) => a - b)).toEqual([...ids.values()]);
      // In order on the thread, too.
      expect(agent.ran).toEqual(agent.ran.toSorted((a, b) => a - b));
      expect(thread.unbegun(board)).toBe(0);
    }),
    { numRuns: 500 },
  );
});
