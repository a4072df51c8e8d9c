/** All suites, in the order in which they run. */

import type { Suite } from '../harness/index.ts';
import { awaitChain } from './await-chain.ts';
import { burst1000, burst10000, burst16 } from './burst.ts';
import { tasks100us, tasks10us, tasks1ms } from './busy-tasks.ts';
import { coldStart } from './cold-start.ts';
import { deepChain } from './deep-chain.ts';
import { deepMemory } from './deep-memory.ts';
import { idleMemory } from './idle-memory.ts';
import { latency } from './latency.ts';
import { loopGap, loopGapLoss } from './loop-gap.ts';
import { mixedP99 } from './mixed-p99.ts';
import { nestedFib } from './nested-fib.ts';
import { parallelMap, parallelMapTiny } from './parallel-map.ts';
import { payload } from './payload.ts';
import { policies } from './policies.ts';
import { spawnJoin } from './spawn-join.ts';
import { stealFib } from './steal-fib.ts';
import { stealMergesort } from './steal-mergesort.ts';
import { stealOverhead } from './steal-overhead.ts';
import { stealPredicted } from './steal-predicted.ts';
import { stealQueens } from './steal-queens.ts';
import { stealSkew } from './steal-skew.ts';
import { stealUts } from './steal-uts.ts';
import { stealVsPiscina } from './steal-vs-piscina.ts';
import { stealWalk } from './steal-walk.ts';
import { switch10000, switch1000000 } from './switch.ts';
import { switchMemory } from './switch-memory.ts';
import { timers } from './timers.ts';
import { traceOff } from './trace-off.ts';

export const SUITES: readonly Suite[] = [
  // -- one thread --
  awaitChain,
  spawnJoin,
  switch10000,
  switch1000000,
  switchMemory,
  deepChain,
  deepMemory,
  policies,
  timers,
  loopGap,
  loopGapLoss,
  traceOff,
  // -- the pool --
  burst16,
  burst1000,
  burst10000,
  tasks10us,
  tasks100us,
  tasks1ms,
  latency,
  mixedP99,
  payload,
  coldStart,
  idleMemory,
  nestedFib,
  parallelMap,
  parallelMapTiny,
  // -- stealing --
  stealFib,
  stealOverhead,
  stealMergesort,
  stealQueens,
  stealUts,
  stealWalk,
  stealSkew,
  stealVsPiscina,
  stealPredicted,
];
