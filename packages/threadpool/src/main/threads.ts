/**
 * Piscina's part: starting threads, replacing dead ones, ending them. Each thread runs one short Piscina task, which leaves an
 * agent behind on a port of its own; from then on Piscina only watches the thread's life.
 *
 * Why not a Piscina task for each call: its queue orders, limits and cancels in ways that lose tasks (PEERS in the project's
 * ARCHITECTURE.md), and a thread wake-up for each call costs more than most calls.
 */

import type { EventLoopUtilization } from 'node:perf_hooks';
import { MessageChannel, type MessagePort, type ResourceLimits, type Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { AgentConfig, Attachment } from '../protocol.ts';
import { AgentThread } from './agent-thread.ts';

export interface ThreadsOptions {
  readonly count: number;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly execArgv?: readonly string[] | undefined;
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Makes the configuration of the thread's agent. */
  readonly configure: (thread: AgentThread) => AgentConfig;
}

export interface ThreadsListener {
  threadReady(thread: AgentThread): void;
  message(thread: AgentThread, message: readonly unknown[]): void;
  threadLost(thread: AgentThread, cause: unknown): void;
  /** No thread is left and none can be started. */
  broken(cause: unknown): void;
}

/** What Piscina shows its load balancer of a task. */
interface Targeted {
  readonly [Piscina.queueOptionsSymbol]?: { readonly workerId: number };
}

/** The worker that a Piscina task was made for. */
function targetOf(task: object): number | undefined {
  return (task as Targeted)[Piscina.queueOptionsSymbol]?.workerId;
}

const AGENT_URL = new URL('./thread-entry.cjs', import.meta.url).href;

export class Threads {
  /** The threads that take calls. */
  readonly ready = new Set<AgentThread>();
  readonly #piscina: Piscina;
  readonly #options: ThreadsOptions;
  readonly #listener: ThreadsListener;
  readonly #freeNumbers: number[];
  #nextIncarnation = 1;
  /** Replacements that are up before the thread whose number they take is buried. */
  readonly #unnumbered: Worker[] = [];
  /** Of every thread that has an agent: settles when it has exited. */
  readonly #exits = new Set<Promise<void>>();
  #isClosing = false;
  #lastError: unknown;

  /** @throws {Error} of Node when it refuses an option, such as a flag that it does not know */
  constructor(options: ThreadsOptions, listener: ThreadsListener) {
    this.#options = options;
    this.#listener = listener;
    this.#freeNumbers = Array.from({ length: options.count }, (_, index) => index + 1);
    this.#piscina = new Piscina({
      filename: AGENT_URL,
      minThreads: options.count,
      maxThreads: options.count,
      idleTimeout: Infinity,
      // Otherwise an idle worker sits in Atomics.wait and its ports, timers and sockets stand still.
      atomics: 'disabled',
      recordTiming: false,
      workerHistogram: false,
      // Each attachment must reach the worker that it was made for.
      loadBalancer: (task, workers) => workers.find((worker) => worker.id === targetOf(task)) ?? null,
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.execArgv === undefined ? {} : { execArgv: [...options.execArgv] }),
      ...(options.resourceLimits === undefined ? {} : { resourceLimits: options.resourceLimits }),
    });
    this.#piscina.on('workerCreate', (created: { readonly id: number }) => {
      const worker = this.#piscina.threads.find((candidate) => candidate.threadId === created.id);
      if (worker !== undefined) this.#attach(worker);
    });
    this.#piscina.on('error', (error: unknown) => {
      this.#lastError = error;
    });
    // Not only after an error: a thread that exits as it starts makes none. Piscina drops the worker after it has told of it.
    this.#piscina.on('workerDestroy', () => {
      queueMicrotask(() => this.#checkAlive());
    });
  }

  #attach(worker: Worker): void {
    if (this.#isClosing) return;
    const number = this.#freeNumbers.shift();
    if (number === undefined) {
      this.#unnumbered.push(worker);
      return;
    }
    const { port1, port2 } = new MessageChannel();
    const thread = new AgentThread(number, this.#nextIncarnation++, worker.threadId, port1);
    port1.on('message', (message: readonly unknown[]) => {
      this.#listener.message(thread, message);
    });
    // Something of it is lost, and perhaps the outcome of a call. Ending the thread settles all that it holds.
    port1.on('messageerror', (error: Error) => {
      this.terminate(thread, `a message from it could not be read (${error.message})`);
    });
    // The pool itself keeps the process alive while calls are under way; an idle port must not.
    port1.unref();
    this.#watch(thread, worker, port1);
    const attachment: Attachment & Targeted = {
      port: port2,
      config: this.#options.configure(thread),
      [Piscina.queueOptionsSymbol]: { workerId: thread.workerId },
    };
    this.#piscina.run(attachment, { transferList: [port2] }).catch((error: unknown) => {
      this.#lastError = error;
    });
    // Messages wait in the port until the agent reads them, so the thread takes calls from now on.
    for (const other of this.ready) AgentThread.connect(thread, other);
    this.ready.add(thread);
    this.#listener.threadReady(thread);
  }

  /** A thread is lost once it has exited and every message that it had sent was read: its port closes after the last one. */
  #watch(thread: AgentThread, worker: Worker, port: MessagePort): void {
    // In a list, because a thread may throw anything, `undefined` too.
    const errors: unknown[] = [];
    worker.once('error', (error: unknown) => {
      errors.push(error);
    });
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', (code) => {
        this.ready.delete(thread);
        thread.exitCode = code;
        errors.push(new Error(thread.endedBecause ?? `the thread exited with code ${code}`));
        resolve();
      });
    });
    this.#exits.add(exited);
    const drained = new Promise<void>((resolve) => {
      port.once('close', resolve);
    });
    void Promise.all([exited, drained]).then(() => {
      this.#exits.delete(exited);
      if (this.#isClosing) return;
      this.#listener.threadLost(thread, errors[0]);
      this.#freeNumbers.push(thread.number);
      const waiting = this.#unnumbered.shift();
      if (waiting !== undefined) this.#attach(waiting);
      this.#checkAlive();
    });
  }

  #checkAlive(): void {
    if (this.#isClosing || this.#piscina.threads.length > 0 || this.ready.size > 0) return;
    this.#listener.broken(this.#lastError ?? new Error('its threads exit as they start'));
  }

  /** How busy the thread's event loop has been since it started. */
  eventLoopOf(thread: AgentThread): EventLoopUtilization {
    const worker = this.#piscina.threads.find((candidate) => candidate.threadId === thread.workerId);
    return worker?.performance.eventLoopUtilization() ?? { idle: 0, active: 0, utilization: 0 };
  }

  /** Ends a thread at once. It is replaced. */
  terminate(thread: AgentThread, why: string): void {
    thread.endedBecause ??= why;
    const worker = this.#piscina.threads.find((candidate) => candidate.threadId === thread.workerId);
    void worker?.terminate();
  }

  /** Ends every thread and waits until they have. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const thread of this.ready) {
      thread.close((message) => {
        this.#listener.message(thread, message);
      });
    }
    this.ready.clear();
    await this.#piscina.destroy();
    // Race: a thread that had crashed just before exits only now, and Piscina, which is through with destroying, replaces it.
    await Promise.all(this.#exits);
    await this.#piscina.destroy();
  }
}
