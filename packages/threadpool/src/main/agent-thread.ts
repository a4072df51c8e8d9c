/** One thread as the pool sees it: the port to its agent, the batches it holds, and what it is expected to be busy with. */

import { MessageChannel, receiveMessageOnPort, type MessagePort, type Transferable } from 'node:worker_threads';
import { encodeThrown, hasInputs, type TaskDefinition } from '@heddle/core/engine';
import { BegunLoans } from '../begun-loans.ts';
import { abandonInputs, exportInputs } from '../input-ports.ts';
import { itemsBetween, type OccupancyBoard } from '../occupancy-board.ts';
import { portableOptions, ToAgent } from '../protocol.ts';
import { shapeOf } from '../task-shape.ts';
import { addTransfer } from '../transfer.ts';
import { Batch } from './batch.ts';
import type { PoolTask } from './pool-task.ts';

/** Batches under way at once: one runs while the next travels. More would only wait in the wrong place. */
const MAX_BATCHES = 2;

const US_PER_MS = 1000;

/** Comes before every item. */
const NO_ITEM = 0;

export class AgentThread {
  /** From 1, as in trace events. The number of a dead thread goes to its replacement. */
  readonly number: number;
  /** Tells threads of one number apart. */
  readonly incarnation: number;
  /** The worker's `threadId`. */
  workerId = 0;
  /** Why the pool has ended the thread, if it has. */
  failure: Error | null = null;
  /** Whether the thread has said that it holds nothing any more and may be ended. */
  hasLeft = false;
  /** Whether the agent has said that it is up. */
  isUp = false;
  /** Calls that the thread may still be sent before it is replaced. */
  itemsLeft = Infinity;
  /** Called when the thread may be sent no more calls. */
  spent: (() => void) | null = null;
  /** The task that it was ended for, if it was. */
  culprit: PoolTask | undefined;
  /** Set once it has exited. */
  exitCode: number | undefined;
  /** Questions whether the agent answers, since it last did. */
  unansweredPings = 0;
  /** Whether calls that had not begun were taken back because it did not get on, and nothing has been heard of it since. */
  isStalled = false;
  /** Whether it was ever heard of: until then it may still be starting. */
  hasAnswered = false;
  readonly #port: MessagePort;
  readonly #batches = new Map<number, Batch>();
  /** Batches that are not retired, oldest first: only they hold items that have not begun. */
  readonly #active: Batch[] = [];
  /** Tasks that this thread knows by index. */
  readonly #known = new Map<TaskDefinition, number>();
  #nextBatch = 1;
  /** The number of the next item. The agent counts along. */
  #nextItem = 1;
  /** The number of the last item that cannot be sent a second time, because what it moved is gone. */
  #lastMoving = NO_ITEM;
  /** Invariant: the sum of the active batches' times, which are whole numbers. */
  #expectedUs = 0;

  constructor(number: number, incarnation: number, port: MessagePort) {
    this.number = number;
    this.incarnation = incarnation;
    this.#port = port;
  }

  /** Whether nothing runs here, parked tasks aside. */
  get isIdle(): boolean {
    return this.#active.length === 0;
  }

  /** Whether everything that was sent here has ended, parked tasks included. */
  get isEmpty(): boolean {
    return this.#batches.size === 0;
  }

  /** How many calls were sent here; it wraps around at 32 bits. */
  get sent(): number {
    return this.#nextItem;
  }

  /** Whether a call that it has not ended may take much longer than most of its task do. */
  get isErratic(): boolean {
    return this.#active.some((batch) => batch.isErratic);
  }

  /** Whether it was sent a batch behind the one that it works on. */
  get hasAnother(): boolean {
    return this.#active.length > 1;
  }

  /** Whether one more batch may be sent: the thread is idle, or has less than so much to do, in microseconds. */
  hasRoom(aheadUs: number): boolean {
    const { length } = this.#active;
    return length === 0 || (length < MAX_BATCHES && this.#expectedUs < aheadUs && !this.isStalled);
  }

  /** Work on the way to the thread that it has not reported as done, in microseconds. */
  get expectedUs(): number {
    return this.#expectedUs;
  }

  /** Calls that were sent to the thread and have not ended. */
  get held(): number {
    let held = 0;
    for (const { remaining } of this.#batches.values()) held += remaining;
    return held;
  }

  batch(id: number): Batch | undefined {
    return this.#batches.get(id);
  }

  /** Every task that was sent and has not ended, in the order in which they were sent. */
  *unfinished(): Iterable<PoolTask> {
    for (const batch of this.#batches.values()) for (const task of batch.items) if (task.batch === batch) yield task;
  }

  /**
   * Sends calls in one message.
   *
   * @param isErratic whether one of them may take much longer than expected, so that results should not wait for its end
   * @throws what the structured clone throws when one of them cannot be copied; then none was sent
   */
  send(tasks: PoolTask[], expectedUs: number, isErratic: boolean, isTraced: boolean): void {
    const batch = new Batch(this.#nextBatch, this, tasks, this.#nextItem, expectedUs);
    const traceIds = isTraced ? tasks.map((task) => task.id) : 0;
    const message: unknown[] = [ToAgent.Run, batch.id, traceIds, isErratic ? 1 : 0, tasks.length];
    const transfer: Transferable[] = [];
    this.#writeItems(message, tasks, transfer);
    const beforeMs = performance.now();
    if (hasInputs()) this.#sendWithInputs(message, transfer);
    else this.#port.postMessage(message, transfer);
    batch.sentMs = performance.now();
    batch.isErratic = isErratic;
    batch.copyUs = (batch.sentMs - beforeMs) * US_PER_MS;
    this.#nextBatch++;
    this.#nextItem = batch.numberOf(tasks.length);
    this.#batches.set(batch.id, batch);
    this.#active.push(batch);
    if (transfer.length > 0) this.#noteMoving(batch);
    // An unknown cost counts as large: nothing is queued up behind it until it is known.
    this.#expectedUs += expectedUs;
    for (let index = 0; index < tasks.length; index++) {
      // Invariant: the loop's bounds.
      tasks[index]!.sent(batch, index);
    }
    this.itemsLeft -= tasks.length;
    if (this.itemsLeft <= 0) this.spent?.();
  }

  #sendWithInputs(message: unknown[], transfer: Transferable[]): void {
    const places = exportInputs(message, 0, transfer);
    if (places.length > 0) this.#port.postMessage([ToAgent.Inputs, places]);
    try {
      this.#port.postMessage(message, transfer);
    } catch (error) {
      abandonInputs(message, places);
      this.#port.postMessage([ToAgent.Inputs, []]);
      throw error;
    }
  }

  #writeItems(message: unknown[], tasks: readonly PoolTask[], transfer: Transferable[]): void {
    let definition: TaskDefinition | null = null;
    let argc = 0;
    let hasOptions = false;
    let countAt = 0;
    for (const { call, options } of tasks) {
      const travelling = portableOptions(options);
      const isLike = call.definition === definition && call.argc === argc && (travelling !== 0) === hasOptions;
      if (!isLike) {
        definition = call.definition;
        argc = call.argc;
        hasOptions = travelling !== 0;
        countAt = message.push(this.#indexOf(definition), argc, hasOptions ? 1 : 0, 0) - 1;
      }
      (message[countAt] as number)++;
      if (hasOptions) message.push(travelling);
      call.pushArgs(message);
      addTransfer(transfer, options);
    }
  }

  #indexOf(definition: TaskDefinition): number {
    let index = this.#known.get(definition);
    if (index === undefined) {
      index = this.#known.size;
      this.#known.set(definition, index);
      this.#port.postMessage([ToAgent.Define, index, definition.id, shapeOf(definition)]);
    }
    return index;
  }

  /** Every item of the batch has ended or parked. */
  retire(batch: Batch): void {
    if (batch.isRetired) return;
    batch.isRetired = true;
    this.#active.splice(this.#active.indexOf(batch), 1);
    this.#expectedUs -= batch.expectedUs;
    if (batch.remaining === 0) this.#batches.delete(batch.id);
  }

  /** One item of the batch has ended. */
  itemEnded(batch: Batch): void {
    if (--batch.remaining === 0 && batch.isRetired) this.#batches.delete(batch.id);
  }

  // -- items that have not begun --

  /** How many items have neither begun nor ended. */
  unbegun(board: OccupancyBoard): number {
    if (this.#active.length === 0) return 0;
    const begun = board.begun(this.number);
    let count = 0;
    for (const batch of this.#active) count += batch.unbegunAfter(begun);
    return count;
  }

  /** What the items that have not begun are expected to take, in microseconds. */
  unbegunUs(board: OccupancyBoard): number {
    const begun = board.begun(this.number);
    let us = 0;
    for (const batch of this.#active) if (batch.items.length > 0) us += (batch.expectedUs * batch.unbegunAfter(begun)) / batch.items.length;
    return us;
  }

  /**
   * Takes back items that have not begun; each runs either here or for whoever has it now (`DESIGN.md`).
   *
   * @param share how many of them, from the last one on: a fraction
   * @returns them, in the order in which they were sent
   */
  takeBack(board: OccupancyBoard, share: number): PoolTask[] {
    const begun = board.begun(this.number);
    const sent = itemsBetween(begun, this.#nextItem) - 1;
    const keepUpTo = this.#laterMoving((begun + Math.ceil(sent * (1 - share))) | 0);
    this.#port.postMessage([ToAgent.TakeBack, keepUpTo]);
    // Ordering: after the message, which the thread reads when it meets what this puts in its way.
    const last = later(board.halt(this.number), keepUpTo);
    const taken: PoolTask[] = [];
    for (const batch of this.#active.toReversed()) {
      const { expectedUs } = batch;
      const cut = batch.cutAfter(last);
      this.#expectedUs -= expectedUs - batch.expectedUs;
      for (const task of cut) task.takenBack();
      taken.unshift(...cut);
    }
    if (itemsBetween(last, this.#nextItem) > 1) this.#nextItem = (last + 1) | 0;
    return taken;
  }

  /** Returns the number of the last item that cannot be sent again, if that comes after this one. */
  #laterMoving(number: number): number {
    const isAhead = itemsBetween(number, this.#lastMoving) > 0 && itemsBetween(this.#lastMoving, this.#nextItem) > 0;
    return isAhead ? this.#lastMoving : number;
  }

  #noteMoving(batch: Batch): void {
    const index = batch.items.findLastIndex((task) => !task.isIntact);
    if (index >= 0) this.#lastMoving = batch.numberOf(index);
  }

  cancel(batch: Batch, index: number, error: Error): void {
    this.#port.postMessage([ToAgent.Cancel, batch.id, index, encodeReason(error)]);
  }

  /** Tells the agent to finish what it holds, and then to leave. */
  leave(): void {
    this.#port.postMessage([ToAgent.Leave]);
  }

  tellCrowding(isWanted: boolean): void {
    this.#port.postMessage([ToAgent.TellCrowding, isWanted ? 1 : 0]);
  }

  /** So many of the values that the item has emitted were read. */
  taken(batch: Batch, index: number, count: number): void {
    this.#port.postMessage([ToAgent.Taken, batch.id, index, count]);
  }

  /** Tells the agent whether to trace from here on. */
  enterTraceEpoch(traceEpoch: number): void {
    this.#port.postMessage([ToAgent.Trace, traceEpoch]);
  }

  /** Asks for a sign of life. */
  ping(): void {
    this.unansweredPings++;
    this.#port.postMessage([ToAgent.Ping]);
  }

  /** Joins the agents of two threads with a port of their own. */
  static connect(one: AgentThread, other: AgentThread): void {
    const { port1, port2 } = new MessageChannel();
    const begun = BegunLoans.allocate();
    one.#port.postMessage([ToAgent.Peer, other.number, other.incarnation, port1, begun, 0], [port1]);
    other.#port.postMessage([ToAgent.Peer, one.number, one.incarnation, port2, begun, 1], [port2]);
  }

  /** Reads what has arrived already, and takes nothing more. */
  close(receive: (message: readonly unknown[]) => void): void {
    for (let mail = receiveMessageOnPort(this.#port); mail !== undefined; mail = receiveMessageOnPort(this.#port)) {
      receive(mail.message as readonly unknown[]);
    }
    this.#port.close();
  }
}

function later(one: number, other: number): number {
  return itemsBetween(one, other) > 0 ? other : one;
}

/** A cancellation's error as data. Its reason may be anything; one that cannot be copied travels as text. */
function encodeReason(error: Error): unknown {
  const encoded = encodeThrown(error);
  try {
    return structuredClone(encoded);
  } catch {
    return encodeThrown(new (error.constructor as ErrorConstructor)(error.message));
  }
}
