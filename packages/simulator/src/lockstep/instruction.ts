import type { VisitEvent } from '../rules/scheduling-rule.ts';

/** One pseudo-instruction of the article: a thread's visit to a task, and the queue after it. */
export interface Instruction {
  /** Under the multiplexer rule the iteration over the queue, else the round in which every thread takes one instruction; from 1. */
  readonly round: number;
  /** The tick of virtual time at which the visit ended, from 0. */
  readonly tick: number;
  /** The virtual thread, from 1. */
  readonly thread: number;
  /** The visited task's name. */
  readonly task: string;
  readonly event: VisitEvent;
  /** What the task now waits for: the names of tasks, or a description such as `sleep(10 ms)`. Empty unless it waits. */
  readonly awaits: readonly string[];
  /** Ticks for which `work` kept the thread busy during the visit, on top of the visit's own tick. */
  readonly workTicks: number;
  /** The names in the queue after the visit, head first. */
  readonly queue: readonly string[];
}
