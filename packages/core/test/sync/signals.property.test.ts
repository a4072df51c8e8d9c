/** Barrier, Event and Latch under random interleavings and cancellations, against models. fast-check prints the seed of a failure. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Barrier, Event, Latch } from '@heddle/core';
import { CANCELLED, Model, programs, World } from './random-programs.ts';
import { runs } from '../runs.ts';

const PARTIES = 3;
const BROKEN = { error: 'ERR_HEDDLE_BROKEN_BARRIER' };

class BarrierModel extends Model<{ arrived: number[]; isBroken: boolean; passed: number }> {
  arrive(who: number): void {
    const { arrived } = this.state;
    if (this.state.isBroken) {
      this.verdicts.set(who, BROKEN);
      return;
    }
    arrived.push(who);
    if (arrived.length < PARTIES) return;
    this.state.passed++;
    arrived.splice(0).forEach((each, place) => this.verdicts.set(each, { value: place }));
  }

  reset(): void {
    this.#break();
    this.state.isBroken = false;
  }

  override interrupt(who: number): void {
    const at = this.state.arrived.indexOf(who);
    if (at < 0) return;
    this.state.arrived.splice(at, 1);
    this.verdicts.set(who, CANCELLED);
    this.#break();
  }

  #break(): void {
    this.state.isBroken = true;
    for (const who of this.state.arrived.splice(0)) this.verdicts.set(who, BROKEN);
  }
}

it('a barrier lets all parties go on together, and breaks for all of them when one that waits is cancelled', async () => {
  const action = fc.record({ do: fc.constantFrom('wait' as const, 'wait' as const, 'wait' as const, 'reset' as const) });
  await fc.assert(
    fc.asyncProperty(programs(action), async (program) => {
      const barrier = new Barrier(PARTIES);
      const model = new BarrierModel({ arrived: [], isBroken: false, passed: 0 });
      const check = (): void => {
        const { arrived, isBroken, passed } = model.state;
        expect(barrier.statistics()).toEqual({ parties: PARTIES, waiting: arrived.length, isBroken, passed });
      };
      await new World(program, model, check, function* (world, me, each) {
        if (each.do === 'reset') {
          world.tell(() => model.reset());
          barrier.reset();
          return;
        }
        try {
          yield* world.await(me, () => model.arrive(me), barrier.wait(), (place) => place);
        } catch (error) {
          if ((error as { code?: unknown }).code !== BROKEN.error) throw error;
        }
      }).run();
    }),
    { numRuns: runs(500) },
  );
});

/** A flag for an Event, and what is left to count for a Latch: both open for all who wait. */
class GateModel extends Model<{ isOpen: boolean; waiting: number[] }> {
  wait(who: number): void {
    this.state.waiting.push(who);
    if (this.state.isOpen) this.open();
  }

  open(): void {
    this.state.isOpen = true;
    for (const who of this.state.waiting.splice(0)) this.verdicts.set(who, { value: 'passed' });
  }

  override interrupt(who: number): void {
    const at = this.state.waiting.indexOf(who);
    if (at < 0) return;
    this.state.waiting.splice(at, 1);
    this.verdicts.set(who, CANCELLED);
  }
}

it('an event wakes all who wait when it is set, even if it is cleared before their turn', async () => {
  const action = fc.record({ do: fc.constantFrom('wait' as const, 'wait' as const, 'set' as const, 'clear' as const, 'set and clear' as const) });
  await fc.assert(
    fc.asyncProperty(programs(action), async (program) => {
      const event = new Event();
      const model = new GateModel({ isOpen: false, waiting: [] });
      const check = (): void => {
        expect(event.statistics()).toEqual({ isSet: model.state.isOpen, waiting: model.state.waiting.length });
      };
      await new World(program, model, check, function* (world, me, each) {
        if (each.do === 'wait') yield* world.await(me, () => model.wait(me), event.wait(), () => 'passed');
        if (each.do.startsWith('set')) {
          world.tell(() => model.open());
          event.set();
        }
        if (each.do.endsWith('clear')) {
          world.tell(() => (model.state.isOpen = false));
          event.clear();
        }
      }).run();
    }),
    { numRuns: runs(300) },
  );
});

it('a latch opens with the last count, for good', async () => {
  const action = fc.record({ do: fc.constantFrom('wait' as const, 'count' as const) });
  await fc.assert(
    fc.asyncProperty(programs(action), fc.nat(6), async (program, count) => {
      const latch = new Latch(count);
      let remaining = count;
      const model = new GateModel({ isOpen: count === 0, waiting: [] });
      const check = (): void => {
        expect(latch.statistics()).toEqual({ remaining, waiting: model.state.waiting.length });
      };
      await new World(program, model, check, function* (world, me, each) {
        if (each.do === 'wait') yield* world.await(me, () => model.wait(me), latch.wait(), () => 'passed');
        else if (remaining > 0) {
          remaining--;
          if (remaining === 0) world.tell(() => model.open());
          latch.countDown();
        } else expect(() => latch.countDown()).toThrow(TypeError);
      }).run();
    }),
    { numRuns: runs(300) },
  );
});
