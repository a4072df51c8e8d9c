/** Which outcomes a call of the soak may have. */

import type { Outcome } from '@heddle/core';
import { includes, sumOf, type Deed, type Plan } from './plan.ts';

/** What has happened around a call. */
export interface Circumstances {
  /** Whether a thread may have died meanwhile. */
  readonly threadsDie: boolean;
  /** Whether it was cancelled, by its handle or by the end of the pool. */
  readonly wasCancelled: boolean;
  /** How often its body has begun. */
  readonly runs: number;
}

/** Most threads that a call may meet its end on. */
const MAX_RUNS = 3;

/** Returns what is wrong with an outcome, or `undefined` if it is one that the call may have. */
export function findFlaw(plan: Plan, outcome: Outcome<unknown>, around: Circumstances): string | undefined {
  const mostRuns = plan.body === 'weaveAgain' ? MAX_RUNS : 1;
  if (around.runs > mostRuns) return `Expected at most ${mostRuns} runs, got ${around.runs}`;
  if (outcome.status === 'fulfilled') return findFlawOfValue(plan, outcome.value, around);
  const { reason } = outcome;
  if (isAllowedError(plan, reason, around)) return undefined;
  return `Expected another end, got ${describeError(reason)}`;
}

function findFlawOfValue({ deed, body, hasBadArgument }: Plan, value: unknown, { runs }: Circumstances): string | undefined {
  if (body === 'missing' || hasBadArgument) return 'Expected a failure, got a value';
  if (runs === 0) return 'Expected a run before a value';
  const expected = sumOf(deed);
  return value === expected ? undefined : `Expected the value ${expected}, got ${String(value)}`;
}

function isAllowedError(plan: Plan, reason: unknown, { threadsDie, wasCancelled, runs }: Circumstances): boolean {
  const { deed, options, body, hasBadArgument } = plan;
  const { code, phase } = (reason ?? {}) as { code?: unknown; phase?: unknown };
  switch (code) {
    case 'ERR_HEDDLE_WORKER_LOST':
      return threadsDie;
    case 'ERR_HEDDLE_CANCELLED':
      return wasCancelled || options.signal !== undefined;
    case 'ERR_HEDDLE_TIMEOUT':
      if (phase === 'queue') return options.queueTimeoutMs !== undefined && (runs === 0 || threadsDie);
      return phase === 'run' ? options.timeoutMs !== undefined : options.deadline !== undefined;
    case 'ERR_HEDDLE_TASK_NOT_FOUND':
      return body === 'missing' && runs === 0;
    case 'ERR_HEDDLE_SERIALIZATION':
      return hasBadArgument || has(deed, 'giveFunction', 'giveTrap', 'badProgress');
    case 'ERR_HEDDLE_REMOTE':
      return has(deed, 'throwFunction');
    default:
      return isThrown(deed, reason);
  }
}

function has(deed: Deed, ...kinds: readonly Deed['kind'][]): boolean {
  return includes(deed, (kind) => kinds.includes(kind));
}

/** Whether something in the tree throws this. */
function isThrown(deed: Deed, reason: unknown): boolean {
  const { kind, value, children = [] } = deed;
  if (kind === 'throwNull' && reason === null) return true;
  if (kind === 'throw' && reason instanceof RangeError && reason.message === `thrown ${value}`) return true;
  return children.some((child) => isThrown(child, reason));
}

function describeError(reason: unknown): string {
  return reason instanceof Error ? `${String(reason)}\n${reason.stack ?? ''}` : String(reason);
}
