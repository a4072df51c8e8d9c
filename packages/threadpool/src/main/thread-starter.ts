/** What it takes to start a thread: a number, a place in the budget, a port to its agent, and a worker to run on. */

import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { AgentConfig } from '../protocol.ts';
import { AgentThread } from './agent-thread.ts';
import { HostedThread, type WorkerSettings } from './hosted-thread.ts';
import type { BudgetAccount } from './thread-budget.ts';
import { ThreadNumbers } from './thread-numbers.ts';

export interface StarterOptions {
  readonly account: BudgetAccount | null;
  readonly worker: WorkerSettings;
  /** Makes the configuration of the thread's agent. */
  readonly configure: (thread: AgentThread) => AgentConfig;
}

/** What happens to a thread that was started. */
export interface ThreadEvents {
  message(thread: AgentThread, message: readonly unknown[]): void;
  /** It is of no use any more. */
  failed(thread: AgentThread, why: string, error: unknown): void;
  /** It has exited. Messages from it may still come. */
  exited(thread: AgentThread): void;
  /** It has exited, and every message that it had sent was read. */
  ended(thread: AgentThread, cause: unknown): void;
}

export interface StartedThread {
  readonly thread: AgentThread;
  readonly host: HostedThread;
  /** Settles after `ended` was called. */
  readonly end: Promise<void>;
}

export class ThreadStarter {
  readonly #options: StarterOptions;
  readonly #events: ThreadEvents;
  readonly #numbers = new ThreadNumbers();
  #nextIncarnation = 1;

  constructor(options: StarterOptions, events: ThreadEvents) {
    this.#options = options;
    this.#events = events;
  }

  /**
   * Starts a thread.
   *
   * @returns `undefined` when there is no number or no place in the budget for it
   * @throws {Error} of Node when it refuses an option, such as a flag that it does not know
   */
  start(): StartedThread | undefined {
    const number = this.#numbers.take();
    if (number === undefined) return undefined;
    if (this.#options.account?.take() === false) {
      this.#numbers.giveBack(number);
      return undefined;
    }
    const { port1, port2 } = new MessageChannel();
    const thread = new AgentThread(number, this.#nextIncarnation++, port1);
    try {
      const attachment = { port: port2, config: this.#options.configure(thread) };
      const host = new HostedThread(this.#options.worker, attachment, (error) => {
        this.#events.failed(thread, 'its agent could not be attached', error);
      });
      thread.workerId = host.worker.threadId;
      this.#listen(thread, port1);
      return { thread, host, end: this.#watch(thread, host, port1) };
    } catch (error) {
      port1.close();
      this.#release(number);
      throw error;
    }
  }

  #listen(thread: AgentThread, port: MessagePort): void {
    port.on('message', (message: readonly unknown[]) => {
      this.#events.message(thread, message);
    });
    // Something of it is lost, and perhaps the outcome of a call. Ending the thread settles all that it holds.
    port.on('messageerror', (error: Error) => {
      this.#events.failed(thread, 'a message from it could not be read', error);
    });
    // The pool itself keeps the process alive while calls are under way; an idle port must not.
    port.unref();
  }

  /** Its port closes after the last message. */
  async #watch(thread: AgentThread, host: HostedThread, port: MessagePort): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      port.once('close', resolve);
    });
    const { errors, code } = await host.exited;
    thread.exitCode = code;
    this.#events.exited(thread);
    const cause = errors.length > 0 ? errors[0] : (thread.failure ?? new Error(`the thread exited with code ${code}`));
    await drained;
    this.#release(thread.number);
    this.#events.ended(thread, cause);
  }

  #release(number: number): void {
    this.#numbers.giveBack(number);
    this.#options.account?.giveBack();
  }
}
