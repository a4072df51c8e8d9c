/**
 * Random programs of tasks that lock, join and spawn. Whatever they wait for, somebody known has to bring; so a deadlock is always a
 * circle, some await has closed it, and that one must have been refused: every program ends.
 */

import { all, InlineExecutor, Mutex, RwLock, spawn, task, yieldNow, type Coroutine, type LockGuard, type TaskHandle } from '@heddle/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FakeClock } from '../fake-clock.ts';
import { runs } from '../runs.ts';

type Action =
  | { readonly kind: 'pause' }
  | { readonly kind: 'lock' | 'read' | 'write' | 'join'; readonly of: number }
  | { readonly kind: 'all' | 'spawn' | 'catch'; readonly programs: readonly Action[][] };

/** Longer than the grace periods of all tasks together. */
const LONG_MS = 1_000_000;

const LOCKS = 3;
const TASKS = 5;

const { program } = fc.letrec<{ program: Action[] }>((tie) => ({
  program: fc.array(
    fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.constant<Action>({ kind: 'pause' }),
      fc.record({ kind: fc.constantFrom('lock' as const, 'read' as const, 'write' as const), of: fc.nat(LOCKS - 1) }),
      fc.record({ kind: fc.constant('join' as const), of: fc.nat(TASKS - 1) }),
      fc.record({ kind: fc.constantFrom('all' as const, 'spawn' as const, 'catch' as const), programs: fc.array(tie('program'), { minLength: 1, maxLength: 2 }) }),
    ),
    { maxLength: 5 },
  ),
}));

class World {
  readonly clock = new FakeClock();
  readonly executor = new InlineExecutor({ clock: this.clock });
  readonly handles: TaskHandle<void>[] = [];
  readonly mutexes = Array.from({ length: LOCKS }, () => new Mutex());
  readonly locks = Array.from({ length: LOCKS }, () => new RwLock());
  /** Whether tasks keep to an order in which no deadlock is possible. */
  readonly isOrderly: boolean;

  constructor(isOrderly: boolean) {
    this.isOrderly = isOrderly;
  }

  /**
   * Makes the operation that takes a lock, `null` where order forbids it: locks are taken in ascending order.
   *
   * @param highest the highest lock that the task or an ancestor holds; those for reading and writing come after the others
   */
  take({ kind, of }: Action & { of: number }, highest: number): { guard: () => Coroutine<LockGuard>; rank: number } | null {
    const rank = kind === 'lock' ? of : LOCKS + of;
    if (this.isOrderly && rank <= highest) return null;
    const [mutex, lock] = [this.mutexes[of] as Mutex, this.locks[of] as RwLock];
    const operation = kind === 'lock' ? mutex.lock() : kind === 'read' ? lock.read() : lock.write();
    return { guard: () => operation[Symbol.iterator](), rank };
  }
}

/** Runs a program as part of task `index`. */
const perform = task(function* performing(world: World, index: number, actions: readonly Action[], held: number): Coroutine<void> {
  const guards: LockGuard[] = [];
  let highest = held;
  try {
    for (const action of actions) {
      switch (action.kind) {
        case 'pause':
          yield* yieldNow();
          break;
        case 'join':
          // In order: those that come before, and only before the first lock is taken.
          if (!world.isOrderly || (action.of < index && highest < 0)) yield* world.handles[action.of] as TaskHandle<void>;
          break;
        case 'all':
          yield* all(action.programs.map((each) => perform(world, index, each, highest)));
          break;
        case 'spawn':
          for (const each of action.programs) yield* spawn(perform(world, index, each, highest));
          break;
        case 'catch':
          try {
            for (const each of action.programs) yield* perform(world, index, each, highest);
          } catch {
            // Goes on.
          }
          break;
        default: {
          const taken = world.take(action, highest);
          if (taken === null) break;
          guards.push(yield* { [Symbol.iterator]: taken.guard });
          highest = Math.max(highest, taken.rank);
        }
      }
    }
  } finally {
    for (const guard of guards.reverse()) guard.release();
  }
});

async function runAll(programs: readonly (readonly Action[])[], isOrderly: boolean): Promise<World> {
  const world = new World(isOrderly);
  programs.forEach((actions, index) => {
    const handle = world.executor.submit(perform(world, index, actions, -1));
    handle.result.catch(() => {});
    world.handles.push(handle);
  });
  // Who is cancelled may close a circle in its clean-up: the grace period ends that.
  await world.clock.advance(LONG_MS);
  return world;
}

const someTasks = fc.array(program, { minLength: TASKS, maxLength: TASKS });

/** The end of a scope that closes two circles at once, of which one is broken outside of the scope. */
const TWO_CIRCLES_AT_ONCE: Action[][] = [
  [{ kind: 'lock', of: 2 }, { kind: 'join', of: 2 }],
  [],
  [{ kind: 'pause' }, { kind: 'pause' }],
  [
    { kind: 'write', of: 0 },
    {
      kind: 'catch',
      programs: [
        [
          { kind: 'spawn', programs: [[{ kind: 'write', of: 0 }], [{ kind: 'all', programs: [[{ kind: 'write', of: 2 }]] }]] },
          { kind: 'lock', of: 2 },
        ],
      ],
    },
  ],
  [{ kind: 'write', of: 2 }, { kind: 'read', of: 0 }],
];

it('random programs of tasks that wait for one another always end', async () => {
  await fc.assert(
    fc.asyncProperty(someTasks, async (programs) => {
      const { executor, handles, mutexes, locks } = await runAll(programs, false);
      expect(executor.snapshot().tasks).toEqual([]);
      for (const { outcome } of handles) {
        if (outcome?.status === 'rejected') expect(['ERR_HEDDLE_DEADLOCK', 'ERR_HEDDLE_CANCELLED']).toContain((outcome.reason as { code?: unknown }).code);
      }
      expect(mutexes.map((mutex) => mutex.statistics())).toEqual(mutexes.map(() => ({ held: 0, waiting: 0 })));
      expect(locks.map((lock) => lock.statistics())).toEqual(locks.map(() => ({ readers: 0, writers: 0, waiting: 0 })));
    }),
    { numRuns: runs(2_000), examples: [[TWO_CIRCLES_AT_ONCE]] },
  );
});

it('random programs that keep to an order are never told of a deadlock', async () => {
  await fc.assert(
    fc.asyncProperty(someTasks, async (programs) => {
      const { executor, handles } = await runAll(programs, true);
      expect(executor.snapshot().tasks).toEqual([]);
      expect(handles.map(({ outcome }) => outcome)).toEqual(handles.map(() => ({ status: 'fulfilled', value: undefined })));
    }),
    { numRuns: runs(2_000) },
  );
});
