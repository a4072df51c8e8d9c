/**
 * One worker thread. Piscina owns it: a Piscina of at most one thread for each. Its one short task leaves an agent behind; from
 * then on Piscina only watches the thread's life, and ends it.
 *
 * Why one for each: so that the pool decides when a thread starts and which one ends. One Piscina of many threads replaces what
 * dies at once and for ever, ends threads that it believes to be idle, and cannot end a chosen one (ARCHITECTURE.md).
 */

import type { ResourceLimits, Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { Attachment } from '../protocol.ts';

const AGENT_URL = new URL('./thread-entry.cjs', import.meta.url).href;

/** What Node lets choose about a thread. */
export interface WorkerSettings {
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly execArgv?: readonly string[] | undefined;
  readonly resourceLimits?: ResourceLimits | undefined;
}

/** How a thread ended. */
export interface Exit {
  /** What nobody caught on it. In a list, because a thread may throw anything, `undefined` too. */
  readonly errors: readonly unknown[];
  readonly code: number;
}

export class HostedThread {
  readonly worker: Worker;
  readonly exited: Promise<Exit>;
  readonly #piscina: Piscina;
  #isEnding = false;

  /**
   * Starts a thread and hands the attachment to it.
   *
   * @param failed told when the agent could not be attached
   * @throws {Error} of Node when it refuses an option, such as a flag that it does not know
   */
  constructor({ env, execArgv, resourceLimits }: WorkerSettings, attachment: Attachment, failed: (error: unknown) => void) {
    this.#piscina = new Piscina({
      filename: AGENT_URL,
      minThreads: 1,
      maxThreads: 1,
      idleTimeout: Infinity,
      // Otherwise an idle worker sits in Atomics.wait and its ports, timers and sockets stand still.
      atomics: 'disabled',
      recordTiming: false,
      workerHistogram: false,
      ...(env === undefined ? {} : { env }),
      ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
      ...(resourceLimits === undefined ? {} : { resourceLimits }),
    });
    // Piscina tells of a dead worker before it replaces it, and while it is being destroyed it replaces none.
    this.#piscina.once('workerDestroy', () => {
      void this.end();
    });
    // What it says, the worker says too; but without a listener it would end the process.
    this.#piscina.on('error', () => {});
    // Invariant: the constructor has started the one thread.
    this.worker = this.#piscina.threads[0]!;
    // It waits in Piscina's port until the thread has loaded the agent; the thread then need not ask for it.
    const attached = this.#piscina.run(attachment, { transferList: [attachment.port] });
    this.exited = this.#watch();
    attached.catch((error: unknown) => {
      if (!this.#isEnding) failed(error);
    });
  }

  #watch(): Promise<Exit> {
    const { worker } = this;
    const errors: unknown[] = [];
    worker.once('error', (error: unknown) => {
      errors.push(error);
    });
    return new Promise((resolve) => {
      worker.once('exit', (code) => {
        resolve({ errors, code });
      });
    });
  }

  /** Ends the thread at once. Settles when it has exited. */
  async end(): Promise<void> {
    if (!this.#isEnding) {
      this.#isEnding = true;
      // Once only: a second call would let Piscina forget that it is being destroyed, before the thread has exited.
      void this.#piscina.destroy();
    }
    await this.exited;
  }
}
