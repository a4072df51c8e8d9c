import { ThreadPool, sharedQueue, workStealing } from '@heddle/threadpool';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Portions } from '../src/worker/portions.ts';
import { hold, immovable, offer, prioritised, spinForChild, staysAtHome } from './fixtures/stealing.js';
import { Flag } from './flag.ts';
import { warmUp } from './warm-up.ts';

/** A list in shared memory for `note`, of `length` entries at most. */
function sharedList(length: number): { readonly memory: SharedArrayBuffer; readonly entries: () => number[] } {
  const memory = new SharedArrayBuffer((1 + length) * Int32Array.BYTES_PER_ELEMENT);
  const cells = new Int32Array(memory);
  return { memory, entries: () => [...cells.subarray(1, 1 + (cells[0] ?? 0))] };
}

describe('of the children that a task has spawned', () => {
  test('the most urgent start first, and those of one priority in their order', async () => {
    await using pool = new ThreadPool({ threads: 1 });
    const order = sharedList(8);
    await pool.run(prioritised(order.memory, [0, -1, 2, 0, 1, 2, -3]));
    expect(order.entries()).toEqual([2, 2, 1, 0, 0, -1, -3]);
  });

  test('another thread is given the most urgent', async () => {
    await using pool = new ThreadPool({ threads: 2 });
    await warmUp(pool);
    const [held, release, started] = [new Flag(), new Flag(), new Flag()];
    const order = sharedList(1_000_000);
    const holding = pool.run(hold(held.memory, release.memory));
    await held.raised();
    await pool.run(offer(order.memory, [0, 5, 0, 3], release.memory, started.memory));
    await holding;
    expect(order.entries()[0]).toBe(5);
  });
});

test('the outcome of a call on another thread reaches a busy one before its event loop has a turn', async () => {
  await using pool = new ThreadPool({ threads: 2 });
  await warmUp(pool);
  const rounds = [];
  // A slow other thread may let the slice of this one run out now and then.
  while (rounds.length < 200 && rounds.at(-1)?.hasTurned !== false) {
    // The other thread may have sent its outcome and not said yet that it would take another call.
    await warmUp(pool);
    rounds.push(await pool.run(spinForChild(new Flag().memory)));
  }
  expect(rounds.at(-1)).toEqual({ isElsewhere: true, hasTurned: false });
});

describe('the strategy', () => {
  test('sharedQueue() leaves children on the thread of their parent', async () => {
    await using pool = new ThreadPool({ threads: 2, strategy: sharedQueue() });
    await warmUp(pool);
    for (let round = 0; round < 20; round++) expect(await pool.run(staysAtHome(200))).toBe(true);
  });

  test('workStealing() is the default', async () => {
    const outcomes = [];
    for (const options of [{}, { strategy: workStealing() }]) {
      await using pool = new ThreadPool({ threads: 2, ...options });
      await warmUp(pool);
      let isAtHome = true;
      while (isAtHome) isAtHome = await pool.run(staysAtHome(200));
      outcomes.push(isAtHome);
    }
    expect(outcomes).toEqual([false, false]);
  });

  test('must be one of the two', () => {
    expect(() => new ThreadPool({ strategy: 'stealing' as never })).toThrow(new TypeError("Expected `strategy` to be workStealing() or sharedQueue(), got the string 'stealing'"));
    expect(() => new ThreadPool({ strategy: workStealing as never })).toThrow('or sharedQueue(), got');
  });
});

describe('children of which the arguments cannot be copied', () => {
  let messages: string[] = [];
  const keep = (warning: Error): void => {
    if ((warning as { code?: string }).code === 'HEDDLE_CANNOT_MOVE') messages.push(warning.message);
  };
  beforeEach(() => {
    messages = [];
    process.on('warning', keep);
  });
  afterEach(() => {
    process.off('warning', keep);
  });

  async function runOn(options: { readonly copyHints?: boolean }, isQuiet: boolean): Promise<void> {
    await using pool = new ThreadPool({ threads: 2, ...options });
    await warmUp(pool);
    for (let round = 0; round < 3; round++) expect(await pool.run(immovable(20, isQuiet))).toEqual(Array.from({ length: 20 }, (_, i) => i));
  }

  test('are reported once, with the place', async () => {
    await runOn({}, false);
    await runOn({}, false);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(/^Calls of task file:.*stealing\.js#callBack that tasks spawn run on the thread of their parent .*: args\[0\]\.fn is the function fn\./);
  });

  test('are not reported with `copyHints: false`', async () => {
    await runOn({ copyHints: false }, true);
    expect(messages).toEqual([]);
  });
});

describe('portions', () => {
  let nowMs = 0;
  const now = (): number => nowMs;

  /** Lends a portion, of which each call takes `us`. Returns its size. */
  function lend(portions: Portions, us: number): number {
    const size = portions.begin(nowMs);
    for (let i = 0; i < size; i++) portions.lent();
    for (let i = 0; i < size; i++) {
      nowMs += us / 1000;
      portions.ended(now);
    }
    return size;
  }

  const sizes = (portions: Portions, count: number, us: number): number[] => Array.from({ length: count }, () => lend(portions, us));

  test('grow while calls are short, and are single calls where they are long', () => {
    const portions = new Portions();
    expect(sizes(portions, 5, 20)).toEqual([1, 2, 4, 8, 8]);
    expect(sizes(portions, 3, 1_000)).toEqual([8, 1, 1]);
  });

  test('are single calls while others are outstanding', () => {
    const portions = new Portions();
    sizes(portions, 3, 20);
    portions.begin(nowMs);
    portions.lent();
    expect(portions.begin(nowMs)).toBe(1);
  });

  test('rest longer and longer while calls are too short to be worth it', () => {
    const portions = new Portions();
    sizes(portions, 4, 1);
    const rests = Array.from({ length: 7 }, () => {
      let points = 1;
      while (!portions.isDue) points++;
      lend(portions, 1);
      return points;
    });
    expect(rests).toEqual([256, 512, 1_024, 2_048, 4_096, 8_192, 8_192]);
    while (!portions.isDue);
    // One that is worth it ends that.
    lend(portions, 20);
    expect(portions.isDue).toBe(true);
  });
});
