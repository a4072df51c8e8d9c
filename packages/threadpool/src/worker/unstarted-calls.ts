/**
 * Spawned calls that nobody has started: those of higher priority first, and in depth-first order among equals, so that a tree of
 * any priority is walked with few calls waiting.
 */

import type { Fiber } from '@heddle/core/engine';
import { DepthFirstQueue } from './depth-first-queue.ts';

/** That of calls without one. */
const USUAL = 0;

/** Calls of one priority. */
interface Lane {
  readonly level: number;
  readonly calls: DepthFirstQueue<Fiber>;
}

export class UnstartedCalls {
  /** Of the usual priority, which is that of nearly all. */
  readonly #usual = new DepthFirstQueue<Fiber>();
  /** Of other priorities, highest first. Invariant: none is empty. */
  readonly #above: Lane[] = [];
  readonly #below: Lane[] = [];

  get size(): number {
    let size = this.#usual.size;
    for (const { calls } of this.#above) size += calls.size;
    for (const { calls } of this.#below) size += calls.size;
    return size;
  }

  get isEmpty(): boolean {
    return this.#usual.size === 0 && this.#above.length === 0 && this.#below.length === 0;
  }

  push(call: Fiber): void {
    const { priority } = call;
    if (priority === USUAL) this.#usual.push(call);
    else laneFor(priority, priority > USUAL ? this.#above : this.#below).calls.push(call);
  }

  /** Takes the next of the most urgent calls in sequential order. */
  pop(): Fiber | undefined {
    if (this.#above.length > 0) return take(this.#above, 'pop');
    return this.#usual.pop() ?? take(this.#below, 'pop');
  }

  /** Takes the oldest of the most urgent calls. */
  steal(): Fiber | undefined {
    if (this.#above.length > 0) return take(this.#above, 'steal');
    return this.#usual.steal() ?? take(this.#below, 'steal');
  }

  /** Takes the oldest of the most urgent calls if it is a sibling of `call`, and there are more of them than `least`. */
  stealSibling(call: Fiber, least: number): Fiber | undefined {
    const first = this.#above[0]?.calls ?? (this.#usual.size > 0 ? this.#usual : this.#below[0]?.calls);
    return first !== undefined && first.oldestSiblings(call) > least ? this.steal() : undefined;
  }

  /** Takes out a call that is here, and is complete by the time of the next operation. */
  delete(call: Fiber): void {
    const { priority } = call;
    if (priority === USUAL) {
      this.#usual.delete(call);
      return;
    }
    const lanes = priority > USUAL ? this.#above : this.#below;
    const lane = laneFor(priority, lanes);
    lane.calls.delete(call);
    if (lane.calls.size === 0) lanes.splice(lanes.indexOf(lane), 1);
  }
}

function laneFor(level: number, lanes: Lane[]): Lane {
  const at = lanes.findIndex((lane) => lane.level <= level);
  const found = lanes[at];
  if (found?.level === level) return found;
  const lane: Lane = { level, calls: new DepthFirstQueue() };
  lanes.splice(at < 0 ? lanes.length : at, 0, lane);
  return lane;
}

function take(lanes: Lane[], how: 'pop' | 'steal'): Fiber | undefined {
  const [first] = lanes;
  if (first === undefined) return undefined;
  const call = first.calls[how]();
  if (first.calls.size === 0) lanes.shift();
  return call;
}
