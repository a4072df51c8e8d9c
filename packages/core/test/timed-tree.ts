/** Random programs in virtual time, of which `timed-model.ts` says exactly what they must come to, and when. */

import fc from 'fast-check';
import { all, allSettled, any, group, on, race, shield, sleep, spawn, task, timeout, use, type Coroutine, type Executor } from '@heddle/core';
import type { FakeClock } from './fake-clock.ts';

/**
 * A program. Every duration is another power of two, so no two sums of some of them are equal, and nothing happens at the same moment
 * as something else unless one is the cause of the other. The duration also names what takes it, and the error that may come of it.
 */
export type Timed =
  | { readonly kind: 'work'; readonly ms: number; readonly fails: boolean }
  | { readonly kind: 'tidy' | 'use'; readonly ms: number; readonly fails: boolean; readonly child: Timed }
  | { readonly kind: 'timeout'; readonly ms: number; readonly child: Timed }
  | { readonly kind: 'catch' | 'shield' | 'limited' | 'on'; readonly child: Timed }
  | { readonly kind: 'sequence' | 'all' | 'allSettled' | 'race' | 'any'; readonly children: readonly Timed[] }
  | { readonly kind: 'group'; readonly onError: 'cancel' | 'collect'; readonly children: readonly Timed[]; readonly body: Timed }
  | { readonly kind: 'spawn'; readonly children: readonly Timed[]; readonly joined: readonly boolean[]; readonly body: Timed };

/** Where a program runs. */
export interface World {
  readonly clock: FakeClock;
  /** Where hops go. */
  readonly elsewhere: Executor;
  /** What has run to its end, and when: `finally` blocks and disposals. */
  readonly notes: string[];
  /** The errors that were thrown. */
  readonly thrown: Set<string>;
}

/** Longer than any program takes. */
const AMPLE_MS = 2 ** 45;

function throwNamed(ms: number, { thrown }: World): never {
  thrown.add(`error ${ms}`);
  throw new Error(`error ${ms}`);
}

/** Runs a program. */
export const runTimed = task(function* (tree: Timed, world: World): Coroutine<unknown> {
  switch (tree.kind) {
    case 'work':
      yield* sleep(tree.ms);
      return tree.fails ? throwNamed(tree.ms, world) : tree.ms;
    case 'tidy':
      try {
        return yield* runTimed(tree.child, world);
      } finally {
        yield* sleep(tree.ms);
        world.notes.push(`${world.clock.now()}: tidy ${tree.ms}`);
        if (tree.fails) throwNamed(tree.ms, world);
      }
    case 'use':
      yield* use({ [Symbol.asyncDispose]: () => dispose(tree, world) });
      return yield* runTimed(tree.child, world);
    case 'timeout':
      return yield* timeout(tree.ms, runTimed(tree.child, world));
    case 'catch':
      try {
        return yield* runTimed(tree.child, world);
      } catch {
        return 'caught';
      }
    case 'shield':
      return yield* shield(runTimed(tree.child, world));
    case 'limited':
      return yield* runTimed(tree.child, world).with({ timeoutMs: AMPLE_MS });
    case 'on':
      return yield* on(world.elsewhere, runTimed(tree.child, world));
    case 'sequence': {
      const values = [];
      for (const child of tree.children) values.push(yield* runTimed(child, world));
      return values;
    }
    case 'all':
      return yield* all(tree.children.map((child) => runTimed(child, world)));
    case 'allSettled':
      return (yield* allSettled(tree.children.map((child) => runTimed(child, world)))).map(({ status }) => status);
    case 'race':
    case 'any': {
      const { key, value } = yield* (tree.kind === 'race' ? race : any)(tree.children.map((child) => runTimed(child, world)));
      return [key, value];
    }
    case 'group':
      return yield* group(
        function* (nursery) {
          for (const child of tree.children) nursery.spawn(runTimed(child, world));
          return yield* runTimed(tree.body, world);
        },
        { onError: tree.onError },
      );
    case 'spawn': {
      const handles = [];
      for (const child of tree.children) handles.push(yield* spawn(runTimed(child, world)));
      const values = [yield* runTimed(tree.body, world)];
      for (const [index, handle] of handles.entries()) if (tree.joined[index] === true) values.push(yield* handle);
      return values;
    }
  }
});

async function dispose({ ms, fails }: Timed & { kind: 'tidy' | 'use' }, world: World): Promise<void> {
  await new Promise<void>((resolve) => world.clock.setTimer(resolve, ms));
  world.notes.push(`${world.clock.now()}: closed ${ms}`);
  if (fails) throwNamed(ms, world);
}

/** A program before durations are handed out: each stands for its place in the order of lengths. */
const shapes: fc.Arbitrary<Timed> = fc.letrec<{ tree: Timed }>((tie) => {
  const tree = tie('tree');
  const ms = fc.nat(1_000_000);
  const fails = fc.boolean();
  const some = fc.array(tree, { minLength: 1, maxLength: 3 });
  return {
    tree: fc.oneof(
      { maxDepth: 5, depthSize: 'max', withCrossShrink: true },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('work' as const), ms, fails }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('tidy' as const, 'use' as const), ms, fails, child: tree }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('timeout' as const), ms, child: tree }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom('catch' as const, 'shield' as const, 'limited' as const, 'on' as const), child: tree }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('sequence' as const, 'all' as const, 'allSettled' as const, 'race' as const, 'any' as const), children: some }) },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('group' as const), onError: fc.constantFrom('cancel' as const, 'collect' as const), children: some, body: tree }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('spawn' as const), children: some, joined: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }), body: tree }) },
    ),
  };
}).tree;

/** Most durations of a program: their powers of two must add up without loss. */
const MAX_DURATIONS = 40;

/** Random programs. */
export const timedTrees: fc.Arbitrary<Timed> = shapes.filter((shape) => durationsOf(shape).length <= MAX_DURATIONS).map(handOutDurations);

function handOutDurations(shape: Timed): Timed {
  const order = durationsOf(shape)
    .map((length, index) => ({ length, index }))
    .toSorted((one, other) => one.length - other.length || one.index - other.index);
  const powers = new Map(order.map(({ index }, place) => [index, 2 ** place]));
  let next = 0;
  return JSON.parse(JSON.stringify(shape), (key, value: unknown) => (key === 'ms' ? powers.get(next++) : value)) as Timed;
}

/** In the order in which JSON tells them. */
function durationsOf(shape: Timed): number[] {
  const durations: number[] = [];
  JSON.stringify(shape, (key, value: unknown) => {
    if (key === 'ms') durations.push(value as number);
    return value;
  });
  return durations;
}
