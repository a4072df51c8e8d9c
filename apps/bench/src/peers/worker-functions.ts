/** What pools are asked to run: a function of one argument, by its name in `workers/functions.ts`. */

import type * as functions from '../workers/functions.ts';

export type FunctionName = 'echo' | 'spin' | 'spinItem' | 'addOne';

export type ArgumentOf<N extends FunctionName> = Parameters<(typeof functions)[N]>[0];

/** A pool that runs one function. */
interface FunctionPool<N extends FunctionName> {
  run(argument: ArgumentOf<N>): Promise<number>;
  close(): Promise<unknown>;
}

/** How a subject gets its pool. Imports its library only when asked, in its own process. */
export interface PoolPeer {
  readonly name: string;
  readonly note: string;
  open<N extends FunctionName>(name: N): Promise<FunctionPool<N>>;
}

/** How many threads every pool has, ours and the peers': what the limits are set for. */
export const THREADS = 2;
