/** The same program for each contender: a chain of awaits, one inside the other, which gives its depth. */

import { finish, machine, task, type Coroutine, type MachineStep } from '@heddle/core';
import type { Effect } from 'effect';

/** What the innermost call of a chain does. In this process, because an argument for it would make every frame larger. */
export const bottom = { reached: (): void => {} };

export const descend = task(function* (depth: number): Coroutine<number> {
  if (depth === 0) {
    bottom.reached();
    return 0;
  }
  return (yield* descend(depth - 1)) + 1;
});

export const descendMachine = machine({
  start: (depth: number) => ({ depth, hasAwaited: false }),
  step(state, below: number): MachineStep<number> {
    if (state.hasAwaited) return finish(below + 1);
    if (state.depth === 0) {
      bottom.reached();
      return finish(0);
    }
    state.hasAwaited = true;
    return descendMachine(state.depth - 1);
  },
});

/** Awaits once before it recurses, since 16,000 nested calls overflow the stack. */
export async function nativeDescend(depth: number): Promise<number> {
  if (depth === 0) {
    bottom.reached();
    return 0;
  }
  // oxlint-disable-next-line typescript/await-thenable, unicorn/no-unnecessary-await -- the way to leave the stack that everybody uses
  await null;
  return (await nativeDescend(depth - 1)) + 1;
}

export async function effectDescend(): Promise<(depth: number) => Promise<number>> {
  const { Effect } = await import('effect');
  const descendTo = (depth: number): Effect.Effect<number> =>
    depth === 0
      ? Effect.sync(() => {
          bottom.reached();
          return 0;
        })
      : Effect.map(
          Effect.suspend(() => descendTo(depth - 1)),
          (below) => below + 1,
        );
  return (depth) => Effect.runPromise(descendTo(depth));
}

interface Link {
  readonly parent: Link | null;
}

/** Linked objects, made and unwound: no task, no await. */
export function linkAndUnwind(depth: number): number {
  let innermost: Link = { parent: null };
  for (let at = 0; at < depth; at++) innermost = { parent: innermost };
  bottom.reached();
  let value = 0;
  for (let link = innermost; link.parent !== null; link = link.parent) value++;
  return value;
}
