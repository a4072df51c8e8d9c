/** Random trees of tasks whose outcome does not depend on the order in which they run, for property tests. */

import { all, spawn, task, yieldNow, type Coroutine, type TaskHandle } from '@heddle/core';
import fc from 'fast-check';

/** What a task of the tree does: yields, then runs its children in one of three ways, then returns or throws. */
export interface Tree {
  readonly how: 'await' | 'spawn' | 'all';
  readonly yields: number;
  readonly fails: boolean;
  readonly catches: boolean;
  readonly children: readonly Tree[];
}

/** A tree in which every task has a name of its own: `t`, `t.0`, `t.1`, `t.1.0`, ... */
interface NamedTree extends Tree {
  readonly name: string;
}

/** Deep enough for chains, small enough that a run takes a millisecond. */
const DEPTH = 4;

export const trees: fc.Arbitrary<Tree> = treeOf(DEPTH);

function treeOf(depth: number): fc.Arbitrary<Tree> {
  return fc.record({
    how: fc.constantFrom('await', 'spawn', 'all'),
    yields: fc.nat({ max: 2 }),
    fails: fc.nat({ max: 5 }).map((dice) => dice === 5),
    catches: fc.boolean(),
    children: depth === 0 ? fc.constant([]) : fc.array(treeOf(depth - 1), { maxLength: 3, size: 'max' }),
  });
}

export function callOf(tree: Tree) {
  return callNamed({ ...tree, name: 't' });
}

function callNamed(tree: NamedTree) {
  return grow(tree).with({ name: tree.name });
}

const grow = task(function* grow(tree: NamedTree): Coroutine<string> {
  for (let count = 0; count < tree.yields; count++) yield* yieldNow();
  let values = '';
  try {
    values = yield* runChildren(tree);
  } catch (error) {
    if (!tree.catches) throw error;
    values = `caught ${(error as Error).message}`;
  }
  if (tree.fails) throw new Error(`${tree.name}(${values})`);
  return `${tree.name}(${values})`;
});

/** `all` throws whichever failure comes first, so under it a failure becomes a value. */
const settle = task(function* settle(tree: NamedTree): Coroutine<string> {
  try {
    return yield* callNamed(tree);
  } catch (error) {
    return `settled ${(error as Error).message}`;
  }
});

function* runChildren({ how, children, name }: NamedTree): Coroutine<string> {
  const named = children.map((child, index) => ({ ...child, name: `${name}.${index}` }));
  const values: string[] = [];
  if (how === 'all') {
    values.push(...(yield* all(named.map((child) => settle(child).with({ name: `settle ${child.name}` })))));
  } else if (how === 'spawn') {
    const handles: TaskHandle<string>[] = [];
    for (const child of named) handles.push(yield* spawn(callNamed(child)));
    values.push(...(yield* joinAll(handles)));
  } else {
    for (const child of named) values.push(yield* callNamed(child));
  }
  return values.join(' ');
}

/** Joins every one, also after a failure: of failures that nobody awaits, the first in time would be the parent's. */
function* joinAll(handles: readonly TaskHandle<string>[]): Coroutine<string[]> {
  const values: string[] = [];
  const errors: unknown[] = [];
  for (const handle of handles) {
    try {
      values.push(yield* handle);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
  return values;
}
