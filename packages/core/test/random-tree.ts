/** Random programs of nested tasks, and the plain recursive function that says what each of them must come to. */

import fc from 'fast-check';
import { all, allSettled, any, group, isCancelled, race, shield, sleep, spawn, task, timeout, until, use, yieldNow, type Coroutine } from '@heddle/core';

/** A program: a node runs its children as its kind says and gives a list of their values. */
export type Tree =
  | { readonly kind: 'value'; readonly value: number }
  | { readonly kind: 'throw'; readonly error: string }
  | { readonly kind: 'pause'; readonly turns: number; readonly ms: number; readonly child: Tree }
  | { readonly kind: 'await' | 'all' | 'group' | 'allSettled'; readonly children: readonly Tree[] }
  | { readonly kind: 'race' | 'any'; readonly children: readonly [Tree, ...Tree[]] }
  | { readonly kind: 'spawn'; readonly children: readonly Tree[]; readonly isJoined: readonly boolean[] }
  | { readonly kind: 'catch' | 'tidy' | 'use' | 'shield' | 'timeout'; readonly child: Tree };

/** What a program must come to: its value, or one of these errors, which of them being a matter of the order of execution. */
export type Expected = { readonly value: unknown } | { readonly errors: readonly string[] };

export function expected(tree: Tree): Expected {
  switch (tree.kind) {
    case 'value':
      return { value: tree.value };
    case 'throw':
      return { errors: [tree.error] };
    case 'pause':
    case 'tidy':
    case 'use':
    case 'shield':
    case 'timeout':
      return expected(tree.child);
    case 'allSettled':
      return { value: tree.children.map((child) => ('errors' in expected(child) ? 'rejected' : 'fulfilled')) };
    case 'race':
      // Which of them wins is a matter of the order of execution.
      return { value: 'raced' };
    case 'any': {
      const doAllFail = tree.children.every((child) => 'errors' in expected(child));
      return doAllFail ? { errors: [`Expected one call of any() to succeed, got failures of all ${tree.children.length}`] } : { value: 'succeeded' };
    }
    case 'catch': {
      const inner = expected(tree.child);
      return { value: 'errors' in inner ? 'caught' : inner.value };
    }
    case 'await': {
      const ends = tree.children.map(expected);
      return ends.find((end) => 'errors' in end) ?? { value: valuesOf(ends) };
    }
    case 'all':
    case 'group': {
      const ends = tree.children.map(expected);
      const errors = errorsOf(ends);
      return errors.length > 0 ? { errors } : { value: valuesOf(ends) };
    }
    case 'spawn': {
      const ends = tree.children.map(expected);
      const joined = ends.filter((_, index) => tree.isJoined[index]);
      const failed = joined.find((end) => 'errors' in end);
      if (failed !== undefined) return failed;
      const errors = errorsOf(ends);
      return errors.length > 0 ? { errors } : { value: valuesOf(joined) };
    }
  }
}

function valuesOf(ends: readonly Expected[]): unknown[] {
  return ends.map((end) => ('value' in end ? end.value : undefined));
}

function errorsOf(ends: readonly Expected[]): string[] {
  return ends.flatMap((end) => ('errors' in end ? end.errors : []));
}

/** Longer than any program takes. */
const AMPLE_MS = 50_000;

/** Counts `finally` blocks and resources: whatever happens, as many must end as have begun. */
export interface Tally {
  begun: number;
  ended: number;
}

/** Runs a program. */
export const runTree = task(function* (tree: Tree, tally: Tally): Coroutine<unknown> {
  switch (tree.kind) {
    case 'value':
      return tree.value;
    case 'throw':
      throw new Error(tree.error);
    case 'pause':
      return yield* pause(tree, tally);
    case 'catch':
      try {
        return yield* runTree(tree.child, tally);
      } catch (error) {
        // Else it would go on although it is cancelled, and might fail afterwards. (Programs in virtual time do that.)
        if (isCancelled(error)) throw error;
        return 'caught';
      }
    case 'tidy':
      tally.begun++;
      try {
        return yield* runTree(tree.child, tally);
      } finally {
        // A cancellation may come while the block waits, and ends it then.
        try {
          yield* yieldNow();
          yield* sleep(1);
        } finally {
          tally.ended++;
        }
      }
    case 'use':
      tally.begun++;
      yield* use({ [Symbol.asyncDispose]: () => Promise.resolve().then(() => void tally.ended++) });
      return yield* runTree(tree.child, tally);
    case 'shield':
      return yield* shield(runTree(tree.child, tally));
    case 'timeout':
      return yield* timeout(AMPLE_MS, runTree(tree.child, tally));
    case 'allSettled': {
      const outcomes = yield* allSettled(tree.children.map((child) => runTree(child, tally)));
      return outcomes.map(({ status }) => status);
    }
    case 'race':
      yield* race(tree.children.map((child) => runTree({ kind: 'catch', child }, tally)));
      return 'raced';
    case 'any':
      yield* any(tree.children.map((child) => runTree(child, tally)));
      return 'succeeded';
    case 'await': {
      const values = [];
      for (const child of tree.children) values.push(yield* runTree(child, tally));
      return values;
    }
    case 'all':
      return yield* all(tree.children.map((child) => runTree(child, tally)));
    case 'group':
      return yield* group(function* (nursery) {
        const handles = tree.children.map((child) => nursery.spawn(runTree(child, tally)));
        const values = [];
        for (const handle of handles) values.push(yield* handle);
        return values;
      });
    case 'spawn': {
      const handles = [];
      for (const child of tree.children) handles.push(yield* spawn(runTree(child, tally)));
      const values = [];
      for (const [index, handle] of handles.entries()) if (tree.isJoined[index]) values.push(yield* handle);
      return values;
    }
  }
});

function* pause({ turns, ms, child }: Tree & { kind: 'pause' }, tally: Tally): Coroutine<unknown> {
  for (let turn = 0; turn < turns; turn++) yield* yieldNow();
  if (ms > 0) yield* sleep(ms);
  else yield* until(() => Promise.resolve());
  return yield* runTree(child, tally);
}

/** Makes random programs; every error in one is another. */
export const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 7, depthSize: 'max', withCrossShrink: true },
    { weight: 4, arbitrary: fc.record({ kind: fc.constant('value' as const), value: fc.nat(9) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('throw' as const), error: fc.uuid() }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('pause' as const), turns: fc.nat(3), ms: fc.nat(3), child: tie('tree') }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom('await' as const, 'all' as const, 'group' as const, 'allSettled' as const), children: fc.array(tie('tree'), { maxLength: 4 }) }) },
    { weight: 3, arbitrary: fc.tuple(fc.constantFrom('race' as const, 'any' as const), tie('tree'), fc.array(tie('tree'), { maxLength: 2 })).map(([kind, first, rest]) => ({ kind, children: [first, ...rest] as const })) },
    { weight: 4, arbitrary: spawns(tie('tree')) },
    { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('catch' as const, 'tidy' as const, 'use' as const, 'shield' as const, 'timeout' as const), child: tie('tree') }) },
  ),
})).tree;

function spawns(tree: fc.Arbitrary<Tree>): fc.Arbitrary<Tree> {
  return fc.array(fc.tuple(tree, fc.boolean()), { maxLength: 4 }).map((pairs) => ({
    kind: 'spawn' as const,
    children: pairs.map(([child]) => child),
    isJoined: pairs.map(([, isJoined]) => isJoined),
  }));
}
