/** What a call of the soak does, and what it may come to. */

import type { CallOptions } from '@heddle/core';
import type { Random } from './random.ts';

const BRANCHES = ['await', 'spawn', 'all', 'group'] as const;
const PAUSES = ['sleep', 'yield', 'until', 'cleanUp'] as const;
const GIVING = ['value', 'value', 'compute', 'progress'] as const;
const FAILING = ['throw', 'throwNull'] as const;
/** Of which the outcome differs between a root, which is copied, and a child, which need not be. */
const UNCOPIABLE = ['throwFunction', 'giveFunction', 'giveTrap', 'badProgress'] as const;
/** They never end by themselves. */
const ENDLESS = ['poll', 'spin'] as const;
/** They end their thread. */
const FATAL = ['exit', 'exitLater', 'throwLater', 'throwNullLater', 'rejectLater'] as const;

type DeedKind = (typeof BRANCHES | typeof PAUSES | typeof GIVING | typeof FAILING | typeof UNCOPIABLE | typeof ENDLESS | typeof FATAL)[number];

/** What a task of `fixtures/soak-tasks.js` is told to do. */
export interface Deed {
  readonly kind: DeedKind;
  readonly value: number;
  readonly ms?: number;
  readonly children?: readonly Deed[];
}

type Body = 'weave' | 'weaveAgain' | 'weaveAsync' | 'weavePlain' | 'missing';

/** What a round lets happen. */
export interface Weather {
  /** How many of all calls end their thread, from 0 to 1. */
  readonly fatal: number;
  /** How many of all calls never end by themselves. */
  readonly endless: number;
  /** How many of all calls fail by themselves. */
  readonly failing: number;
  /** How many of all calls are cancelled or limited. */
  readonly cancelled: number;
  /** How deep the trees of a call are at most. */
  readonly depth: number;
  /** How many levels of a tree branch for certain. */
  readonly bushy: number;
  /** How many calls are submitted in a row at most. With few, threads have nothing to do but what others lend them. */
  readonly burst: number;
  /** Whether the next calls are submitted when the ones before have ended, and the pool closes without a deadline. */
  readonly isPatient: boolean;
  /** How many threads there are at least. */
  readonly leastThreads: number;
}

export interface Plan {
  readonly body: Body;
  readonly deed: Deed;
  readonly options: CallOptions;
  /** Whether its arguments cannot be copied. */
  readonly hasBadArgument: boolean;
  /** After how many turns of the event loop it is cancelled by its handle. */
  readonly cancelAfter: number | undefined;
}

export function makePlan(random: Random, weather: Weather, signal: AbortSignal): Plan {
  const deed = makeDeed(random, weather);
  const isEndless = includes(deed, (kind) => kind === 'poll' || kind === 'spin');
  const isTimed = isEndless || random.chance(weather.cancelled / 3);
  const options: CallOptions = {
    ...(isTimed ? { timeoutMs: random.integer(1, 30) } : {}),
    ...(random.chance(weather.cancelled / 3) ? { signal } : {}),
    ...(random.chance(weather.cancelled / 6) ? { queueTimeoutMs: random.integer(1, 50) } : {}),
    ...(random.chance(weather.cancelled / 6) ? { deadline: Date.now() + random.integer(1, 100) } : {}),
    ...(random.chance(0.1) ? { priority: random.integer(0, 3), key: `key ${random.integer(0, 3)}` } : {}),
  };
  return {
    body: makeBody(random, deed, weather),
    deed,
    options,
    hasBadArgument: random.chance(weather.failing / 10),
    cancelAfter: random.chance(weather.cancelled / 3) ? random.integer(0, 20) : undefined,
  };
}

function makeBody(random: Random, { children, kind }: Deed, weather: Weather): Body {
  if (random.chance(weather.failing / 20)) return 'missing';
  const isBranch = children !== undefined || (PAUSES as readonly string[]).includes(kind);
  return random.pick(isBranch ? (['weave', 'weaveAgain'] as const) : (['weave', 'weaveAgain', 'weaveAsync', 'weavePlain'] as const));
}

function makeDeed(random: Random, weather: Weather): Deed {
  const value = random.integer(0, 1000);
  if (random.chance(weather.failing / 4)) return { kind: random.pick(UNCOPIABLE), value };
  return makeTree(random, weather, random.integer(weather.bushy, weather.depth));
}

function makeTree(random: Random, weather: Weather, depth: number): Deed {
  const value = random.integer(0, 1000);
  if (depth > 0 && (weather.bushy > 0 || random.chance(0.6))) {
    const children = Array.from({ length: random.integer(1, 4) }, () => makeTree(random, { ...weather, bushy: weather.bushy - 1, fatal: weather.fatal / 8, endless: weather.endless / 8, failing: weather.failing / 8 }, depth - 1));
    return { kind: random.pick(BRANCHES), value, children };
  }
  if (random.chance(weather.fatal)) return { kind: random.pick(FATAL), value };
  if (random.chance(weather.endless)) return { kind: random.chance(0.85) ? 'poll' : 'spin', value };
  if (random.chance(weather.failing)) return { kind: random.pick(FAILING), value };
  if (random.chance(0.3)) return { kind: random.pick(PAUSES), value, ms: random.integer(0, 3) };
  return { kind: random.pick(GIVING), value };
}

/** Whether `test` holds for something in the tree. */
export function includes({ kind, children = [] }: Deed, test: (kind: DeedKind) => boolean): boolean {
  return test(kind) || children.some((child) => includes(child, test));
}

/** Whether the call may end its thread. */
export function isFatal({ deed }: Plan): boolean {
  return includes(deed, (kind) => kind === 'spin' || (FATAL as readonly string[]).includes(kind));
}

/** The sum of a tree in which nothing fails. */
export function sumOf({ value, children = [] }: Deed): number {
  return children.reduce((total, child) => total + sumOf(child), value);
}
