/** All suites, in the order in which they run. */

import type { Suite } from '../harness/index.ts';
import { awaitChain } from './await-chain.ts';
import { burst1000, burst10000, burst16 } from './burst.ts';
import { tasks100us, tasks10us, tasks1ms } from './busy-tasks.ts';
import { deepChain } from './deep-chain.ts';
import { latency } from './latency.ts';
import { nestedFib } from './nested-fib.ts';
import { parallelMap, parallelMapTiny } from './parallel-map.ts';
import { spawnJoin } from './spawn-join.ts';
import { switch10000 } from './switch.ts';

export const SUITES: readonly Suite[] = [
  // ── one thread ──
  awaitChain,
  switch10000,
  spawnJoin,
  deepChain,
  // ── the pool ──
  burst16,
  burst1000,
  burst10000,
  tasks10us,
  tasks100us,
  tasks1ms,
  latency,
  nestedFib,
  parallelMap,
  parallelMapTiny,
];
