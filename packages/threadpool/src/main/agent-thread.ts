/** One thread as the pool sees it: the port to its agent, the batches it holds, and what it is expected to be busy with. */

import { MessageChannel, receiveMessageOnPort, type MessagePort, type Transferable } from 'node:worker_threads';
import { encodeThrown, hasInputs, type TaskDefinition } from '@heddle/core/engine';
import { BegunLoans } from '../begun-loans.ts';
import { abandonInputs, exportInputs } from '../input-ports.ts';
import { portableOptions, ToAgent } from '../protocol.ts';
import { shapeOf } from '../task-shape.ts';
import { addTransfer } from '../transfer.ts';
import { Batch } from './batch.ts';
import { BATCH_TARGET_US } from './cost-model.ts';
import type { PoolTask } from './pool-task.ts';

/** Batches under way at once: one runs while the next travels. More would only wait in the wrong place. */
const MAX_BATCHES = 2;

const US_PER_MS = 1000;

export class AgentThread {
  /** From 1, as in trace events. The number of a dead thread goes to its replacement. */
  readonly number: number;
  /** Tells threads of one number apart. */
  readonly incarnation: number;
  /** The worker's `threadId`. */
  readonly workerId: number;
  /** Why the pool has ended the thread, if it has. */
  endedBecause: string | null = null;
  /** Questions whether the agent answers, since it last did. */
  unansweredPings = 0;
  readonly #port: MessagePort;
  readonly #batches = new Map<number, Batch>();
  /** Tasks that this thread knows by index. */
  readonly #known = new Map<TaskDefinition, number>();
  #nextBatch = 1;
  /** The number of the next item. The agent counts along. */
  #nextItem = 1;
  #active = 0;
  /** Invariant: the sum of the active batches' times, which are whole numbers. */
  #expectedUs = 0;

  constructor(number: number, incarnation: number, workerId: number, port: MessagePort) {
    this.number = number;
    this.incarnation = incarnation;
    this.workerId = workerId;
    this.#port = port;
  }

  /** Whether nothing runs here, parked tasks aside. */
  get isIdle(): boolean {
    return this.#active === 0;
  }

  /** Whether one more batch may be sent: the thread is idle, or will soon be through with little work. */
  get hasRoom(): boolean {
    return this.#active === 0 || (this.#active < MAX_BATCHES && this.#expectedUs < BATCH_TARGET_US);
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
   * @throws what the structured clone throws when one of them cannot be copied; then none was sent
   */
  send(tasks: readonly PoolTask[], expectedUs: number, isTraced: boolean): void {
    const batch = new Batch(this.#nextBatch, this, tasks, this.#nextItem, expectedUs);
    const traceIds = isTraced ? tasks.map((task) => task.id) : 0;
    const message: unknown[] = [ToAgent.Run, batch.id, traceIds, tasks.length];
    const transfer: Transferable[] = [];
    this.#writeItems(message, tasks, transfer);
    const beforeMs = performance.now();
    if (hasInputs()) this.#sendWithInputs(message, transfer);
    else this.#port.postMessage(message, transfer);
    batch.sentMs = performance.now();
    batch.copyUs = (batch.sentMs - beforeMs) * US_PER_MS;
    this.#nextBatch++;
    this.#nextItem = batch.numberOf(tasks.length);
    this.#batches.set(batch.id, batch);
    this.#active++;
    // An unknown cost counts as large: nothing is queued up behind it until it is known.
    this.#expectedUs += expectedUs;
    for (let index = 0; index < tasks.length; index++) {
      // Invariant: the loop's bounds.
      tasks[index]!.sent(batch, index);
    }
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
    this.#active--;
    this.#expectedUs -= batch.expectedUs;
    if (batch.remaining === 0) this.#batches.delete(batch.id);
  }

  /** One item of the batch has ended. */
  itemEnded(batch: Batch): void {
    if (--batch.remaining === 0 && batch.isRetired) this.#batches.delete(batch.id);
  }

  cancel(batch: Batch, index: number, error: Error): void {
    this.#port.postMessage([ToAgent.Cancel, batch.id, index, encodeReason(error)]);
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

/** A cancellation's error as data. Its reason may be anything; one that cannot be copied travels as text. */
function encodeReason(error: Error): unknown {
  const encoded = encodeThrown(error);
  try {
    return structuredClone(encoded);
  } catch {
    return encodeThrown(new (error.constructor as ErrorConstructor)(error.message));
  }
}
