/**
 * The agent of a thread: takes batches of calls from the pool, runs them under a multiplexer, and sends back what they come to.
 *
 * Calls that its own tasks spawn stay here, in depth-first order, unless another thread is hungry: then the oldest unstarted one
 * moves there (`loans.ts`).
 */

import { threadId, type MessagePort } from 'node:worker_threads';
import { findTask, loadTask, TraceRecorder } from '@heddle/core';
import { TaskCall, decodeThrown, setTaskIdPrefix, type EncodedThrown, type Fiber, type TaskDefinition } from '@heddle/core/engine';
import { fifo, Multiplexer } from '@heddle/multiplexer';
import { HungerBoard } from '../hunger-board.ts';
import { ToAgent, ToPool, type AgentConfig, type PortableOptions } from '../protocol.ts';
import { serializationError } from '../serialization.ts';
import { AgentBatch } from './agent-batch.ts';
import { AgentQueue } from './agent-queue.ts';
import { BorrowedFiber } from './borrowed-fiber.ts';
import { ItemFiber } from './item-fiber.ts';
import { Peer, type Borrowed, type Borrower } from './loans.ts';
import { Outbox } from './outbox.ts';
import { portableError } from './portable-error.ts';
import { TaskTable } from './task-table.ts';

const MICROSECONDS_PER_MS = 1000;

export class Agent extends Multiplexer implements Borrower {
  readonly #port: MessagePort;
  readonly #queue: AgentQueue;
  readonly #outbox: Outbox;
  readonly #tasks = new TaskTable();
  readonly #hunger: HungerBoard;
  readonly #peers = new Map<number, Peer>();
  readonly #events: TraceRecorder | null;
  readonly #batches = new Map<number, AgentBatch>();
  /** Batches that still want the thread, oldest first. */
  #active: AgentBatch[] = [];
  /** When the batch that runs now began, in milliseconds. */
  #begunMs = 0;

  constructor(port: MessagePort, config: AgentConfig) {
    const events = config.isTraced ? new TraceRecorder() : null;
    let queue!: AgentQueue;
    super({
      policy: (context) => (queue = new AgentQueue(fifo()(context))) as never,
      graceMs: config.graceMs,
      thread: config.thread,
      trace: events ?? undefined,
    });
    setTaskIdPrefix(`task-${threadId}.`);
    this.#queue = queue;
    this.#port = port;
    this.#hunger = new HungerBoard(config.hunger);
    this.#events = events;
    this.#outbox = new Outbox(port, (record, cause) => this.#replace(record, cause));
  }

  listen(): void {
    this.#port.on('message', (message: readonly unknown[]) => {
      this.#receive(message);
    });
    this.#hunger.declare(this.thread);
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
      case ToAgent.Peer:
        this.#peers.set(one as number, new Peer(one as number, two as MessagePort, this));
        break;
    }
  }

  // ── batches ──

  #run(message: readonly unknown[]): void {
    this.#hunger.withdraw(this.thread);
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
    const fiber = new ItemFiber(this, TaskCall.of(definition, args), options, batch, index);
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
      this.settled();
    }
  }

  override rootEnded(fiber: Fiber): void {
    if (fiber instanceof ItemFiber) this.#itemEnded(fiber.batch, fiber.index, fiber.hasFailed, fiber.value);
    else if (fiber instanceof BorrowedFiber) fiber.peer.end(fiber.loan.loanId, fiber.name, fiber.hasFailed, fiber.value);
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
    this.settled();
  }

  sendProgress(fiber: ItemFiber, value: unknown): void {
    try {
      this.#outbox.sendNow([ToPool.Progress, fiber.batch.id, fiber.index, value]);
    } catch (cause) {
      throw serializationError(fiber.name, 'progress', value, cause);
    }
  }

  // ── calls that move between threads ──

  override spawn(fiber: Fiber): void {
    this.enqueue(fiber);
    if (this.#hunger.isAnyHungry) this.#feed();
  }

  override checkpoint(): boolean {
    if (this.#hunger.isAnyHungry) this.#feed();
    return super.checkpoint();
  }

  /** Gives the oldest unstarted calls to threads that have nothing to do. */
  #feed(): void {
    while (this.#queue.hasMovable) {
      const thread = this.#hunger.claim();
      if (thread === undefined) return;
      // Invariant: the loop's condition.
      const fiber = this.#queue.steal()!;
      const peer = this.#peers.get(thread);
      if (peer !== undefined && lend(peer, fiber)) continue;
      // Not fed after all: it has no port to here yet, or the arguments cannot be copied.
      this.#queue.push(fiber);
      this.#hunger.declare(thread);
      return;
    }
  }

  borrow(loan: Borrowed, peer: Peer): void {
    const definition = findTask(loan.taskId);
    if (definition === undefined) void this.#loadAndBorrow(loan, peer);
    else this.#begin(definition, loan, peer);
  }

  async #loadAndBorrow(loan: Borrowed, peer: Peer): Promise<void> {
    try {
      this.#begin(await loadTask(loan.taskId), loan, peer);
    } catch (error) {
      peer.end(loan.loanId, loan.taskId, true, error);
      this.settled();
    }
  }

  #begin(definition: TaskDefinition, loan: Borrowed, peer: Peer): void {
    const fiber = new BorrowedFiber(this, TaskCall.of(definition, loan.args), peer, loan);
    peer.began(loan.loanId, fiber);
    if (fiber.accept()) this.enqueue(fiber);
  }

  // ── sending ──

  /** After each turn of the run loop: what has ended is sent; if nothing is ready, every batch here is parked or done. */
  protected override turnEnded(isIdle: boolean): void {
    if (isIdle) {
      for (const batch of this.#active) this.#retire(batch);
      this.#hunger.declare(this.thread);
    }
    this.settled();
  }

  /** Sends what has ended. */
  settled(): void {
    if (this.#events !== null && this.#events.events.length > 0) this.#outbox.records.push(ToPool.Trace, this.#events.events.splice(0));
    this.#outbox.flush();
  }

  /** Only a task's own result can still be uncopiable here: errors were made fit to travel. */
  #replace(record: readonly unknown[], cause: unknown): unknown[] | null {
    const [kind, batchId, index, value] = record;
    if (kind !== ToPool.Done) throw cause;
    const error = serializationError(undefined, 'result', value, cause);
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

/** Lends `fiber` to `peer`. What cannot be copied stays at home, out of the sight of hungry threads. */
function lend(peer: Peer, fiber: Fiber): boolean {
  try {
    peer.lend(fiber);
    return true;
  } catch {
    fiber.pin();
    return false;
  }
}
