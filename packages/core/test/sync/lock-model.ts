/** What a lock must do, as plain code: who holds it, who waits, and who waits at its condition. */

import { CANCELLED, Model, type Verdict } from './random-programs.ts';

interface LockState {
  holders: number[];
  isExclusive: boolean;
  queue: { who: number; isExclusive: boolean; verdict: Verdict; canLeave: boolean }[];
  condition: number[];
}

const HELD: Verdict = { value: 'held' };
const NOTIFIED: Verdict = { value: 'notified' };

export class LockModel extends Model<LockState> {
  constructor() {
    super({ holders: [], isExclusive: false, queue: [], condition: [] });
  }

  isHeldBy(who: number): boolean {
    return this.state.holders.includes(who);
  }

  ask(who: number, isExclusive: boolean): void {
    this.state.queue.push({ who, isExclusive, verdict: HELD, canLeave: true });
    this.#letIn();
  }

  canTake(isExclusive: boolean): boolean {
    return this.state.queue.length === 0 && this.#isFreeFor(isExclusive);
  }

  release(who: number): void {
    this.state.holders = this.state.holders.filter((holder) => holder !== who);
    this.#letIn();
  }

  wait(who: number): void {
    this.state.condition.push(who);
    this.release(who);
  }

  notify(count: number): void {
    for (const who of this.state.condition.splice(0, count)) this.#comeBack(who, NOTIFIED);
  }

  override interrupt(who: number): void {
    const { queue, condition } = this.state;
    const asked = queue.findIndex((waiter) => waiter.who === who && waiter.canLeave);
    const waited = condition.indexOf(who);
    if (asked >= 0) {
      queue.splice(asked, 1);
      this.verdicts.set(who, CANCELLED);
      this.#letIn();
    } else if (waited >= 0) {
      condition.splice(waited, 1);
      this.#comeBack(who, CANCELLED);
    }
  }

  /** However a wait at the condition ends, the task takes the lock again first. */
  #comeBack(who: number, verdict: Verdict): void {
    this.state.queue.push({ who, isExclusive: true, verdict, canLeave: false });
    this.#letIn();
  }

  #isFreeFor(isExclusive: boolean): boolean {
    return this.state.holders.length === 0 || (!isExclusive && !this.state.isExclusive);
  }

  #letIn(): void {
    const { queue, holders } = this.state;
    for (let [next] = queue; next !== undefined && this.#isFreeFor(next.isExclusive); [next] = queue) {
      queue.shift();
      holders.push(next.who);
      this.state.isExclusive = next.isExclusive;
      this.verdicts.set(next.who, next.verdict);
    }
  }
}
