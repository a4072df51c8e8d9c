import { explore, ModelError } from '@heddle/testkit';
import { describe, expect, test } from 'vitest';
import { stealing, type Fault, type Scenario } from './model.ts';

/** Larger models, some minutes in all: `pnpm run soak:model`. */
const isLong = process.env['HEDDLE_MODEL'] === 'large';

const two: Scenario = { threads: 2, program: [['spawn', 0], ['spawn', 1]] };
const three: Scenario = { threads: 3, program: [['spawn', 0], ['spawn', 1]] };

const scenarios: readonly (readonly [name: string, scenario: Scenario])[] = [
  ['two calls on two threads', two],
  ['three calls on two threads, in portions', { threads: 2, program: [['spawn', 0], ['spawn', 1], ['spawn', 2]], portion: 2 }],
  ['a call that cannot be copied', { ...two, immovable: [0] }],
  ['calls of which none can be copied', { ...two, immovable: [0, 1] }],
  ['a call that is cancelled', { threads: 2, program: [['spawn', 0], ['spawn', 1], ['cancel', 0]] }],
  ['two calls that are cancelled, in portions', { threads: 2, program: [['spawn', 0], ['spawn', 1], ['cancel', 1], ['cancel', 0]], portion: 2 }],
  ['a death', { ...two, deaths: 1 }],
  ['a death while calls may run again', { ...two, deaths: 1, idempotent: [0, 1] }],
  ['a death and a cancelled call', { threads: 2, program: [['spawn', 0], ['spawn', 1], ['cancel', 0]], deaths: 1 }],
  ['a thread that leaves', { ...two, leaving: [1] }],
  ['a thread that leaves, and calls in portions', { threads: 2, program: [['spawn', 0], ['spawn', 1], ['spawn', 2]], portion: 2, leaving: [1] }],
  ['one call on three threads', { threads: 3, program: [['spawn', 0]] }],
  ['one call that is cancelled on three threads', { threads: 3, program: [['spawn', 0], ['cancel', 0]] }],
];

const large: typeof scenarios = [
  ['two calls on three threads', three],
  ['two calls on three threads, one of which leaves', { ...three, leaving: [2] }],
  ['two calls on three threads, one of which dies', { ...three, deaths: 1 }],
  ['three calls, two deaths', { threads: 2, program: [['spawn', 0], ['spawn', 1], ['spawn', 2]], deaths: 2, idempotent: [1] }],
  ['a cancelled call on three threads', { threads: 3, program: [['spawn', 0], ['spawn', 1], ['cancel', 0]] }],
];

const MAX_STATES = isLong ? 20_000_000 : 200_000;

describe('the protocol of stealing loses no call, runs none twice, misses no wake-up and comes to an end', () => {
  test.each(isLong ? [...scenarios, ...large] : scenarios)('%s', (_, scenario) => {
    const { states, ends } = explore(stealing(scenario), { maxStates: MAX_STATES });
    if (process.env['HEDDLE_MODEL'] !== undefined) process.stdout.write(`${_}: ${states} states\n`);
    expect(ends).toBeGreaterThan(0);
  });
});

describe('the exploration finds', () => {
  test.each<[Fault, Scenario, RegExp]>([
    ['counts hunger after the slot', two, /count of the hungry not to be behind/],
    ['does not declare again', { ...two, immovable: [0, 1] }, /which has nothing to do, to be hungry/],
    ['stays silent when a peer is lost', { threads: 3, program: [['spawn', 0]], deaths: 1 }, /which has nothing to do, to be hungry/],
    ['begins without a look at the mail', { threads: 2, program: [['spawn', 0], ['cancel', 0]] }, /call 0 never to run/],
    ['recalls without mail', { threads: 2, program: [['spawn', 0], ['cancel', 0]] }, /call 0 never to run/],
    ['looks before it recalls', { threads: 2, program: [['spawn', 0], ['cancel', 0]] }, /call 0 never to run/],
    ['withdraws hunger without compare', two, /count of the hungry not to be behind/],
    ['takes back what has begun', { ...two, deaths: 1 }, /call \d to run once/],
    ['forgets what had not begun', { ...two, deaths: 1 }, /got neither|a way to an end/],
    ['runs what it has lent', two, /to run once|to settle once/],
  ])('a thread that %s', (fault, scenario, what) => {
    const model = stealing({ ...scenario, faults: [fault] });
    expect(() => explore(model, { maxStates: MAX_STATES })).toThrow(ModelError);
    expect(() => explore(model, { maxStates: MAX_STATES })).toThrow(what);
  });
});
