/** A rotation of tasks that give way to each other, and the measurement of its switches alone. */

import type { Execution } from '../harness/index.ts';

/** How often each task gives way. */
const TURNS = 20;
/** The tasks that have given way when the first one is through: at least this part of all, or the order was no round robin. */
const ROUND_ROBIN = 0.95;

/**
 * Counts the switches of a number of tasks between the moment when the last of them has started and the moment when the first
 * one is through. So neither starting the tasks nor ending them is part of the figure.
 */
export class Rotation {
  readonly turns = TURNS;
  /** Each task adds one after each time it gave way. */
  switches = 0;
  readonly #tasks: number;
  #started = 0;
  #left = 0;
  #startMs = 0;
  #switchesAtStart = 0;
  #elapsedMs = 0;
  #counted = 0;

  constructor(tasks: number) {
    this.#tasks = tasks;
  }

  /** Called by each task first. */
  enter(): void {
    if (++this.#started < this.#tasks) return;
    this.#switchesAtStart = this.switches;
    this.#startMs = performance.now();
  }

  /** Called by each task last. */
  leave(): void {
    if (this.#left++ > 0) return;
    this.#elapsedMs = performance.now() - this.#startMs;
    this.#counted = this.switches - this.#switchesAtStart;
  }

  /**
   * Gives nanoseconds a switch.
   *
   * @throws {Error} when not all tasks came and went, or they did not take turns
   */
  finish(): number {
    if (this.#started !== this.#tasks || this.#left !== this.#tasks || this.switches !== this.#tasks * TURNS) {
      throw new Error(`Expected ${this.#tasks} tasks of ${TURNS} turns, got ${this.#left} with ${this.switches} turns in all`);
    }
    if (this.#counted < ROUND_ROBIN * (TURNS - 1) * this.#tasks) {
      throw new Error(`Expected the tasks to take turns, got only ${this.#counted} switches before the first one ended`);
    }
    return (this.#elapsedMs * 1e6) / this.#counted;
  }
}

/** Makes an execution that lets `tasks` tasks rotate, which `rotate` starts and awaits. */
export function rotating(tasks: number, rotate: (rotation: Rotation) => Promise<unknown>, teardown?: () => Promise<void>): Execution {
  const run = async (): Promise<number> => {
    const rotation = new Rotation(tasks);
    await rotate(rotation);
    return rotation.finish();
  };
  return teardown === undefined ? { run } : { run, teardown };
}
