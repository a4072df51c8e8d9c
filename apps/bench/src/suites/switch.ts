import { spawn, task, yieldNow, type Executor } from '@heddle/core';
import { defineSuite, type Subject, type Suite } from '../harness/index.ts';
import { rotating, type Rotation } from './rotation.ts';

export const switch10000 = switchSuite('switch-10000', 10_000);

function switchSuite(id: string, tasks: number): Suite {
  return defineSuite(import.meta, {
    id,
    question: `What does it cost to give way to the next of ${tasks.toLocaleString('en')} tasks that take turns on one thread?`,
    unit: 'ns per switch',
    lowerIsBetter: true,
    subjects: [
      executorSubject('heddle multiplexer', tasks, async () => new (await import('@heddle/multiplexer')).Multiplexer()),
      executorSubject('heddle inline', tasks, async () => new (await import('@heddle/core')).InlineExecutor()),
      { name: 'loop', note: 'one counter for each task, visited in turn: no task, no switch', setup: () => rotating(tasks, (rotation) => loop(rotation, tasks)) },
      { name: 'native async', note: '`await null`', setup: () => rotating(tasks, (rotation) => rotateNative(rotation, tasks)) },
      { name: 'effect', note: 'Effect.yieldNow in Effect.fnUntraced, Effect.all with concurrency unbounded', setup: async () => rotating(tasks, await effectRotation(tasks)) },
    ],
    ratios: [
      { name: 'heddle multiplexer / native async time', numerator: 'heddle multiplexer', denominator: 'native async' },
      { name: 'heddle multiplexer / effect time', numerator: 'heddle multiplexer', denominator: 'effect' },
    ],
  });
}

function executorSubject(name: string, tasks: number, open: () => Promise<Executor>): Subject {
  return {
    name,
    note: '`yield* yieldNow()`',
    async setup() {
      const executor = await open();
      return rotating(
        tasks,
        (rotation) => executor.run(rotate(rotation, tasks)),
        () => executor.close(),
      );
    },
  };
}

const rotate = task(function* rotate(rotation: Rotation, tasks: number) {
  for (let index = 0; index < tasks; index++) yield* spawn(member(rotation));
});

const member = task(function* member(rotation: Rotation) {
  rotation.enter();
  for (let turn = 0; turn < rotation.turns; turn++) {
    yield* yieldNow();
    rotation.switches++;
  }
  rotation.leave();
});

async function rotateNative(rotation: Rotation, tasks: number): Promise<void> {
  await Promise.all(Array.from({ length: tasks }, () => nativeMember(rotation)));
}

async function nativeMember(rotation: Rotation): Promise<void> {
  rotation.enter();
  for (let turn = 0; turn < rotation.turns; turn++) {
    // oxlint-disable-next-line typescript/await-thenable, unicorn/no-unnecessary-await -- the native way to give way
    await null;
    rotation.switches++;
  }
  rotation.leave();
}

async function effectRotation(tasks: number): Promise<(rotation: Rotation) => Promise<unknown>> {
  const { Effect } = await import('effect');
  const effectMember = Effect.fnUntraced(function* (rotation: Rotation) {
    rotation.enter();
    for (let turn = 0; turn < rotation.turns; turn++) {
      yield* Effect.yieldNow;
      rotation.switches++;
    }
    rotation.leave();
  });
  return (rotation) =>
    Effect.runPromise(Effect.all(Array.from({ length: tasks }, () => effectMember(rotation)), { concurrency: 'unbounded', discard: true }));
}

async function loop(rotation: Rotation, tasks: number): Promise<void> {
  const turnsOf = new Uint32Array(tasks);
  for (let index = 0; index < tasks; index++) rotation.enter();
  for (let turn = 0; turn < rotation.turns; turn++) {
    for (let index = 0; index < tasks; index++) {
      turnsOf[index] = turn;
      rotation.switches++;
    }
  }
  for (let index = 0; index < tasks; index++) rotation.leave();
}
