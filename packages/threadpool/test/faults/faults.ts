/** What can go wrong with a call, and how the call has to end then. */

import { task, type Call, type CallOptions } from '@heddle/core';
import type { ThreadPoolOptions } from '@heddle/threadpool';
import { expect } from 'vitest';
import { echo } from '../fixtures/basics.js';
import { crash, spinAsync, spinForever } from '../fixtures/crashing.js';
import { mainOnly } from '../fixtures/defines-less.js';
import { lonely } from '../fixtures/defines-nothing.js';
import { doomed } from '../fixtures/exits-while-loading.js';
import { giveBack, throwAsync, throwCoroutine, throwPlain } from '../fixtures/failing.js';
import { stalled } from '../fixtures/never-loads.js';
import { early } from '../fixtures/throws-while-loading.js';
import { Flag } from '../flag.ts';

export interface Fault {
  readonly name: string;
  readonly call: () => Call<unknown, true>;
  /** What the call needs to come to its end. */
  readonly options?: CallOptions;
  /** What the pool needs to show the fault. */
  readonly pool?: ThreadPoolOptions;
  /** What the call rejects with: the value itself, or an object that has these properties. */
  readonly failure: unknown;
  /** Whether the thread is lost with it. */
  readonly isFatal: boolean;
  /** The kind and argument of the child in `fixtures/lends-faults.js` that goes wrong likewise, and what its parent ends with. */
  readonly asChild?: readonly [kind: string, how: string, failure: unknown];
}

const LOST = 'ERR_HEDDLE_WORKER_LOST';

/** A function of the signature of a call maker, whatever it was defined as: some of these tasks exist on the main thread only. */
const untyped = (defined: unknown): (() => Call<unknown, true>) => defined as () => Call<unknown, true>;

const missing = task({ url: new URL('../fixtures/no-such-module-at-all.js', import.meta.url).href } as ImportMeta, 'missing', () => 1);

function ending(name: string, how: string, message: RegExp, pool: ThreadPoolOptions = {}): Fault {
  return {
    name,
    call: () => crash(how),
    pool,
    failure: { name: 'WorkerLostError', code: LOST, message: expect.stringMatching(message) },
    isFatal: true,
    asChild: ['crash', how, { code: LOST, message: expect.stringMatching(/was lost while it ran task crash for another thread/) }],
  };
}

const LOOPING = { options: { timeoutMs: 20 }, pool: { graceMs: 0 }, failure: { name: 'TaskTimeoutError', code: 'ERR_HEDDLE_TIMEOUT', phase: 'run' }, isFatal: true };

/** Faults that end the thread. */
const FATAL: readonly Fault[] = [
  ending('process.exit', 'process.exit', /exited with code 3/),
  ending('process.exit after an await', 'process.exit in a promise', /exited with code 0/),
  ending('a throw in a timer', 'a throw in a timer', /thrown in a timer/),
  ending('a throw of null in a timer', 'a throw of null in a timer', /null/),
  ending('a rejection that nobody handles', 'a rejection that nobody handles', /rejected/),
  ending('too much memory', 'too much memory', /memory/, { resourceLimits: { maxOldGenerationSizeMb: 24, maxYoungGenerationSizeMb: 4 } }),
  {
    name: 'an endless loop',
    call: () => spinForever(new Flag().memory),
    ...LOOPING,
    asChild: ['spin', '', LOOPING.failure],
  },
  { name: 'an endless loop after an await', call: () => spinAsync(new Flag().memory), ...LOOPING },
  { name: 'a module that exits while it loads', call: doomed, failure: { code: LOST, message: expect.stringContaining('code 6') }, isFatal: true },
];

function throwing(what: string, failure: unknown): Fault {
  return { name: `a throw of ${what}`, call: () => throwPlain(what), failure, isFatal: false, asChild: ['throwPlain', what, failure] };
}

function giving(what: string, path: string): Fault {
  const failure = { name: 'SerializationError', code: 'ERR_HEDDLE_SERIALIZATION', path };
  return { name: `a result with ${what}`, call: () => giveBack(what), failure, isFatal: false, asChild: ['giveBack', what, failure] };
}

const trapped = {
  get trap(): never {
    throw new Error('trapped');
  },
};

function notFound(name: string, call: () => Call<unknown, true>, message: RegExp): Fault {
  return { name, call, failure: { name: 'TaskNotFoundError', code: 'ERR_HEDDLE_TASK_NOT_FOUND', message: expect.stringMatching(message) }, isFatal: false };
}

/** Faults that concern the call alone. */
const HARMLESS: readonly Fault[] = [
  throwing('null', null),
  throwing('undefined', undefined),
  throwing('its own class', { name: 'LoomError', code: 'ERR_LOOM', message: 'warp broke' }),
  throwing('a function', { code: 'ERR_HEDDLE_REMOTE' }),
  throwing('a function property', { message: 'with a function', kept: { deep: [1] } }),
  throwing('a getter that throws', { message: 'with a getter', kept: 1 }),
  throwing('a revoked proxy', { code: 'ERR_HEDDLE_REMOTE' }),
  { name: 'a throw of null after an await', call: () => throwAsync('null'), failure: null, isFatal: false },
  { name: 'a throw of undefined in a coroutine', call: () => throwCoroutine('undefined'), failure: undefined, isFatal: false },
  giving('a function', 'result'),
  giving('a getter that throws', 'result.trap'),
  {
    name: 'an argument that is a function',
    call: () => echo(() => 1),
    failure: { name: 'SerializationError', code: 'ERR_HEDDLE_SERIALIZATION', path: 'args[0]' },
    isFatal: false,
  },
  { name: 'an argument with a getter that throws', call: () => echo(trapped), failure: { code: 'ERR_HEDDLE_SERIALIZATION', path: 'args[0].trap' }, isFatal: false },
  notFound('a module that is missing', missing, /no-such-module-at-all/),
  notFound('a module that throws while it loads', early, /no warp in this module/),
  notFound('a module that does not define the task', untyped(mainOnly), /got only 'always'/),
  notFound('a module that defines nothing', untyped(lonely), /got no tasks at all/),
  {
    name: 'a module that never finishes loading',
    call: stalled,
    options: { queueTimeoutMs: 50 },
    failure: { code: 'ERR_HEDDLE_TIMEOUT', phase: 'queue' },
    isFatal: false,
  },
];

export const FAULTS: readonly Fault[] = [...FATAL, ...HARMLESS];

/** Checks what a call has ended with. */
export function expectFailure(actual: unknown, failure: unknown): void {
  if (typeof failure === 'object' && failure !== null) expect(actual).toMatchObject(failure);
  else expect(actual).toBe(failure);
}
