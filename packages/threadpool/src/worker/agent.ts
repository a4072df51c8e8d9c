/**
 * The agent of a thread: takes batches of calls from the pool, runs them under a multiplexer, and sends back what they come to.
 *
 * Calls that its own tasks spawn stay here unless another thread is hungry (`appetite`, in shared memory): then the oldest
 * unstarted one goes to the pool's shared queue, and its outcome comes back as a message.
 */

import type { MessagePort } from 'node:worker_threads';
import { TraceRecorder } from '@heddle/core';
import { CallFrame, decodeThrown, setTaskIdPrefix, type EncodedThrown, type Fiber, type TaskDefinition } from '@heddle/core/engine';
import { fifo, Multiplexer } from '@heddle/multiplexer';
import { threadId } from 'node:worker_threads';
import { ToAgent, ToPool, type AgentConfig, type PortableOptions } from '../protocol.ts';
import { serializationError } from '../serialization.ts';
import { AgentBatch } from './agent-batch.ts';
import { AgentQueue } from './agent-queue.ts';
import { ItemFiber } from './item-fiber.ts';
import { Outbox } from './outbox.ts';
import { portableError } from './portable-error.ts';
import { TaskTable } from './task-table.ts';

const MICROSECONDS_PER_MS = 1000;

export class Agent extends Multiplexer {
  readonly #port: MessagePort;
  readonly #queue: AgentQueue;
  readonly #outbox: Outbox;
  readonly #tasks = new TaskTable();
  readonly #appetite: Int32Array;
  readonly #events: TraceRecorder | null;
  readonly #batches = new Map<number, AgentBatch>();
  /** Batches that still want the thread, oldest first. */
  #active: AgentBatch[] = [];
  readonly #lent = new Map<number, Fiber>();
  #nextSpawn = 1;
  /** When the batch that runs now began, in milliseconds. */
  #begunMs = 0;

  constructor(port: MessagePort, config: AgentConfig) {
    const events = config.isTraced ? new TraceRecorder() : null;
    let queue!: AgentQueue;
    super({
      policy: (context) => (queue = new AgentQueue(() => fifo()(context))) as never,
      graceMs: config.graceMs,
      thread: config.thread,
      trace: events ?? undefined,
    });
    setTaskIdPrefix(`task-${threadId}.`);
    this.#queue = queue;
    this.#port = port;
    this.#appetite = new Int32Array(config.appetite);
    this.#events = events;
    this.#outbox = new Outbox(port, (record, cause) => this.#replace(record, cause));
  }

  listen(): void {
    this.#port.on('message', (message: readonly unknown[]) => {
      this.#receive(message);
    });
  }

  #receive(message: readonly unknown[]): void {
    const [kind, one, two, three] = message;
    switch (kind) {
      case ToAgent.Define:
        this.#tasks.define(one as number, two as string);
        break;
      case ToAgent.Run:
        this.#run(message);
        break;
      case ToAgent.Cancel:
        this.#cancel(one as number, two as number, three as EncodedThrown);
        break;
      case ToAgent.SpawnEnded:
        this.#spawnEnded(one as number, two as boolean, three);
        break;
    }
  }

  // ── batches ──

  #run(message: readonly unknown[]): void {
    if (this.#active.length === 0) this.#begunMs = performance.now();
    const items = readItems(message);
    const traceIds = message[2] === 0 ? undefined : (message[2] as readonly string[]);
    const batch = new AgentBatch(message[1] as number, this, items.length, traceIds);
    this.#batches.set(batch.id, batch);
    this.#active.push(batch);
    items.forEach((item, index) => {
      const definition = this.#tasks.get(item.task);
      if (definition === undefined) void this.#loadAndStart(batch, index, item);
      else this.#start(batch, index, definition, item);
    });
  }

  #start(batch: AgentBatch, index: number, definition: TaskDefinition, { args, options }: Item): void {
    const fiber = new ItemFiber(this, CallFrame.of(definition, args), options, batch, index);
    batch.fibers[index] = fiber;
    const cancelled = batch.cancelledEarly?.get(index);
    if (cancelled !== undefined) fiber.cancel(cancelled);
    else if (fiber.accept()) this.enqueue(fiber);
  }

  async #loadAndStart(batch: AgentBatch, index: number, item: Item): Promise<void> {
    try {
      this.#start(batch, index, await this.#tasks.load(item.task), item);
    } catch (error) {
      this.#itemEnded(batch, index, true, error);
      this.turnEnded(false);
    }
  }

  override rootEnded(fiber: Fiber): void {
    if (fiber instanceof ItemFiber) this.#itemEnded(fiber.batch, fiber.index, fiber.hasFailed, fiber.value);
    else super.rootEnded(fiber);
  }

  #itemEnded(batch: AgentBatch, index: number, hasFailed: boolean, value: unknown): void {
    batch.fibers[index] = null;
    const { records } = this.#outbox;
    if (hasFailed) records.push(ToPool.Failed, batch.id, index, portableError(value));
    else records.push(ToPool.Done, batch.id, index, value);
    if (--batch.remaining > 0) return;
    this.#batches.delete(batch.id);
    this.#retire(batch);
  }

  /** Tells the pool that the batch no longer occupies the thread, and what it took. */
  #retire(batch: AgentBatch): void {
    if (batch.isRetired) return;
    batch.isRetired = true;
    this.#active = this.#active.filter((other) => other !== batch);
    const now = performance.now();
    this.#outbox.records.push(ToPool.Retired, batch.id, (now - this.#begunMs) * MICROSECONDS_PER_MS);
    this.#begunMs = now;
  }

  #cancel(batchId: number, index: number, reason: EncodedThrown): void {
    const batch = this.#batches.get(batchId);
    if (batch === undefined) return;
    const error = decodeThrown(reason);
    const fiber = batch.fibers[index];
    if (fiber === null || fiber === undefined) (batch.cancelledEarly ??= new Map()).set(index, error);
    else fiber.cancel(error);
    // A call that had not started has ended just now.
    this.turnEnded(false);
  }

  sendProgress(fiber: ItemFiber, value: unknown): void {
    try {
      this.#outbox.sendNow([ToPool.Progress, fiber.batch.id, fiber.index, value]);
    } catch (cause) {
      throw serializationError(fiber.name, 'progress', value, cause);
    }
  }

  // ── calls that tasks here spawn ──

  override spawn(fiber: Fiber): void {
    this.enqueue(fiber);
    this.#feed();
  }

  override checkpoint(): boolean {
    this.#feed();
    return super.checkpoint();
  }

  /** Gives the oldest unstarted children to threads that have nothing to do. One atomic load while there are none. */
  #feed(): void {
    while (Atomics.load(this.#appetite, 0) > 0) {
      const fiber = this.#queue.steal();
      if (fiber === undefined) return;
      if (Atomics.sub(this.#appetite, 0, 1) <= 0) {
        // Race: another busy thread was faster.
        Atomics.add(this.#appetite, 0, 1);
        this.#queue.push(fiber);
        return;
      }
      this.#lend(fiber);
    }
  }

  #lend(fiber: Fiber): void {
    const spawnId = this.#nextSpawn++;
    const { definition, args } = fiber.call;
    try {
      this.#outbox.sendNow([ToPool.Spawn, spawnId, definition.id, portableOptions(fiber), args]);
    } catch {
      // What cannot be copied runs at home, out of the sight of hungry threads.
      fiber.isPinned = true;
      this.#queue.push(fiber);
      return;
    }
    this.#lent.set(spawnId, fiber);
    fiber.remote = {
      cancel: (error) => {
        this.#outbox.sendNow([ToPool.SpawnCancelled, spawnId, portableError(error)]);
      },
    };
  }

  #spawnEnded(spawnId: number, hasFailed: boolean, value: unknown): void {
    const fiber = this.#lent.get(spawnId);
    if (fiber === undefined) return;
    this.#lent.delete(spawnId);
    fiber.remote = null;
    fiber.settle(hasFailed, hasFailed ? decodeThrown(value as EncodedThrown) : value);
  }

  // ── sending ──

  /** After each turn of the run loop: what has ended is sent; if nothing is ready, every batch here is parked or done. */
  protected override turnEnded(isIdle: boolean): void {
    if (isIdle) for (const batch of this.#active) this.#retire(batch);
    if (this.#events !== null && this.#events.events.length > 0) this.#outbox.records.push(ToPool.Trace, this.#events.events.splice(0));
    this.#outbox.flush();
  }

  /** Only a task's own result can still be uncopiable here: errors were made fit to travel. */
  #replace(record: readonly unknown[], cause: unknown): unknown[] | null {
    const [kind, batchId, index, value] = record;
    if (kind !== ToPool.Done) throw cause;
    const error = serializationError('', 'result', value, cause);
    return [ToPool.Failed, batchId, index, portableError(error)];
  }
}

interface Item {
  readonly task: number;
  readonly options: PortableOptions | undefined;
  readonly args: readonly unknown[];
}

/** Reads the items of a Run message; the layout is in protocol.ts. */
function readItems(message: readonly unknown[]): Item[] {
  const items: Item[] = [];
  for (let at = 3; at < message.length; ) {
    const options = message[at + 1];
    const firstArg = at + 3;
    const end = firstArg + (message[at + 2] as number);
    items.push({
      task: message[at] as number,
      options: options === 0 ? undefined : (options as PortableOptions),
      args: message.slice(firstArg, end),
    });
    at = end;
  }
  return items;
}

function portableOptions(fiber: Fiber): PortableOptions | 0 {
  if (fiber.options === undefined) return 0;
  const { timeoutMs, deadline, name, priority, key } = fiber.options;
  return { timeoutMs, deadline, name, priority, key };
}
