/** The executors of one thread, each imported only in the process of the subject that uses it. */

import type { Call, Executor } from '@heddle/core';
import { timed, type Measure, type Subject } from '../harness/index.ts';

interface Work<R> {
  readonly operations: number;
  readonly as: Measure;
  /** Makes the call to be run; afresh for each execution. */
  readonly call: () => Call<R>;
  readonly check: (result: R) => void;
}

/** Makes a subject that runs a call on the `InlineExecutor`. */
export function inlineSubject<R>(name: string, work: Work<R>, note?: string): Subject {
  return executorSubject(name, work, note, async () => new (await import('@heddle/core')).InlineExecutor());
}

/** Makes a subject that runs a call on a `Multiplexer` as it comes. */
export function multiplexerSubject<R>(name: string, work: Work<R>, note?: string): Subject {
  return executorSubject(name, work, note, async () => new (await import('@heddle/multiplexer')).Multiplexer());
}

/** Makes a subject that runs a call on a `Multiplexer` whose newest ready task goes first. */
export function lifoSubject<R>(name: string, work: Work<R>, note?: string): Subject {
  return executorSubject(name, work, note, async () => {
    const { lifo, Multiplexer } = await import('@heddle/multiplexer');
    return new Multiplexer({ policy: lifo() });
  });
}

function executorSubject<R>(name: string, { operations, as, call, check }: Work<R>, note: string | undefined, open: () => Promise<Executor>): Subject {
  return {
    name,
    ...(note === undefined ? {} : { note }),
    async setup() {
      const executor = await open();
      return timed({ operations, as, work: () => executor.run(call()), check, teardown: () => executor.close() });
    },
  };
}
