/** Which calls move between this thread and others, and when: the agent's part that knows its peers. */

import type { MessagePort } from 'node:worker_threads';
import { TaskCall, withCarried, type Fiber, type TaskDefinition } from '@heddle/core/engine';
import { BegunLoans, type Side } from '../begun-loans.ts';
import { HungerBoard } from '../hunger-board.ts';
import { OccupancyBoard } from '../occupancy-board.ts';
import { closeInputs } from '../input-ports.ts';
import type { AgentConfig, StreamName } from '../protocol.ts';
import { findObstacle } from '../serialization.ts';
import type { Agent } from './agent.ts';
import type { AgentQueue } from './agent-queue.ts';
import type { Arrival, Arrivals } from './arrivals.ts';
import type { Borrowed } from './borrowed-calls.ts';
import { BorrowedFiber } from './borrowed-fiber.ts';
import { DeadlockProbes, type LentCall, type Probe, type ProbeHost } from './deadlock-probes.ts';
import { Loan } from './lent-calls.ts';
import { Peer, type PeerHost } from './peer.ts';

export class Lending implements PeerHost, ProbeHost {
  readonly graceMs: number;
  readonly #agent: Agent;
  readonly #queue: AgentQueue;
  readonly #arrivals: Arrivals;
  readonly #config: AgentConfig;
  readonly #hunger: HungerBoard;
  readonly #occupancy: OccupancyBoard;
  /** By incarnation. */
  readonly #peers = new Map<number, Peer>();
  /** Tasks of which the hint was given that their calls cannot move; `null` where nobody wants to know. */
  readonly #toldOf: Set<TaskDefinition> | null;
  readonly #probes = new DeadlockProbes(this);
  #nextLoanId = 1;
  /** Whether this thread has declared itself hungry since it last had work. Somebody may have fed it meanwhile. */
  #isHungry = false;
  /** Whether this thread is about to end. */
  #isLeaving = false;

  constructor(agent: Agent, queue: AgentQueue, arrivals: Arrivals, config: AgentConfig) {
    this.graceMs = config.graceMs;
    this.#agent = agent;
    this.#queue = queue;
    this.#arrivals = arrivals;
    this.#config = config;
    this.#toldOf = config.hintsCopies ? new Set() : null;
    this.#hunger = new HungerBoard(config.hunger);
    this.#occupancy = new OccupancyBoard(config.occupancy);
  }

  /** Meets the agent of another thread. */
  connect(thread: number, incarnation: number, port: MessagePort, memory: SharedArrayBuffer, side: Side): void {
    this.#peers.set(incarnation, new Peer(thread, incarnation, port, new BegunLoans(memory, side), this));
    this.#declareAgain();
  }

  /** Takes no loan from now on. One that is on the way already is run, or taken back by its lender. */
  stopTaking(): void {
    this.#isLeaving = true;
    this.withdrawHunger();
  }

  /** Ends the connections to other threads. */
  part(): void {
    this.#probes.close();
    for (const peer of this.#peers.values()) peer.close();
  }

  /** Whether calls of other threads run here. */
  get hasBorrowed(): boolean {
    for (const peer of this.#peers.values()) if (!peer.borrowed.isEmpty) return true;
    return false;
  }

  /** Whether spawned calls wait here and no thread would take one. */
  get isCrowded(): boolean {
    return this.#queue.hasMovable && !this.#hunger.isAnyHungry;
  }

  /** Whether calls of this thread run on others. */
  get #hasLent(): boolean {
    for (const peer of this.#peers.values()) if (!peer.lent.isEmpty) return true;
    return false;
  }

  /** Reads what other threads have sent, without waiting for the event loop. */
  readMail(): void {
    for (const peer of this.#peers.values()) peer.readMail();
  }

  // -- hunger --

  /** This thread has nothing to do. */
  declareHunger(): void {
    // Nobody could feed it.
    if (this.#peers.size === 0 || this.#isLeaving) return;
    this.#isHungry = true;
    this.#hunger.declare(this.#config.thread, this.#config.incarnation);
  }

  /** This thread has something to do. */
  withdrawHunger(): void {
    if (!this.#isHungry) return;
    this.#isHungry = false;
    this.#hunger.withdraw(this.#config.thread, this.#config.incarnation);
  }

  /** Whoever was to feed this thread may have failed to: it declares itself anew if it still has nothing to do. */
  #declareAgain(): void {
    if (this.#agent.isIdle) this.declareHunger();
  }

  // -- waiting for each other --

  /** The turn has left nothing to do. */
  wentIdle(): void {
    if (this.#hasLent && this.hasBorrowed) this.#probes.wentIdle();
    this.declareHunger();
  }

  get incarnation(): number {
    return this.#config.incarnation;
  }

  get isIdle(): boolean {
    return this.#agent.isIdle;
  }

  *borrowed(): Iterable<Fiber> {
    for (const peer of this.#peers.values()) yield* peer.borrowed.fibers();
  }

  lentBy({ remote }: Fiber): LentCall | undefined {
    return remote instanceof Loan ? remote : undefined;
  }

  probed(fiber: Fiber, probe: Probe): void {
    this.#probes.receive(fiber, probe);
  }

  // -- giving --

  /** Gives the oldest unstarted calls to threads that have nothing to do. */
  feed(): void {
    if (!this.#queue.hasMovable || !this.#hunger.isAnyHungry) return;
    for (const peer of this.#peers.values()) {
      if (!this.#queue.hasMovable) return;
      if (!peer.lent.portions.isDue || !this.#hunger.withdraw(peer.thread, peer.incarnation)) continue;
      if (this.#feedOne(peer)) continue;
      this.#hunger.restore(peer.thread, peer.incarnation);
      return;
    }
  }

  /** Lends the oldest call that can be lent, and siblings of it if such calls are short. @returns whether there was one */
  #feedOne(peer: Peer): boolean {
    if (peer.isLost) return false;
    const portion = peer.lent.portions.begin(performance.now());
    const first = this.#lendFirst(peer);
    if (first === null) return false;
    let lent = 1;
    while (lent < portion) {
      const sibling = this.#queue.stealSibling(first, lent);
      if (sibling === undefined) break;
      // One that cannot be lent ends the portion: its like will follow.
      if (!this.#lend(sibling, peer)) break;
      lent++;
    }
    // So that the thread has read of them all before it takes itself for hungry.
    if (lent > 1) this.#occupancy.putMail(peer.thread);
    return true;
  }

  #lendFirst(peer: Peer): Fiber | null {
    for (let fiber = this.#queue.steal(); fiber !== undefined; fiber = this.#queue.steal()) {
      if (this.#lend(fiber, peer)) return fiber;
    }
    return null;
  }

  /** Lends a call. Where it cannot be copied, it runs here. @returns whether it was lent */
  #lend(fiber: Fiber, peer: Peer): boolean {
    try {
      peer.lent.lend(fiber);
      return true;
    } catch (cause) {
      this.#tellWhy(fiber, cause);
      // Nobody tries again.
      fiber.pin();
      this.#queue.push(fiber);
      return false;
    }
  }

  /** Says once for each task why its calls stay here. */
  #tellWhy({ definition, call, options }: Fiber, cause: unknown): void {
    if (this.#toldOf === null || this.#toldOf.has(definition)) return;
    this.#toldOf.add(definition);
    // Invariant: only fibers that have not started are lent.
    this.#agent.tellImmovable(definition, findObstacle('args', call!.args, cause, options?.transfer));
  }

  nextLoanId(): number {
    return this.#nextLoanId++;
  }

  get traceEpoch(): number {
    return this.#agent.traceEpoch;
  }

  putMail(thread: number): void {
    this.#occupancy.putMail(thread);
  }

  takeBack(fiber: Fiber): void {
    this.#agent.enqueue(fiber);
  }

  settleTold(fiber: Fiber, hasFailed: boolean, value: unknown): void {
    this.#agent.settleTold(fiber, hasFailed, value);
  }

  overdue(peer: Peer, loanId: number): void {
    this.#agent.tellOverdue(peer.incarnation, loanId);
  }

  // -- taking --

  borrow(loan: Borrowed, peer: Peer): void {
    // The lender may have heard of it first; and who traces tells what becomes of the call.
    this.#agent.enterTraceEpoch(loan.traceEpoch);
    const arrival = new LoanArrival(loan, peer, this);
    peer.borrowed.add(loan.loanId, arrival);
    this.#arrivals.add(arrival);
  }

  /** Runs a borrowed call of which the task is loaded. */
  start(definition: TaskDefinition, loan: Borrowed, peer: Peer): void {
    const begin = (): void => {
      const fiber = new BorrowedFiber(this.#agent, TaskCall.of(definition, loan.args), peer, loan);
      peer.borrowed.add(loan.loanId, fiber);
      if (fiber.accept()) this.#agent.enqueue(fiber);
    };
    const carried = loan.options?.carried;
    if (carried === undefined) begin();
    else withCarried(carried, begin);
  }

  /** Ends a borrowed call that has not become a fiber. */
  refuse(loan: Borrowed, peer: Peer, error: unknown): void {
    closeInputs(loan.args);
    peer.borrowed.end(loan.loanId, loan.taskId, false, true, error);
    this.#declareAgain();
    this.settled();
  }

  withdraw(arrival: Arrival): void {
    this.#arrivals.withdraw(arrival);
  }

  // -- both --

  wrote(fiber: Fiber, stream: StreamName, text: string): void {
    this.#agent.wrote(fiber, stream, text);
  }

  settled(): void {
    this.#agent.settled();
  }

  lost(peer: Peer): void {
    this.#peers.delete(peer.incarnation);
    // Ordering: after all that this thread has done to its slot. The pool may have withdrawn it before that.
    this.#hunger.withdraw(peer.thread, peer.incarnation);
    this.#declareAgain();
  }
}

/** A borrowed call that waits for its module. */
class LoanArrival implements Arrival {
  readonly #loan: Borrowed;
  readonly #peer: Peer;
  readonly #lending: Lending;

  constructor(loan: Borrowed, peer: Peer, lending: Lending) {
    this.#loan = loan;
    this.#peer = peer;
    this.#lending = lending;
  }

  get taskId(): string {
    return this.#loan.taskId;
  }

  admit(definition: TaskDefinition): void {
    this.#lending.start(definition, this.#loan, this.#peer);
  }

  refuse(error: unknown): void {
    this.#lending.refuse(this.#loan, this.#peer, error);
  }

  cancel(reason: unknown): void {
    this.#lending.withdraw(this);
    this.refuse(reason);
  }
}
