/**
 * The executors that the demo can run on. They take the same calls, so a new one is one line here and no change elsewhere.
 */

import { InlineExecutor, type Executor, type TraceSink } from '@heddle/core';
import { Multiplexer } from '@heddle/multiplexer';
import { ThreadPool } from '@heddle/threadpool';

/** What a factory may use. */
export interface ExecutorSettings {
  readonly trace: TraceSink;
  /** How many threads, where there can be more than one. */
  readonly threads: number;
}

/** In the order in which the demo runs them: the first is what the others are compared with. */
export const executors = {
  inline: ({ trace }) => new InlineExecutor({ trace }),
  multiplexer: ({ trace }) => new Multiplexer({ trace }),
  threadpool: ({ trace, threads }) => new ThreadPool({ trace, threads }),
} satisfies Record<string, (settings: ExecutorSettings) => Executor<true>>;

export type ExecutorName = keyof typeof executors;

/** The names of {@link executors}, in their order. */
export const executorNames = Object.keys(executors) as ExecutorName[];

/** Whether there is an executor of this name. */
export function isExecutorName(name: string): name is ExecutorName {
  return Object.hasOwn(executors, name);
}
