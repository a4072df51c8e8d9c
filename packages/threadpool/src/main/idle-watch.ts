/** Finds threads that have had nothing to do for a while. Looks at them now and then, so that calls cost nothing for it. */

import type { AgentThread } from './agent-thread.ts';

/** So often a thread is looked at within the time that it may be idle. */
const LOOKS = 2;

export interface IdleWatchOptions {
  /** The threads that take calls. */
  readonly threads: ReadonlySet<AgentThread>;
  /** Whether the thread steps something at this moment. It may be working for another one, which the pool does not see. */
  readonly isStepping: (thread: AgentThread) => boolean;
  /** Called for a thread that is idle. @returns whether it may look for more of them */
  readonly idle: (thread: AgentThread) => boolean;
}

interface Look {
  /** How many calls the thread had been sent. */
  readonly sent: number;
  /** How often in a row it was idle. */
  readonly count: number;
}

export class IdleWatch {
  readonly #options: IdleWatchOptions;
  #looks = new Map<AgentThread, Look>();
  #timer: NodeJS.Timeout | undefined;
  #timeoutMs = Infinity;

  constructor(options: IdleWatchOptions) {
    this.#options = options;
  }

  /** Begins to look for threads that have been idle for so long; `Infinity` ends it. */
  watch(timeoutMs: number): void {
    if (timeoutMs === this.#timeoutMs) return;
    this.#timeoutMs = timeoutMs;
    clearInterval(this.#timer);
    this.#looks.clear();
    // Otherwise Node would take the delay as one of 1 ms; and it is beyond the age of any process.
    if (timeoutMs / LOOKS < 2 ** 31) this.#timer = setInterval(() => this.#look(), timeoutMs / LOOKS).unref();
  }

  #look(): void {
    const { threads, isStepping, idle } = this.#options;
    const before = this.#looks;
    this.#looks = new Map();
    let mayGoOn = true;
    for (const thread of threads) {
      if (!thread.isEmpty || isStepping(thread)) continue;
      const last = before.get(thread);
      const count = last !== undefined && last.sent === thread.sent ? last.count + 1 : 0;
      this.#looks.set(thread, { sent: thread.sent, count });
      if (mayGoOn && count >= LOOKS) mayGoOn = idle(thread);
    }
  }
}
