/** What a law is: a promise that every executor keeps, and the cases that show it. Needs no test framework. */

import type { Executor } from '@heddle/core';

/** Makes a fresh executor for one case. An executor of one thread and one that leaves the thread will both do. */
export type CreateExecutor = () => Executor<true> | Promise<Executor<true>>;

/** One way to see whether an executor keeps a law. */
export interface LawCase {
  /** `law/case`, unique among all laws. */
  readonly id: string;
  /** The behaviour as a sentence. */
  readonly title: string;
  /**
   * Checks an executor, and closes it.
   *
   * @returns rejects when the law is broken, or when nothing more happens for the length of the guard
   */
  run(create: CreateExecutor, options?: CaseOptions): Promise<void>;
}

/** Options of {@link LawCase.run}. */
export interface CaseOptions {
  /**
   * How long a case may take before it counts as hanging, in milliseconds. The only timer that a law depends on, and far above
   * what any healthy case takes. @default 30000
   */
  readonly guardMs?: number | undefined;
}

/** A promise that every executor keeps. */
export interface Law {
  readonly id: string;
  /** The promise as a sentence. */
  readonly title: string;
  readonly cases: readonly LawCase[];
}

/** Long enough for worker threads on a busy machine; only an executor that hangs ever sees it pass. */
export const DEFAULT_GUARD_MS = 30_000;

/** What a case does with the executor that it was given. */
type CaseBody = (executor: Executor<true>) => Promise<void>;

/** A case before it belongs to a law: its name there, its title, and what it does. */
type CaseEntry = readonly [name: string, title: string, body: CaseBody];

/** Makes a law of its cases. */
export function defineLaw(id: string, title: string, entries: readonly CaseEntry[]): Law {
  return { id, title, cases: entries.map(([name, caseTitle, body]) => defineCase(`${id}/${name}`, caseTitle, body)) };
}

function defineCase(id: string, title: string, body: CaseBody): LawCase {
  return {
    id,
    title,
    async run(create, { guardMs = DEFAULT_GUARD_MS } = {}) {
      const executor = await create();
      await within(guardMs, title, check(executor, body));
    },
  };
}

async function check(executor: Executor<true>, body: CaseBody): Promise<void> {
  try {
    await body(executor);
  } catch (error) {
    // Not awaited: an executor that breaks a law may not be able to close.
    executor.close({ deadlineMs: 0 }).catch(() => {});
    throw error;
  }
  await executor.close();
}

async function within(guardMs: number, title: string, running: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const guard = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`Expected an end of "${title}" within ${guardMs} ms, got none: something never settles`));
    }, guardMs);
  });
  try {
    await Promise.race([running, guard]);
  } finally {
    clearTimeout(timer);
  }
}
