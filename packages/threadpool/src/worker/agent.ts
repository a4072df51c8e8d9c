/**
 * The agent of a thread: takes batches of calls from the pool, runs them under a multiplexer, and sends back what they come to.
 *
 * Calls that its own tasks spawn stay here, in depth-first order, unless another thread is hungry: then the oldest unstarted one
 * moves there (`lending.ts`).
 */

import { AsyncResource } from 'node:async_hooks';
import { receiveMessageOnPort, threadId, type MessagePort } from 'node:worker_threads';
import { CancelledError } from '@heddle/core';
import { stepBare, TaskCall, currentFiber, decodeThrown, movedParts, outsideOfTasks, setTaskIdPrefix, withCarried, type EncodedThrown, type Fiber, type TaskDefinition } from '@heddle/core/engine';
import { Multiplexer } from '@heddle/multiplexer';
import type { Side } from '../begun-loans.ts';
import { itemsBetween, OwnOccupancy } from '../occupancy-board.ts';
import { hasRemoteInputs, importInputs } from '../input-ports.ts';
import { isTracedIn, NS_PER_US, OUTPUT_KIND, ToAgent, ToPool, type AgentConfig, type HookCall, type PortableOptions, type StreamName } from '../protocol.ts';
import { findObstacle, serializationError, type Obstacle } from '../serialization.ts';
import { AgentBatch } from './agent-batch.ts';
import { AgentBatches } from './agent-batches.ts';
import { AgentQueue } from './agent-queue.ts';
import { AgentTrace } from './agent-trace.ts';
import { ArrivedRun } from './arrived-run.ts';
import { Arrivals } from './arrivals.ts';
import { BareItem } from './bare-item.ts';
import { Beginnings, type BeginningAgent } from './beginnings.ts';
import { BorrowedFiber } from './borrowed-fiber.ts';
import { captureOutput } from './captured-output.ts';
import { Departure, type DepartingAgent } from './departure.ts';
import { HookFiber } from './hook-fiber.ts';
import { ItemArrival } from './item-arrival.ts';
import { ItemFiber } from './item-fiber.ts';
import { leaveLastWords } from './last-words.ts';
import { Lending } from './lending.ts';
import { Outbox } from './outbox.ts';
import { portableError } from './portable-error.ts';
import { likeCallsOf, readItems, sizeOf, type LikeCalls } from './read-items.ts';
import { ResultCopies } from './result-copies.ts';
import { RootFiber } from './root-fiber.ts';
import { TaskTable } from './task-table.ts';

/** While a thread works on a tree, a call behind it goes now and then, in milliseconds: rarely, because it opens a tree of its own. */
const LAST_EVERY_MS = 10;

/** No batch has this number. */
const NO_BATCH = 0;

/** Ends calls here that the pool has taken back. Nobody gets to see it. */
const TAKEN_BACK = new CancelledError('The call was taken back to run on another thread');

export class Agent extends Multiplexer implements DepartingAgent, BeginningAgent {
  readonly incarnation: number;
  readonly occupancy: OwnOccupancy;
  readonly #port: MessagePort;
  readonly #queue: AgentQueue;
  readonly #outbox: Outbox;
  readonly #tasks: TaskTable;
  readonly #arrivals: Arrivals;
  readonly #lending: Lending;
  readonly #events = new AgentTrace();
  #traceEpoch = 0;
  readonly #departure: Departure;
  readonly #heapLimitBytes: number;
  #tellsCrowding: boolean;
  /** Steps for calls that need no fiber. */
  readonly #bare: BareItem;
  readonly #beginnings: Beginnings;
  /** `null` where nobody wants to know. */
  readonly #resultCopies: ResultCopies | null;
  readonly #batches: AgentBatches;
  /** Where the next batch has ports of inputs. */
  #inputsAt: readonly number[] = [];
  /** Where no AsyncLocalStorage holds anything. */
  readonly #outside = new AsyncResource('HeddleAgent');
  /** Whether calls end because the pool has taken them back: it is not told. */
  #isGivingBack = false;
  /** Since when children have kept others from their turn, in milliseconds; `Infinity` when they do not. */
  #treeSinceMs = Infinity;

  constructor(port: MessagePort, config: AgentConfig) {
    const queue = new AgentQueue((run, index) => this.#takeTurn(run, index));
    super({ policy: () => queue as never, graceMs: config.graceMs, thread: config.thread });
    this.enterTraceEpoch(config.traceEpoch);
    setTaskIdPrefix(`task-${threadId}.`);
    this.incarnation = config.incarnation;
    this.occupancy = new OwnOccupancy(config.occupancy, config.thread);
    this.#port = port;
    this.#queue = queue;
    this.#bare = new BareItem(this);
    this.#beginnings = new Beginnings(this, this.#bare);
    this.#tasks = new TaskTable(config);
    this.#arrivals = new Arrivals(this.#tasks);
    const resultCopies = config.hintsCopies ? new ResultCopies() : null;
    this.#resultCopies = resultCopies;
    this.#outbox = new Outbox(port, replaceResult, resultCopies);
    this.#batches = new AgentBatches((batch) => {
      this.#outbox.push(ToPool.Retired, batch.id, Math.round(batch.runUs * NS_PER_US));
    });
    this.#lending = new Lending(this, queue, this.#arrivals, config);
    leaveLastWords(this.occupancy);
    this.#departure = new Departure(this, config);
    this.#heapLimitBytes = config.heapLimitBytes;
    this.#tellsCrowding = config.tellsCrowding;
    if (config.capturesOutput) captureOutput((stream, text) => this.wrote(currentFiber(), stream, text));
    queue.lookAround = () => {
      if (this.occupancy.hasMail) this.pollCancellation();
    };
    queue.beforeStep = (fiber) => {
      if (!this.#beginnings.before(fiber)) return false;
      this.#lending.feed();
      return true;
    };
  }

  listen(): void {
    this.#port.on('message', (message: unknown[]) => {
      this.#receive(message);
    });
    // Something of it is lost, and perhaps a call with it. Ending the thread settles all that it holds.
    this.#port.on('messageerror', (error: Error) => {
      throw error;
    });
    void this.#departure.arrive();
  }

  #receive(message: unknown[]): void {
    const [kind, one, two, three, four, five] = message;
    switch (kind) {
      case ToAgent.Define:
        this.#tasks.define(one as number, two as string, three as string);
        break;
      case ToAgent.Inputs:
        this.#inputsAt = one as readonly number[];
        break;
      case ToAgent.Run:
        if (this.#inputsAt.length > 0) this.#takeInputs(message);
        this.#run(message);
        break;
      case ToAgent.Cancel:
        this.#cancel(one as number, two as number, three as EncodedThrown);
        break;
      case ToAgent.Peer:
        this.#lending.connect(one as number, two as number, three as MessagePort, four as SharedArrayBuffer, five as Side);
        break;
      case ToAgent.Taken:
        this.#taken(one as number, two as number, three as number);
        break;
      case ToAgent.Ping:
        this.#outbox.sendNow([ToPool.Pong]);
        break;
      case ToAgent.TakeBack:
        this.#giveBack(one as number);
        break;
      case ToAgent.Leave:
        this.#departure.begin();
        break;
      case ToAgent.TellCrowding:
        this.#tellsCrowding = one === 1;
        break;
      case ToAgent.Trace:
        this.enterTraceEpoch(one as number);
        break;
    }
  }

  #takeInputs(message: unknown[]): void {
    importInputs(message, this.#inputsAt);
    this.#inputsAt = [];
  }

  // -- batches --

  #run(message: readonly unknown[]): void {
    const traceIds = message[2] === 0 ? undefined : (message[2] as readonly string[]);
    const batch = new AgentBatch(message[1] as number, this, sizeOf(message), this.#batches.nextItem, traceIds, message[3] === 1);
    const like = likeCallsOf(message);
    batch.definition = like === null ? undefined : this.#tasks.get(like.task);
    this.#batches.add(batch);
    batch.run = like === null ? null : this.#runOf(batch, message, like);
    if (batch.run !== null) {
      this.#lending.withdrawHunger();
      this.#queue.pushRun(batch.run);
      this.wake();
      return;
    }
    readItems(message, (index, task, options, args) => {
      const definition = this.#arrivals.isEmpty ? this.#tasks.get(task) : undefined;
      if (definition === undefined) this.#await(new ItemArrival(this.#tasks.idOf(task), batch, index, { options, args }, this.#arrivals));
      else this.start(batch, index, TaskCall.of(definition, args), options);
    });
  }

  /** The calls of a batch that need nothing before their turn. */
  #runOf(batch: AgentBatch, message: readonly unknown[], like: LikeCalls): ArrivedRun | null {
    const { definition, traceIds } = batch;
    if (definition === undefined || traceIds !== undefined || like.haveOptions || !this.#arrivals.isEmpty || hasRemoteInputs()) return null;
    return ArrivedRun.of(batch, definition, message, like);
  }

  #takeTurn(run: ArrivedRun, index: number): RootFiber {
    if (!run.isPlain || this.trace !== null) return run.makeFiber(index);
    this.#bare.load(run, index);
    run.batch.calls[index] = this.#bare;
    return this.#bare;
  }

  /** Lets the item wait for its module, or behind one that does. */
  #await(arrival: ItemArrival): void {
    const { batch, index } = arrival;
    batch.hasWaited = true;
    batch.waiting++;
    batch.calls[index] = arrival;
    this.#arrivals.add(arrival);
  }

  /** Runs an item of which the task is loaded. */
  start(batch: AgentBatch, index: number, call: TaskCall, options: PortableOptions | undefined): void {
    const carried = options?.carried;
    if (carried === undefined) this.#make(batch, index, call, options);
    // Ordering: it becomes ready under what it carries, because a run loop takes a new root's stores for those of the moment.
    else withCarried(carried, () => this.#make(batch, index, call, options));
  }

  #make(batch: AgentBatch, index: number, call: TaskCall, options: PortableOptions | undefined): void {
    const fiber = new ItemFiber(this, call, options, batch, index);
    batch.calls[index] = fiber;
    if (fiber.accept()) this.enqueue(fiber);
  }

  /** Ends an item that has not become a fiber. */
  refuse(batch: AgentBatch, index: number, error: unknown): void {
    this.#itemEnded(batch, index, ToPool.NotBegun, error);
    // Otherwise the turn to come will.
    if (this.isIdle) this.#batches.retireParked();
    this.settled();
  }

  /** A call that ran without a fiber has returned. */
  returned(batch: AgentBatch, index: number, value: unknown): void {
    this.#itemEnded(batch, index, ToPool.Done, value);
  }

  override rootEnded(fiber: Fiber): void {
    const { hasStarted, hasFailed, value } = fiber;
    if (fiber instanceof ItemFiber) {
      if (!hasFailed) this.#itemEnded(fiber.batch, fiber.index, ToPool.Done, value);
      else this.#itemEnded(fiber.batch, fiber.index, hasStarted ? ToPool.Failed : ToPool.NotBegun, value);
    } else if (fiber instanceof BorrowedFiber) {
      // Ordering: what it did is told before the lender can end the task that waits for it, and with it perhaps the pool.
      if (!this.#events.isEmpty) this.settled();
      fiber.peer.borrowed.end(fiber.loan.loanId, fiber.name, hasStarted, hasFailed, value);
    } else if (!(fiber instanceof HookFiber)) super.rootEnded(fiber);
  }

  #itemEnded(batch: AgentBatch, index: number, kind: number, value: unknown): void {
    if (!this.#isGivingBack) this.#tellEnd(batch, index, kind, value);
    this.haveEnded(batch, 1);
  }

  /** So many items of the batch have ended. */
  haveEnded(batch: AgentBatch, count: number): void {
    batch.remaining -= count;
    if (batch.remaining > 0) return;
    this.#resultCopies?.ended(batch);
    this.#batches.ended(batch, this.occupancy.begun);
  }

  #tellEnd(batch: AgentBatch, index: number, kind: number, value: unknown): void {
    batch.calls[index] = null;
    if (kind === ToPool.Done) this.#outbox.done(batch.id, index, value);
    // Made fit to travel only here: nobody is told of items that are given back, of which there may be a thousand.
    else this.#outbox.push(kind, batch.id, index, portableError(value));
  }

  /** Drops the items after the one of this number that have not begun: the pool has taken them back (`DESIGN.md`). */
  #giveBack(keepUpTo: number): void {
    const { begun } = this.occupancy;
    const last = itemsBetween(begun, keepUpTo) > 0 ? keepUpTo : begun;
    if (itemsBetween(last, this.#batches.nextItem) <= 1) return;
    this.#isGivingBack = true;
    this.#batches.cutAfter(last, TAKEN_BACK);
    this.#isGivingBack = false;
    // The pool waits for the room of batches that are empty now.
    this.settled();
  }

  #cancel(batchId: number, index: number, reason: EncodedThrown): void {
    this.#batches.get(batchId)?.callAt(index)?.cancel(decodeThrown(reason));
    // A call that had not started has ended just now.
    this.settled();
  }

  #taken(batchId: number, index: number, count: number): void {
    const call = this.#batches.get(batchId)?.callAt(index);
    if (call instanceof ItemFiber) call.taken(count);
  }

  // -- stepping --

  /** Whether no task steps or is ready to. */
  get isIdle(): boolean {
    return !this.isStepping && this.#queue.size === 0;
  }

  override enqueue(fiber: Fiber): void {
    this.#lending.withdrawHunger();
    super.enqueue(fiber);
  }

  override spawn(fiber: Fiber): void {
    this.enqueue(fiber);
    this.#lending.feed();
  }

  override checkpoint(): boolean {
    this.pollCancellation();
    this.#lending.feed();
    return super.checkpoint();
  }

  protected override step(fiber: Fiber): void {
    if (fiber === this.#bare) stepBare(this.#bare);
    else super.step(fiber);
  }

  readPool(): void {
    this.#readOutside(this.#readPort);
  }

  tellBegun(): void {
    this.settled();
    this.#outbox.sendNow([ToPool.Begun]);
  }

  /** Reads what has arrived, if something is among it that must not wait: a cancellation, the outcome of a lent call, a further loan. */
  override readonly pollCancellation = (): void => {
    if (this.occupancy.takeMail()) this.#readOutside(this.#readMail);
  };

  readonly #readMail = (): void => {
    this.#readPort();
    this.#lending.readMail();
  };

  readonly #readPort = (): void => {
    for (let mail = receiveMessageOnPort(this.#port); mail !== undefined; mail = receiveMessageOnPort(this.#port)) {
      this.#receive(mail.message as unknown[]);
    }
  };

  /** Reads messages as the event loop would: calls arrive with them, and they have nothing to do with the task that steps now. */
  #readOutside(read: () => void): void {
    this.#outside.runInAsyncScope(outsideOfTasks, undefined, read);
  }

  /** After each turn of the run loop: what has ended is sent. */
  protected override turnEnded(isIdle: boolean): void {
    // After each turn, so that nobody is blamed for what happens on the event loop.
    this.#beginnings.vacate();
    if (isIdle) {
      this.#treeSinceMs = Infinity;
      this.#batches.retireParked();
      this.#lending.wentIdle();
      if (this.#heapLimitBytes < Infinity) this.#weighHeap();
    } else {
      this.#serveLast();
      if (this.#tellsCrowding && this.#lending.isCrowded) this.#outbox.push(ToPool.Crowded, this.#queue.movable);
    }
    this.settled();
  }

  /** Keeps those who wait for a long tree from waiting for its end. */
  #serveLast(): void {
    if (!this.#queue.hasMovable) {
      this.#queue.letLastGo();
      this.#treeSinceMs = Infinity;
      return;
    }
    this.#batches.retireLong(this.occupancy.begun);
    const nowMs = performance.now();
    if (this.#treeSinceMs === Infinity) this.#treeSinceMs = nowMs;
    if (nowMs - this.#treeSinceMs < LAST_EVERY_MS) return;
    this.#queue.letLastGo();
    this.#treeSinceMs = nowMs;
  }

  /** Tells the pool when the heap in use has become too large. */
  #weighHeap(): void {
    // Not imported: only agents with a limit need it.
    const { used_heap_size: usedBytes } = process.getBuiltinModule('node:v8').getHeapStatistics();
    if (usedBytes > this.#heapLimitBytes) this.#outbox.push(ToPool.HeapFull, 0);
  }

  // -- arriving and leaving --

  /** Whether nothing that was sent or lent to this thread is left. */
  get holdsNothing(): boolean {
    return this.#batches.isEmpty && this.#arrivals.isEmpty && !this.#lending.hasBorrowed;
  }

  async runHook({ taskId, args, options }: HookCall, started: () => void): Promise<unknown> {
    const call = TaskCall.of(await this.#tasks.load(taskId), args);
    const fiber = new HookFiber(this, call, options === 0 ? undefined : options, started);
    if (fiber.accept()) this.enqueue(fiber);
    return await fiber.promise();
  }

  settingUp(): void {
    this.#outbox.sendNow([ToPool.SettingUp, 0]);
  }

  ready(): void {
    this.#outbox.sendNow([ToPool.Ready, 0]);
  }

  initFailed(error: unknown): void {
    this.#outbox.sendNow([ToPool.InitFailed, portableError(error)]);
  }

  stopTaking(): void {
    this.#lending.stopTaking();
  }

  part(): void {
    this.#lending.part();
  }

  tearingDown(): void {
    this.#outbox.sendNow([ToPool.TearingDown, 0]);
  }

  left(failure: { readonly error: unknown } | null): void {
    this.#outbox.sendNow([ToPool.Left, failure === null ? 0 : portableError(failure.error)]);
  }

  // -- telling --

  /** The highest number that was heard of: see {@link isTracedIn}. */
  get traceEpoch(): number {
    return this.#traceEpoch;
  }

  enterTraceEpoch(traceEpoch: number): void {
    this.#traceEpoch = Math.max(this.#traceEpoch, traceEpoch);
    this.trace = isTracedIn(this.#traceEpoch) ? this.#events : null;
  }

  /** Only the pool listens: it publishes in its own thread, which would have every event twice if this one did so too. */
  protected override lookForListeners(): void {}

  /** Sends what has ended. */
  settled(): void {
    // Ordering: before the outcomes, because with the last of them the pool may close.
    if (!this.#events.isEmpty) this.#outbox.putFirst(ToPool.Trace, this.#events.take());
    this.#outbox.flush();
    this.#departure.check();
  }

  /** Settles a lent fiber of which the borrower has told the trace sink. */
  settleTold(fiber: Fiber, hasFailed: boolean, value: unknown): void {
    if (this.trace === null) fiber.settle(hasFailed, value);
    else this.#events.mute(fiber.id, () => fiber.settle(hasFailed, value));
  }

  tellStarted({ batch, index }: ItemFiber): void {
    this.#outbox.sendNow([ToPool.Started, batch.id, index]);
  }

  /** @throws {SerializationError} when the value cannot be copied */
  tellProgress({ batch, index, name }: ItemFiber, value: unknown, isEmitted: boolean): void {
    try {
      this.#outbox.sendNow([isEmitted ? ToPool.Emitted : ToPool.Progress, batch.id, index, value], value);
    } catch (cause) {
      throw serializationError(name, 'progress', findObstacle('progress', value, cause, movedParts(value)), cause);
    }
  }

  /** Something was written to a standard stream by the fiber, or by no task. */
  wrote(fiber: Fiber | null, stream: StreamName, text: string): void {
    const root = fiber?.root;
    if (root instanceof RootFiber && root.tellOutput(stream, text)) return;
    this.#outbox.sendNow([OUTPUT_KIND[stream], NO_BATCH, 0, text]);
  }

  tellOutput({ batch, index }: ItemFiber, stream: StreamName, text: string): void {
    this.#outbox.sendNow([OUTPUT_KIND[stream], batch.id, index, text]);
  }

  tellImmovable({ id }: TaskDefinition, { why }: Obstacle): void {
    this.#outbox.push(ToPool.Immovable, id, why);
  }

  tellOverdue(incarnation: number, loanId: number): void {
    this.#outbox.sendNow([ToPool.Overdue, incarnation, loanId]);
  }
}

/** Only a task's own result can be uncopiable in the outbox: errors were made fit to travel. */
function replaceResult(record: readonly unknown[], cause: unknown): unknown[] {
  const [kind, batchId, index, , value] = record;
  if (kind !== ToPool.Done) throw cause;
  return [ToPool.Uncopiable, batchId, index, findObstacle('result', value, cause, movedParts(value))];
}
