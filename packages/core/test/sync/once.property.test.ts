/** Once under random interleavings and cancellations, against a model. fast-check prints the seed of a failure. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { isCancelled, Once, type Coroutine } from '@heddle/core';
import { CANCELLED, Model, programs, turns, World } from './random-programs.ts';
import { runs } from '../runs.ts';

interface OnceState {
  value: string | null;
  runner: number | null;
  queue: number[];
}

class OnceModel extends Model<OnceState> {
  ask(who: number): void {
    if (this.state.value !== null) this.verdicts.set(who, { value: this.state.value });
    else if (this.state.runner === null) this.state.runner = who;
    else this.state.queue.push(who);
  }

  succeed(value: string): void {
    this.state.value = value;
    this.#tellAll({ value });
  }

  fail(error: string): void {
    this.#tellAll({ error });
  }

  /** The runner was cancelled. */
  passOn(): void {
    const { runner } = this.state;
    if (runner !== null) this.verdicts.set(runner, CANCELLED);
    this.state.runner = this.state.queue.shift() ?? null;
  }

  override interrupt(who: number): void {
    const at = this.state.queue.indexOf(who);
    if (at < 0) return;
    this.state.queue.splice(at, 1);
    this.verdicts.set(who, CANCELLED);
  }

  #tellAll(verdict: { value: string } | { error: string }): void {
    const { runner, queue } = this.state;
    for (const who of [runner, ...queue.splice(0)]) if (who !== null) this.verdicts.set(who, verdict);
    this.state.runner = null;
  }
}

type OnceAction = { readonly do: 'get' };

class Failure extends Error {
  readonly code: string;
  constructor(code: string) {
    super();
    this.code = code;
  }
}

it('one run at a time, its value for all, its error for those who waited, and a cancelled run handed on', async () => {
  const action: fc.Arbitrary<OnceAction> = fc.record({ do: fc.constant('get' as const) });
  const plannedRuns = fc.array(fc.record({ turns, fails: fc.boolean() }), { maxLength: 6 });
  await fc.assert(
    fc.asyncProperty(programs(action), plannedRuns, async (program, plans) => {
      const model = new OnceModel({ value: null, runner: null, queue: [] });
      let run = 0;
      let running = 0;
      const once = new Once(function* (): Coroutine<string> {
        const plan = plans[run] ?? { turns: 1, fails: false };
        const name = `run ${++run}`;
        expect(++running).toBe(1);
        world.tell(() => {});
        try {
          yield* world.pause(plan.turns);
          if (plan.fails) throw new Failure(name);
          running--;
          world.tell(() => model.succeed(name));
          return name;
        } catch (error) {
          running--;
          world.tell(() => (isCancelled(error) ? model.passOn() : model.fail(name)));
          throw error;
        }
      });
      const check = (): void => {
        expect(once.statistics()).toMatchObject({ isDone: model.state.value !== null, waiting: model.state.queue.length });
      };
      const world: World<OnceAction> = new World(program, model, check, function* (each, me) {
        try {
          const value = yield* each.await(me, () => model.ask(me), once.get(), (got) => got);
          expect(value).toBe(model.state.value);
        } catch (error) {
          if (!(error instanceof Failure)) throw error;
        }
      });
      await world.run();
      expect(once.statistics()).toEqual({ isDone: model.state.value !== null, runs: run, waiting: 0 });
      expect(model.state.runner).toBe(null);
    }),
    { numRuns: runs(500) },
  );
});
