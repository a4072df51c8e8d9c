/** Ways to have timers, each imported only in the process of the subject that uses it. All as clocks: a timer costs each of them a closure more. */

import type { CancelTimer, Clock } from '@heddle/core';

type SetTimer = Clock['setTimer'];

/** What multiplexers have their timers on. */
export async function openTimerClock(): Promise<SetTimer> {
  const { TimerClock } = await import('@heddle/multiplexer');
  const clock = new TimerClock();
  return (callback, delayMs) => clock.setTimer(callback, delayMs);
}

/** The host's own. */
export async function openHostTimers(): Promise<SetTimer> {
  return (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs);
    return () => {
      clearTimeout(timer);
    };
  };
}

/** No timers at all: the closures alone. */
export async function openNoTimers(): Promise<SetTimer> {
  return (callback) => () => callback;
}

interface HeapTimer {
  readonly dueMs: number;
  readonly order: number;
  /** `null` once cancelled or fired. */
  callback: (() => void) | null;
}

/**
 * heap-js with one timer of the host for the first item. heap-js removes an item by a search, so what is cancelled is marked,
 * and the heap is built anew when most of it is.
 */
export async function openHeapTimers(): Promise<SetTimer> {
  const { Heap } = await import('heap-js');
  const heap = new Heap<HeapTimer>((a, b) => a.dueMs - b.dueMs || a.order - b.order);
  let order = 0;
  let cancelled = 0;
  let hostTimer: ReturnType<typeof setTimeout> | undefined;
  let hostMs = Infinity;
  const arm = (dueMs: number, nowMs: number): void => {
    clearTimeout(hostTimer);
    hostMs = dueMs;
    hostTimer = setTimeout(fireDue, dueMs - nowMs);
  };
  const fireDue = (): void => {
    const nowMs = performance.now();
    hostMs = Infinity;
    for (let first = heap.peek(); first !== undefined; first = heap.peek()) {
      if (first.callback !== null && first.dueMs > nowMs) {
        arm(first.dueMs, nowMs);
        return;
      }
      heap.pop();
      first.callback?.();
      if (first.callback === null) cancelled--;
      first.callback = null;
    }
  };
  const cancel = (timer: HeapTimer): void => {
    if (timer.callback === null) return;
    timer.callback = null;
    if (++cancelled * 2 <= heap.length) return;
    heap.init(heap.toArray().filter(({ callback }) => callback !== null));
    cancelled = 0;
    if (heap.length === 0) {
      clearTimeout(hostTimer);
      hostMs = Infinity;
    }
  };
  return (callback, delayMs): CancelTimer => {
    const nowMs = performance.now();
    const timer: HeapTimer = { dueMs: nowMs + delayMs, order: order++, callback };
    heap.push(timer);
    if (timer.dueMs < hostMs) arm(timer.dueMs, nowMs);
    return () => {
      cancel(timer);
    };
  };
}
