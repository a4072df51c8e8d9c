import { all, group, sleep, spawn, task, timeout, yieldNow, type Coroutine, type TaskHandle } from '@heddle/core';
import type { Fiber, Urgency } from '@heddle/core/engine';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FakeClock, settle } from './fake-clock.ts';
import { PlainMutex } from './plain-mutex.ts';
import { runs } from './runs.ts';
import { UrgentExecutor, urgencyOf as urgencyOfFiber } from './urgent-executor.ts';

const steps = task(import.meta, 'steps', function* (log: string[], name: string, count: number) {
  for (let at = 1; at <= count; at++) {
    log.push(`${name}${at}`);
    yield* yieldNow();
  }
  return name;
});

const join = task(import.meta, 'join', function* (log: string[], name: string, handle: TaskHandle<unknown>) {
  yield* handle;
  log.push(name);
});

function urgencyOf(handle: TaskHandle<unknown>): Urgency {
  return urgencyOfFiber(handle as unknown as Fiber);
}

describe('a child', () => {
  it('has the priority, deadline and key of its parent, and so have its own children', async () => {
    const seen: unknown[] = [];
    const look = task((handle: () => Fiber) => {
      const { priority, deadline, key } = handle();
      seen.push({ priority, deadline, key });
    });
    const parent = task(function* (levels: number): Coroutine<void> {
      if (levels > 0) yield* yield* spawn(parent(levels - 1));
      const child = (yield* spawn(look((): Fiber => child))) as unknown as Fiber;
    });
    const deadline = Date.now() + 1e9;
    await new UrgentExecutor().run(parent(1), { priority: 3, deadline, key: 'k' });
    expect(seen).toEqual([{ priority: 3, deadline, key: 'k' }, { priority: 3, deadline, key: 'k' }]);
  });

  it('has its own priority and key where it has any, and the earlier of two deadlines', async () => {
    const now = Date.now();
    const leaf = task(function* () {
      yield* yieldNow();
    });
    const parent = task(function* () {
      const lower = (yield* spawn(leaf().with({ priority: -1, key: 'own', deadline: now + 3e9 }))) as unknown as Fiber;
      const sooner = (yield* spawn(leaf().with({ deadline: now + 1e9 }))) as unknown as Fiber;
      return [lower, sooner].map(({ priority, deadline, key }) => ({ priority, deadline, key }));
    });
    expect(await new UrgentExecutor().run(parent(), { priority: 3, deadline: now + 2e9, key: 'k' })).toEqual([
      { priority: -1, deadline: now + 2e9, key: 'own' },
      { priority: 3, deadline: now + 1e9, key: 'k' },
    ]);
  });
});

describe('who is awaited', () => {
  it('steps with the priority of the one that waits, along a chain of awaits', async () => {
    const executor = new UrgentExecutor();
    const log: string[] = [];
    const low = executor.submit(steps(log, 'low', 2), { priority: -1 });
    const middle = executor.submit(join(log, 'middle', low), { priority: -2 });
    const other = executor.submit(steps(log, 'other', 2), { priority: 5 });
    const high = executor.submit(join(log, 'high', middle), { priority: 9 });
    await Promise.all([low, middle, other, high].map(({ result }) => result));
    // `middle` gets to wait for `low` only when it is its turn: for then it has the priority of `high`.
    expect(log).toEqual(['low1', 'low2', 'middle', 'high', 'other1', 'other2']);
    expect(executor.timesTold).toBeGreaterThan(0);
  });

  it('has the earliest deadline of those that wait', async () => {
    const clock = new FakeClock();
    const executor = new UrgentExecutor({ clock });
    const log: string[] = [];
    const low = executor.submit(steps(log, 'low', 1));
    const late = executor.submit(join(log, 'late', low), { deadline: 200, priority: 1 });
    const soon = executor.submit(join(log, 'soon', low), { deadline: 100, priority: 1 });
    let seen;
    executor.beforeStep = () => (seen ??= executor.ready.size === 1 ? urgencyOf(low) : undefined);
    await Promise.all([low, late, soon].map(({ result }) => result));
    expect(seen).toEqual({ priority: 1, deadline: 100 });
  });

  it('is back to its own urgency when nobody waits any more', async () => {
    const executor = new UrgentExecutor();
    const low = executor.submit(sleeper());
    const middle = executor.submit(join([], 'middle', low), { priority: 3 });
    const high = executor.submit(join([], 'high', middle), { priority: 9 });
    await settle();
    expect([low, middle, high].map((handle) => urgencyOf(handle).priority)).toEqual([9, 9, 9]);
    high.cancel();
    expect([low, middle].map((handle) => urgencyOf(handle).priority)).toEqual([3, 3]);
    middle.cancel();
    expect(urgencyOf(low).priority).toBe(0);
    low.cancel();
    await Promise.allSettled([low, middle, high].map(({ result }) => result));
  });

  it('passes it on to what it comes to wait for later', async () => {
    const executor = new UrgentExecutor();
    const leaf = executor.submit(sleeper());
    const low = executor.submit(
      task(function* () {
        yield* yieldNow();
        yield* leaf;
      })(),
      { priority: -1 },
    );
    const high = executor.submit(join([], 'high', low), { priority: 9 });
    await settle();
    expect(urgencyOf(leaf).priority).toBe(9);
    leaf.cancel();
    await Promise.allSettled([leaf, low, high].map(({ result }) => result));
  });

  it('may wait in a circle that a time limit will end', async () => {
    const executor = new UrgentExecutor();
    const handles: TaskHandle<unknown>[] = [];
    const awaitOther = task(function* (other: number) {
      yield* timeout(1e9, handles[other] as TaskHandle<unknown>);
    });
    handles.push(executor.submit(awaitOther(1)), executor.submit(awaitOther(0)));
    const high = executor.submit(join([], 'high', handles[0] as TaskHandle<unknown>), { priority: 9 });
    await settle();
    expect(handles.map((handle) => urgencyOf(handle).priority)).toEqual([9, 9]);
    for (const handle of [high, ...handles]) handle.cancel();
    await Promise.allSettled([high, ...handles].map(({ result }) => result));
  });
});

const sleeper = task(function* () {
  yield* sleep(1e9);
});

describe('a scope that only waits for its children', () => {
  it('makes all of them as urgent as the one that waits for its end', async () => {
    const executor = new UrgentExecutor();
    const log: string[] = [];
    const parent = task(function* () {
      yield* all([steps(log, 'a', 2), steps(log, 'b', 1)]);
    });
    const low = executor.submit(parent(), { priority: -1 });
    await Promise.resolve();
    const other = executor.submit(steps(log, 'other', 2), { priority: 5 });
    const high = executor.submit(join(log, 'high', low), { priority: 9 });
    await Promise.all([low, other, high].map(({ result }) => result));
    expect(log).toEqual(['a1', 'b1', 'a2', 'high', 'other1', 'other2']);
  });

  it('makes those as urgent that are spawned meanwhile', async () => {
    const executor = new UrgentExecutor();
    const log: string[] = [];
    const crawl = task(function* () {
      yield* group(function* (nursery) {
        const visit = task(function* (links: number): Coroutine<void> {
          log.push(`visit ${links}`);
          yield* yieldNow();
          if (links > 0) nursery.spawn(visit(links - 1));
        });
        nursery.spawn(visit(2));
      });
    });
    const low = executor.submit(crawl());
    const high = executor.submit(join(log, 'high', low), { priority: 9 });
    const other = executor.submit(steps(log, 'other', 1), { priority: 5 });
    await Promise.all([low, other, high].map(({ result }) => result));
    expect(log).toEqual(['visit 2', 'visit 1', 'visit 0', 'high', 'other1']);
  });
});

describe('a lock', () => {
  const locked = task(function* (mutex: PlainMutex, log: string[], name: string, onAcquired: () => void = () => {}) {
    yield* mutex.acquire();
    onAcquired();
    yield* yieldNow();
    log.push(name);
    mutex.release();
    yield* yieldNow();
    log.push(`${name} after`);
  });

  it('makes its holder as urgent as the most urgent that waits, until it is released', async () => {
    const executor = new UrgentExecutor();
    const mutex = new PlainMutex();
    const log: string[] = [];
    const handles: TaskHandle<unknown>[] = [];
    const submitOthers = (): void => {
      handles.push(executor.submit(locked(mutex, log, 'high'), { priority: 9 }), executor.submit(steps(log, 'other', 2), { priority: 5 }));
    };
    await executor.run(locked(mutex, log, 'low', submitOthers));
    await Promise.all(handles.map(({ result }) => result));
    expect(log).toEqual(['low', 'high', 'high after', 'other1', 'other2', 'low after']);
  });

  it('hands the urgency of those who still wait on to the next holder', async () => {
    const executor = new UrgentExecutor();
    const mutex = new PlainMutex();
    const log: string[] = [];
    const handles: TaskHandle<unknown>[] = [];
    const submitHigh = task(() => {
      expect(mutex.queue).toHaveLength(1);
      handles.push(executor.submit(locked(mutex, log, 'high'), { priority: 9 }), executor.submit(steps(log, 'other', 1), { priority: 5 }));
    });
    const submitOthers = (): void => {
      handles.push(executor.submit(locked(mutex, log, 'second'), { priority: 1 }), executor.submit(submitHigh(), { priority: 1 }));
    };
    await executor.run(locked(mutex, log, 'first', submitOthers));
    await Promise.all(handles.map(({ result }) => result));
    expect(log).toEqual(['first', 'second', 'high', 'high after', 'other1', 'second after', 'first after']);
  });

  it('hands on what those who still wait have inherited meanwhile', async () => {
    const clock = new FakeClock();
    const executor = new UrgentExecutor({ clock });
    const mutex = new PlainMutex();
    const hold = task(function* () {
      yield* mutex.acquire();
      yield* sleep(10);
      mutex.release();
    });
    const [first, second, third] = [0, 2, 2].map((priority) => executor.submit(hold(), { priority })) as [TaskHandle<void>, TaskHandle<void>, TaskHandle<void>];
    await settle();
    // The one of the highest priority came first.
    expect(mutex.holder).toBe(second);
    const high = executor.submit(join([], 'high', first), { priority: 9 });
    await settle();
    expect([first, second, third].map((handle) => urgencyOf(handle).priority)).toEqual([9, 9, 2]);
    await clock.advance(10);
    expect(mutex.holder).toBe(third);
    expect([first, third].map((handle) => urgencyOf(handle).priority)).toEqual([9, 9]);
    await clock.advance(10);
    await clock.advance(10);
    await Promise.all([first, second, third, high].map(({ result }) => result));
  });

  it('takes the urgency back when the one that waited is cancelled', async () => {
    const executor = new UrgentExecutor();
    const mutex = new PlainMutex();
    const hold = task(function* () {
      yield* mutex.acquire();
      yield* sleep(1e9);
    });
    const low = executor.submit(hold());
    await settle();
    const high = executor.submit(hold(), { priority: 9, deadline: Date.now() + 1e9 });
    await settle();
    expect(urgencyOf(low)).toEqual(urgencyOf(high));
    high.cancel();
    expect(urgencyOf(low)).toEqual({ priority: 0, deadline: undefined });
    low.cancel();
    await Promise.allSettled([low, high].map(({ result }) => result));
  });
});

// -- everything at once, against urgencies worked out from nothing --

/** Only for a machine that is busy with other things, or while a failure is being made small. */
const LIMIT_MS = 60_000;

type Act = { readonly type: 'yield' | 'lock' | 'cancel' | 'join'; readonly at: number };

interface Plan {
  readonly priority: number | undefined;
  readonly deadline: number | undefined;
  readonly acts: readonly Act[];
  readonly children: readonly Plan[];
}

const act: fc.Arbitrary<Act> = fc.record({ type: fc.constantFrom('yield', 'lock', 'cancel', 'join', 'join', 'lock'), at: fc.nat({ max: 30 }) });

function planOf(levels: number): fc.Arbitrary<Plan> {
  return fc.record({
    priority: fc.option(fc.integer({ min: -3, max: 3 }), { nil: undefined }),
    deadline: fc.option(fc.integer({ min: 1_000, max: 1_010 }), { nil: undefined }),
    acts: fc.array(act, { maxLength: 4 }),
    children: levels === 0 ? fc.constant([]) : fc.array(planOf(levels - 1), { maxLength: 3 }),
  });
}

/** Tasks wait only for tasks that were made after them, and keep no lock while they wait: so that nothing waits in a circle. */
const runPlan = task(function* (world: World, own: Plan, number: number): Coroutine<void> {
  for (const child of own.children) {
    const { priority, deadline } = child;
    const call = runPlan(world, child, world.fibers.length).with({ priority, deadline });
    world.fibers.push((yield* spawn(call)) as unknown as Fiber);
  }
  for (const { type, at } of own.acts) {
    const others = world.fibers.slice(Math.max(number + 1, world.roots));
    const other = others[at % Math.max(1, others.length)];
    if (type === 'yield' || other === undefined) yield* yieldNow();
    else if (type === 'cancel') other.cancel();
    else if (type === 'join') yield* ignore(other);
    else yield* holdFor(at % 3, world.mutexes[at % 2] as PlainMutex, world.fibers[number] as Fiber);
  }
});

interface World {
  /** Every task, in the order in which they were made: the roots first. */
  readonly fibers: Fiber[];
  readonly roots: number;
  readonly mutexes: readonly PlainMutex[];
}

const ignore = task(function* (handle: Fiber) {
  // The joined task may fail or be cancelled, which is of no interest here; nor may a cancellation of this task pass for that.
  if (handle.state !== 'complete') yield* all([settled(handle)]);
});

const settled = task(function* (handle: Fiber) {
  try {
    yield* handle as unknown as TaskHandle<unknown>;
  } catch {
    // As above.
  }
});

const holdFor = task(function* (yields: number, mutex: PlainMutex, self: Fiber) {
  if (!mutex.tryAcquire(self)) yield* mutex.acquire();
  try {
    for (let at = 0; at < yields; at++) yield* yieldNow();
  } finally {
    mutex.release();
  }
});

/** Own urgency of a fiber, and that of all who wait for it, and for them, until nothing changes. */
function workOut(fibers: readonly Fiber[]): Map<Fiber, { priority: number; deadline: number }> {
  const urgencies = new Map(fibers.map((fiber) => [fiber, ownUrgency(fiber)]));
  for (let isSettled = false; !isSettled; ) {
    isSettled = true;
    for (const [fiber, { priority, deadline }] of urgencies) {
      for (const target of waitsFor(fiber)) {
        const urgency = urgencies.get(target);
        if (urgency === undefined || (urgency.priority >= priority && urgency.deadline <= deadline)) continue;
        urgency.priority = Math.max(urgency.priority, priority);
        urgency.deadline = Math.min(urgency.deadline, deadline);
        isSettled = false;
      }
    }
  }
  return urgencies;
}

function ownUrgency(fiber: Fiber): { priority: number; deadline: number } {
  const fromParent = fiber.parent === null ? { priority: 0, deadline: Infinity } : ownUrgency(fiber.parent);
  const { priority = fromParent.priority, deadline = Infinity } = fiber.options ?? {};
  return { priority, deadline: Math.min(deadline, fromParent.deadline) };
}

function waitsFor({ waitingFor, scope }: Fiber): Fiber[] {
  if (waitingFor === null) return [];
  if ('host' in waitingFor) return [waitingFor as unknown as Fiber];
  if (waitingFor.describe() === 'a mutex') return [...(waitingFor.holders?.() ?? [])];
  return waitingFor.isExternal || scope === null ? [] : [...scope.children()];
}

function allFibers(roots: readonly Fiber[]): Fiber[] {
  const fibers: Fiber[] = [];
  const add = (fiber: Fiber): void => {
    fibers.push(fiber);
    for (let { scope } = fiber; scope !== null; scope = scope.parent) [...scope.children()].forEach(add);
  };
  roots.filter(({ state }) => state !== 'complete').forEach(add);
  return fibers;
}

describe('under random spawns, joins, locks and cancels', () => {
  it('every task is always exactly as urgent as itself and all who wait for it', { timeout: LIMIT_MS }, async () => {
    let compared = 0;
    let inherited = 0;
    const check = (executor: UrgentExecutor, roots: readonly Fiber[]): void => {
      for (const [fiber, { priority, deadline }] of workOut(allFibers(roots))) {
        expect({ priority: fiber.priority, deadline: fiber.deadline ?? Infinity }).toEqual({ priority, deadline });
        const known = executor.ready.get(fiber);
        if (known !== undefined) expect(known).toEqual(urgencyOfFiber(fiber));
        compared++;
        if (fiber.inherited !== null) inherited++;
      }
    };
    await fc.assert(
      fc.asyncProperty(fc.array(planOf(3), { minLength: 1, maxLength: 3 }), async (plans) => {
        const executor = new UrgentExecutor({ clock: new FakeClock() });
        const world: World = { fibers: [], roots: plans.length, mutexes: [new PlainMutex(), new PlainMutex()] };
        for (const [number, { priority, deadline }] of plans.entries()) {
          world.fibers.push(executor.submit(runPlan(world, plans[number] as Plan, number), { priority, deadline }) as unknown as Fiber);
        }
        const roots = world.fibers.slice();
        let failure: unknown;
        executor.beforeStep = () => {
          try {
            if (failure === undefined) check(executor, roots);
          } catch (error) {
            failure = error;
          }
        };
        await Promise.allSettled(roots.map(({ result }) => result));
        if (failure !== undefined) throw failure;
      }),
      { numRuns: runs(100) },
    );
    expect(inherited).toBeGreaterThan(compared / 1_000);
  });
});
