/**
 * Piscina's part: starting threads, replacing dead ones, ending them. Each thread runs one short Piscina task, which leaves an
 * agent behind on a port of its own; from then on Piscina only watches the thread's life.
 *
 * Why not a Piscina task for each call: its queue orders, limits and cancels in ways that lose tasks (PEERS in the project's
 * ARCHITECTURE.md), and a thread wake-up for each call costs more than most calls.
 */

import { MessageChannel, type ResourceLimits, type Worker } from 'node:worker_threads';
import { Piscina } from 'piscina';
import type { AgentConfig, Attachment } from '../protocol.ts';
import { AgentThread } from './agent-thread.ts';

export interface ThreadsOptions {
  readonly count: number;
  readonly env?: NodeJS.ProcessEnv | undefined;
  readonly execArgv?: readonly string[] | undefined;
  readonly resourceLimits?: ResourceLimits | undefined;
  /** Makes the configuration of the thread's agent. */
  readonly configure: (thread: number) => AgentConfig;
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

const AGENT_URL = new URL('./worker.js', import.meta.url).href;

export class Threads {
  /** The threads that take calls. */
  readonly ready = new Set<AgentThread>();
  readonly #piscina: Piscina;
  readonly #options: ThreadsOptions;
  readonly #listener: ThreadsListener;
  #nextNumber = 1;
  #freeNumbers: number[] = [];
  #isClosing = false;
  #lastError: unknown;

  constructor(options: ThreadsOptions, listener: ThreadsListener) {
    this.#options = options;
    this.#listener = listener;
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
    this.#piscina.on('workerCreate', (worker: { readonly id: number }) => {
      this.#attach(worker.id);
    });
    this.#piscina.on('error', (error: unknown) => {
      this.#lastError = error;
      this.#checkAlive();
    });
  }

  #attach(workerId: number): void {
    const worker = this.#piscina.threads.find((candidate) => candidate.threadId === workerId);
    if (worker === undefined || this.#isClosing) return;
    const { port1, port2 } = new MessageChannel();
    const thread = new AgentThread(this.#freeNumbers.shift() ?? this.#nextNumber++, workerId, port1);
    port1.on('message', (message: readonly unknown[]) => {
      this.#listener.message(thread, message);
    });
    // The pool itself keeps the process alive while calls are under way; an idle port must not.
    port1.unref();
    this.#watch(thread, worker, port1);
    const attachment: Attachment & Targeted = {
      port: port2,
      config: this.#options.configure(thread.number),
      [Piscina.queueOptionsSymbol]: { workerId },
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
  #watch(thread: AgentThread, worker: Worker, port: import('node:worker_threads').MessagePort): void {
    let cause: unknown;
    worker.once('error', (error: unknown) => {
      cause = error;
    });
    const exited = new Promise<void>((resolve) => {
      worker.once('exit', (code) => {
        thread.isLost = true;
        this.ready.delete(thread);
        cause ??= new Error(`the thread exited with code ${code}`);
        resolve();
      });
    });
    const drained = new Promise<void>((resolve) => {
      port.once('close', resolve);
    });
    void Promise.all([exited, drained]).then(() => {
      this.#freeNumbers.push(thread.number);
      if (!this.#isClosing) this.#listener.threadLost(thread, cause);
      this.#checkAlive();
    });
  }

  #checkAlive(): void {
    if (!this.#isClosing && this.#piscina.threads.length === 0) this.#listener.broken(this.#lastError);
  }

  /** Ends a thread at once. It is replaced. */
  terminate(thread: AgentThread): void {
    const worker = this.#piscina.threads.find((candidate) => candidate.threadId === thread.workerId);
    void worker?.terminate();
  }

  /** Ends every thread and waits until they have. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const thread of this.ready) thread.close();
    this.ready.clear();
    await this.#piscina.destroy();
  }
}
