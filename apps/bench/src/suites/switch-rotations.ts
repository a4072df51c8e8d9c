/** The same program for each contender: many tasks that give way to each other, a number of times each. */

import { finish, machine, spawn, task, yieldNow, type Executor, type MachineStep } from '@heddle/core';
import { bareSpawn, bareYield, runBare } from '../peers/bare-generators.ts';

/** What the tasks report to. */
export interface Rotation {
  /** How often each task gives way. */
  readonly turns: number;
  /** Each task adds one after each time it gave way. */
  switches: number;
  /** Called by each task first. */
  enter(): void;
  /** Called by each task last. */
  leave(): void;
}

/** One contender, ready to run. */
interface Rotator {
  /** Starts `tasks` tasks and awaits all of them. */
  readonly rotate: (rotation: Rotation, tasks: number) => Promise<unknown>;
  readonly close?: () => Promise<void>;
}

export interface RotatorPeer {
  readonly name: string;
  readonly note: string;
  open(): Promise<Rotator>;
}

const openMultiplexer = async (): Promise<Executor> => new (await import('@heddle/multiplexer')).Multiplexer();
const openInline = async (): Promise<Executor> => new (await import('@heddle/core')).InlineExecutor();

export const multiplexer: RotatorPeer = { name: 'heddle multiplexer', note: '`yield* yieldNow()`', open: () => onExecutor(openMultiplexer, rotate) };
export const inline: RotatorPeer = { name: 'heddle inline', note: '`yield* yieldNow()`', open: () => onExecutor(openInline, rotate) };
export const stateMachine: RotatorPeer = {
  name: 'heddle machine',
  note: 'Multiplexer; state machines that return `yieldNow()`',
  open: () => onExecutor(openMultiplexer, rotateMachines),
};
export const native: RotatorPeer = { name: 'native async', note: '`await null`', open: () => Promise.resolve({ rotate: rotateNative }) };
export const effect: RotatorPeer = {
  name: 'effect',
  note: 'Effect.yieldNow in Effect.fnUntraced, Effect.all with concurrency unbounded',
  open: openEffect,
};
/** What it costs at the very least when tasks give way by `yield*`. */
export const bare: RotatorPeer = {
  name: 'bare generators',
  note: 'a ring of generators that `yield*`, and nothing of what makes them tasks: the floor',
  open: () => Promise.resolve({ rotate: rotateBare }),
};
/** What a rotation costs without any task. */
export const loop: RotatorPeer = {
  name: 'loop',
  note: 'one counter for each task, visited in turn: no task, no switch',
  open: () => Promise.resolve({ rotate: rotateCounters }),
};

async function onExecutor(open: () => Promise<Executor>, root: typeof rotate): Promise<Rotator> {
  const executor = await open();
  return { rotate: (rotation, tasks) => executor.run(root(rotation, tasks)), close: () => executor.close() };
}

// Anonymous: inside a named generator function its name is the bare generator, not the task.
const rotate = task(function* (rotation: Rotation, tasks: number) {
  for (let index = 0; index < tasks; index++) yield* spawn(member(rotation));
});

const member = task(function* (rotation: Rotation) {
  rotation.enter();
  for (let turn = 0; turn < rotation.turns; turn++) {
    yield* yieldNow();
    rotation.switches++;
  }
  rotation.leave();
});

const rotateMachines = task(function* (rotation: Rotation, tasks: number) {
  for (let index = 0; index < tasks; index++) yield* spawn(machineMember(rotation));
});

const machineMember = machine({
  start: (rotation: Rotation) => ({ rotation, turn: 0 }),
  step(state): MachineStep<void> {
    const { rotation } = state;
    if (state.turn === 0) rotation.enter();
    else rotation.switches++;
    if (state.turn++ < rotation.turns) return yieldNow();
    rotation.leave();
    return finish(undefined);
  },
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

async function rotateBare(rotation: Rotation, tasks: number): Promise<void> {
  runBare(startBare(rotation, tasks));
}

function* startBare(rotation: Rotation, tasks: number): Generator<unknown, void> {
  for (let index = 0; index < tasks; index++) bareSpawn(bareMember(rotation));
}

function* bareMember(rotation: Rotation): Generator<unknown, void> {
  rotation.enter();
  for (let turn = 0; turn < rotation.turns; turn++) {
    yield* bareYield;
    rotation.switches++;
  }
  rotation.leave();
}

async function openEffect(): Promise<Rotator> {
  const { Effect } = await import('effect');
  const effectMember = Effect.fnUntraced(function* (rotation: Rotation) {
    rotation.enter();
    for (let turn = 0; turn < rotation.turns; turn++) {
      yield* Effect.yieldNow;
      rotation.switches++;
    }
    rotation.leave();
  });
  return {
    rotate: (rotation, tasks) =>
      Effect.runPromise(Effect.all(Array.from({ length: tasks }, () => effectMember(rotation)), { concurrency: 'unbounded', discard: true })),
  };
}

async function rotateCounters(rotation: Rotation, tasks: number): Promise<void> {
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
