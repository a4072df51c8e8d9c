/** A semaphore under random interleavings and cancellations, against a model. fast-check prints the seed of a failure. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Semaphore } from '@heddle/core';
import { CANCELLED, Model, programs, turns, World } from './random-programs.ts';
import { runs } from '../runs.ts';

const PERMITS = 3;

class SemaphoreModel extends Model<{ free: number; queue: { who: number; count: number }[] }> {
  acquire(who: number, count: number): void {
    this.state.queue.push({ who, count });
    this.#handOut();
  }

  tryAcquire(count: number): boolean {
    if (this.state.queue.length > 0 || count > this.state.free) return false;
    this.state.free -= count;
    return true;
  }

  release(count: number): void {
    this.state.free += count;
    this.#handOut();
  }

  override interrupt(who: number): void {
    const at = this.state.queue.findIndex((waiter) => waiter.who === who);
    if (at < 0) return;
    this.state.queue.splice(at, 1);
    this.verdicts.set(who, CANCELLED);
    this.#handOut();
  }

  #handOut(): void {
    const { queue } = this.state;
    for (let [next] = queue; next !== undefined && next.count <= this.state.free; [next] = queue) {
      queue.shift();
      this.state.free -= next.count;
      this.verdicts.set(next.who, { value: 'acquired' });
    }
  }
}

type SemaphoreAction = { readonly do: 'acquire' | 'try'; readonly count: number; readonly turns: number };

const actions: fc.Arbitrary<SemaphoreAction> = fc.record({
  do: fc.constantFrom('acquire' as const, 'acquire' as const, 'try' as const),
  count: fc.integer({ min: 1, max: PERMITS }),
  turns,
});

it('a semaphore hands out permits strictly in order of arrival, never too many, and gets all of them back', async () => {
  await fc.assert(
    fc.asyncProperty(programs(actions), async (program) => {
      const semaphore = new Semaphore(PERMITS);
      const model = new SemaphoreModel({ free: PERMITS, queue: [] });
      const check = (): void => {
        expect(semaphore.statistics()).toEqual({ permits: PERMITS, held: PERMITS - model.state.free, waiting: model.state.queue.length });
      };
      await new World(program, model, check, function* (world, me, action) {
        const { count } = action;
        if (action.do === 'try') {
          const expected = world.tell(() => model.tryAcquire(count));
          expect(semaphore.tryAcquire(count)).toBe(expected);
          if (!expected) return;
        } else {
          yield* world.await(me, () => model.acquire(me, count), semaphore.acquire(count), () => 'acquired');
        }
        try {
          yield* world.pause(action.turns);
        } finally {
          world.tell(() => model.release(count));
          semaphore.release(count);
        }
      }).run();
      expect(semaphore.statistics()).toEqual({ permits: PERMITS, held: 0, waiting: 0 });
    }),
    { numRuns: runs(500) },
  );
});
