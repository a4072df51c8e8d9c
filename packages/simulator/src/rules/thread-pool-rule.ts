/** The article's thread pool ("Putting it all together"), in the two ways in which the article can be read. */

import { describe } from '@heddle/core/engine';
import { isEnd, type RuleTask, type SchedulingRule, type SchedulingRuleFactory, type Visit } from './scheduling-rule.ts';

/** How the article's thread pool queues an awaited task: as its table shows, or as its text says. */
export type ThreadPoolReading = 'as printed' | 'literal FIFO';

const READINGS: readonly ThreadPoolReading[] = ['as printed', 'literal FIFO'];

/**
 * The article's thread pool: each thread takes the first task from the queue, ready or not.
 *
 * @param reading `as printed`: an awaited task goes to the front, the awaiting one to the back, from which alone the queue column
 * of the article's table follows; `literal FIFO`: both go to the back, the awaited one first, which is what the article's text
 * says. A task that is not ready goes to the back under both.
 * @throws {RangeError} when `reading` is neither
 * @see the article's second table, which {@link articleThreadPool} reproduces
 */
export function threadPoolRule(reading: ThreadPoolReading): SchedulingRuleFactory {
  if (!READINGS.includes(reading)) throw new RangeError(`Expected the thread pool's rule to be 'as printed' or 'literal FIFO', got ${describe(reading)}`);
  return <T extends RuleTask>() => new ThreadPoolRule<T>(reading);
}

class ThreadPoolRule<T extends RuleTask> implements SchedulingRule<T> {
  readonly name: string;
  readonly #awaitedFirst: boolean;
  readonly #queue: T[] = [];

  constructor(reading: ThreadPoolReading) {
    this.name = `thread pool, ${reading}`;
    this.#awaitedFirst = reading === 'as printed';
  }

  add(task: T): void {
    this.#queue.push(task);
  }

  wake(): void {
    // It is in the queue, or held by a thread: a coming visit finds it ready.
  }

  take(): T | undefined {
    return this.#queue.shift();
  }

  visited({ task, event, awaited, spawned }: Visit<T>): void {
    if (isEnd(event)) return;
    // Awaited tasks that were queued earlier keep their place: the article pushes a task when it is first awaited.
    if (this.#awaitedFirst) this.#moveToFront(awaited.filter((each) => spawned.includes(each)));
    this.#queue.push(task);
  }

  #moveToFront(tasks: readonly T[]): void {
    // Another thread may have taken one meanwhile, while the awaiting task did its work.
    const queued = tasks.filter((task) => this.remove(task));
    this.#queue.unshift(...queued);
  }

  remove(task: T): boolean {
    const index = this.#queue.indexOf(task);
    if (index < 0) return false;
    this.#queue.splice(index, 1);
    return true;
  }

  queue(): readonly T[] {
    return this.#queue;
  }
}
