/**
 * Spawned calls that nobody has started: those of higher priority first, among equals those of the tree that began first, and within a
 * tree in depth-first order. So trees are walked one after the other, each with few calls waiting.
 */

import type { Fiber } from '@heddle/core/engine';
import { DepthFirstQueue } from './depth-first-queue.ts';
import type { RootFiber } from './root-fiber.ts';

/** The calls of one tree and one priority. */
interface Lane {
  root: Fiber;
  level: number;
  readonly calls: DepthFirstQueue<Fiber>;
}

/** Empty lanes that are kept for the next tree. */
const MOST_SPARE = 8;

export class UnstartedCalls {
  /** First in turn first. Invariant: none is empty, unless it is the only one: then it is for whichever tree comes next. */
  readonly #lanes: Lane[] = [];
  readonly #spare: Lane[] = [];
  #size = 0;

  get size(): number {
    return this.#size;
  }

  push(call: Fiber): void {
    this.#size++;
    this.#laneOf(call).calls.push(call);
  }

  /** Takes the next call of the first tree in sequential order. */
  pop(): Fiber | undefined {
    const lane = this.#lanes[0];
    return lane === undefined || this.#size === 0 ? undefined : this.#taken(lane, 0, lane.calls.pop());
  }

  /** Takes the next call of the last tree, if there are several: others may have kept it from its turn for long. */
  popLast(): Fiber | undefined {
    const at = this.#lanes.length - 1;
    const lane = this.#lanes[at];
    return lane === undefined || at === 0 ? undefined : this.#taken(lane, at, lane.calls.pop());
  }

  /** Takes the oldest call of the first tree. */
  steal(): Fiber | undefined {
    const lane = this.#lanes[0];
    return lane === undefined || this.#size === 0 ? undefined : this.#taken(lane, 0, lane.calls.steal());
  }

  /** Does so if that call is a sibling of `call`, and there are more of them than `least`. */
  stealSibling(call: Fiber, least: number): Fiber | undefined {
    const lane = this.#lanes[0];
    return lane !== undefined && lane.calls.oldestSiblings(call) > least ? this.steal() : undefined;
  }

  /** Takes out a call that is here, and is complete by the time of the next operation. */
  delete(call: Fiber): void {
    const lane = this.#laneOf(call);
    lane.calls.delete(call);
    this.#taken(lane, this.#lanes.indexOf(lane), call);
  }

  #taken(lane: Lane, at: number, call: Fiber | undefined): Fiber | undefined {
    this.#size--;
    if (lane.calls.size === 0 && this.#lanes.length > 1) this.#giveUp(lane, at);
    return call;
  }

  #giveUp(lane: Lane, at: number): void {
    this.#lanes.splice(at, 1);
    if (this.#spare.length < MOST_SPARE) this.#spare.push(lane);
  }

  #laneOf(call: Fiber): Lane {
    const { root, priority } = call;
    const only = this.#lanes[0];
    if (only !== undefined && only.calls.size === 0) return retarget(only, root, priority);
    const at = this.#placeOf(root, priority);
    const found = this.#lanes[at];
    if (found !== undefined && found.root === root && found.level === priority) return found;
    const lane = retarget(this.#spare.pop() ?? { root, level: priority, calls: new DepthFirstQueue<Fiber>() }, root, priority);
    this.#lanes.splice(at, 0, lane);
    return lane;
  }

  /** Where the lane is, or belongs. */
  #placeOf(root: Fiber, level: number): number {
    let low = 0;
    let high = this.#lanes.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      // Invariant: low <= middle < high <= length.
      const lane = this.#lanes[middle]!;
      const isBefore = lane.level > level || (lane.level === level && turnOf(lane.root) < turnOf(root));
      if (isBefore) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function retarget(lane: Lane, root: Fiber, level: number): Lane {
  lane.root = root;
  lane.level = level;
  return lane;
}

function turnOf(root: Fiber): number {
  // Only items and loans come to this thread from outside.
  return (root as RootFiber).turn;
}
