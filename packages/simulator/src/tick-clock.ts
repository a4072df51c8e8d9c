/** Virtual time: it counts ticks, stands still between them, and moves only when the simulator moves it. */

import type { CancelTimer, Clock } from '@heddle/core';

interface Timer {
  readonly dueTick: number;
  /** Timers of one tick fire in the order in which they were armed. */
  readonly order: number;
  /** `null` once cancelled or fired. */
  callback: (() => void) | null;
}

/** Below this many timers, cancelled ones are not worth clearing away. */
const LEAST_TO_CLEAR = 64;

export class TickClock implements Clock {
  /** How long a tick lasts, in virtual milliseconds. */
  readonly tickMs: number;
  /** The current tick, from 0. */
  tick = 0;
  /** Told of every timer that is armed. */
  onArm: (() => void) | null = null;
  readonly #startMs: number;
  /** Invariant: a binary heap, the timer that fires first at index 0. */
  #heap: Timer[] = [];
  #cancelled = 0;
  #armed = 0;

  constructor(tickMs: number, startMs: number) {
    this.tickMs = tickMs;
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.tick * this.tickMs;
  }

  setTimer(callback: () => void, delayMs: number): CancelTimer {
    const dueTick = this.tick + Math.max(0, Math.ceil(delayMs / this.tickMs));
    const timer: Timer = { dueTick, order: this.#armed++, callback };
    this.#push(timer);
    this.onArm?.();
    return () => {
      if (timer.callback === null) return;
      timer.callback = null;
      this.#cancelled++;
      this.#clearCancelled();
    };
  }

  /** The tick at which the next timer is due, `undefined` when none is armed. */
  get nextDueTick(): number | undefined {
    while (this.#heap[0] !== undefined && this.#heap[0].callback === null) {
      this.#pop();
      this.#cancelled--;
    }
    return this.#heap[0]?.dueTick;
  }

  /** Fires every timer that is due at the current tick, those included that the fired ones arm for it. */
  fireDue(): void {
    for (let due = this.nextDueTick; due !== undefined && due <= this.tick; due = this.nextDueTick) {
      const timer = this.#pop();
      const { callback } = timer;
      timer.callback = null;
      callback?.();
    }
  }

  /** Keeps limits that were armed and cancelled, one a task, from filling the heap. */
  #clearCancelled(): void {
    if (this.#heap.length < LEAST_TO_CLEAR || this.#cancelled * 2 < this.#heap.length) return;
    // A sorted array is a heap.
    this.#heap = this.#heap.filter((timer) => timer.callback !== null).sort((a, b) => (isBefore(a, b) ? -1 : 1));
    this.#cancelled = 0;
  }

  #push(timer: Timer): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = at(heap, parentIndex);
      if (!isBefore(timer, parent)) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = timer;
  }

  #pop(): Timer {
    const heap = this.#heap;
    const first = at(heap, 0);
    const last = heap.pop();
    // Invariant: the heap had a first timer, so it had a last one.
    if (heap.length > 0) this.#sink(last!);
    return first;
  }

  /** Puts `timer` in the place of the first one, and below every timer that fires earlier. */
  #sink(timer: Timer): void {
    const heap = this.#heap;
    let index = 0;
    for (;;) {
      let childIndex = 2 * index + 1;
      if (childIndex >= heap.length) break;
      if (childIndex + 1 < heap.length && isBefore(at(heap, childIndex + 1), at(heap, childIndex))) childIndex++;
      const child = at(heap, childIndex);
      if (!isBefore(child, timer)) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = timer;
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueTick === b.dueTick ? a.order < b.order : a.dueTick < b.dueTick;
}

function at(heap: readonly Timer[], index: number): Timer {
  // Invariant: callers stay below `heap.length`.
  return heap[index]!;
}
