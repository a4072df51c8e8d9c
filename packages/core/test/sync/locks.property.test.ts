/** Mutex, RwLock and Condition under random interleavings and cancellations, against a model. fast-check prints the seed of a failure. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Condition, Mutex, RwLock } from '@heddle/core';
import { LockModel } from './lock-model.ts';
import { programs, turns, World } from './random-programs.ts';
import { runs } from '../runs.ts';

type LockAction = { readonly do: 'lock' | 'try'; readonly isExclusive: boolean; readonly turns: number };

const lockActions: fc.Arbitrary<LockAction> = fc.record({
  do: fc.constantFrom('lock' as const, 'lock' as const, 'try' as const),
  isExclusive: fc.boolean(),
  turns,
});

it('a rw-lock lets in many readers or one writer, strictly in order of arrival, and is never lost to a cancelled task', async () => {
  await fc.assert(
    fc.asyncProperty(programs(lockActions), async (program) => {
      const lock = new RwLock();
      const model = new LockModel();
      const check = (): void => {
        const { holders, isExclusive, queue } = model.state;
        const writers = isExclusive ? holders.length : 0;
        expect(lock.statistics()).toEqual({ readers: holders.length - writers, writers, waiting: queue.length });
        expect(writers).toBeLessThanOrEqual(1);
      };
      await new World(program, model, check, function* (world, me, action) {
        const { isExclusive } = action;
        let guard;
        if (action.do === 'try') {
          const expected = model.canTake(isExclusive);
          if (expected) world.tell(() => model.ask(me, isExclusive));
          guard = isExclusive ? lock.tryWrite() : lock.tryRead();
          expect(guard !== undefined).toBe(expected);
          model.verdicts.delete(me);
          if (guard === undefined) return;
        } else {
          guard = yield* world.await(me, () => model.ask(me, isExclusive), isExclusive ? lock.write() : lock.read(), () => 'held');
        }
        try {
          expect(model.isHeldBy(me)).toBe(true);
          yield* world.pause(action.turns);
        } finally {
          world.tell(() => model.release(me));
          guard.release();
        }
      }).run();
      expect(lock.statistics()).toEqual({ readers: 0, writers: 0, waiting: 0 });
    }),
    { numRuns: runs(500) },
  );
});

type ConditionAction = { readonly do: 'section'; readonly steps: readonly ('wait' | 'notify' | 'notify two' | 'notify all' | 'pause')[] };

const conditionActions: fc.Arbitrary<ConditionAction> = fc.record({
  do: fc.constant('section' as const),
  steps: fc.array(fc.constantFrom('wait', 'wait', 'notify', 'notify two', 'notify all', 'pause'), { maxLength: 5 }),
});

it('a condition gives the mutex back however a wait ends, notifies in order of arrival, and loses no notification', async () => {
  await fc.assert(
    fc.asyncProperty(programs(conditionActions), async (program) => {
      const mutex = new Mutex();
      const condition = new Condition(mutex);
      const model = new LockModel();
      const check = (): void => {
        const { holders, queue } = model.state;
        expect(mutex.statistics()).toEqual({ held: holders.length, waiting: queue.length });
        expect(condition.statistics()).toEqual({ waiting: model.state.condition.length });
        expect(holders.length).toBeLessThanOrEqual(1);
      };
      const notify = (count: number): void => {
        model.notify(count);
        if (count === Infinity) condition.notifyAll();
        else condition.notify(count);
      };
      await new World(program, model, check, function* (world, me, { steps }) {
        const guard = yield* world.await(me, () => model.ask(me, true), mutex.lock(), () => 'held');
        try {
          for (const each of steps) {
            if (each === 'wait') yield* world.await(me, () => model.wait(me), condition.wait(), () => 'notified');
            else if (each === 'notify') world.tell(() => notify(1));
            else if (each === 'notify two') world.tell(() => notify(2));
            else if (each === 'notify all') world.tell(() => notify(Infinity));
            else yield* world.pause(1);
            expect(model.isHeldBy(me)).toBe(true);
          }
        } finally {
          // Also after a cancelled wait: releasing throws if it is not held.
          expect(model.isHeldBy(me)).toBe(true);
          world.tell(() => model.release(me));
          guard.release();
        }
      }).run();
      expect(mutex.statistics()).toEqual({ held: 0, waiting: 0 });
    }),
    { numRuns: runs(500) },
  );
});
