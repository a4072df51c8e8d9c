/** The article's single-thread multiplexer ("Concurrency without Parallelism"). */

import { isEnd, type RuleTask, type SchedulingRule, type SchedulingRuleFactory, type Visit } from './scheduling-rule.ts';

/**
 * The article's single-thread multiplexer: iterates over the queue and visits each task in order, ready or not. A task that
 * awaits keeps its place; what it awaits is appended, and visited within the same iteration; a task that has ended is removed.
 *
 * @see the article's first table, which {@link articleMultiplexer} reproduces
 */
export function multiplexerRule(): SchedulingRuleFactory {
  return <T extends RuleTask>() => new MultiplexerRule<T>();
}

class MultiplexerRule<T extends RuleTask> implements SchedulingRule<T> {
  readonly name = 'multiplexer';
  readonly maxThreads = 1;
  iteration = 0;
  readonly #queue: T[] = [];
  /** The place of the task that is visited next, or is being visited. */
  #cursor = Infinity;

  add(task: T): void {
    this.#queue.push(task);
  }

  wake(): void {
    // It never left the queue: a coming visit finds it ready.
  }

  take(): T | undefined {
    if (this.#cursor >= this.#queue.length) {
      this.#cursor = 0;
      this.iteration++;
    }
    return this.#queue[this.#cursor];
  }

  visited({ task, event }: Visit<T>): void {
    if (isEnd(event)) this.remove(task);
    else this.#cursor++;
  }

  remove(task: T): void {
    const index = this.#queue.indexOf(task);
    if (index < 0) return;
    this.#queue.splice(index, 1);
    if (index < this.#cursor) this.#cursor--;
  }

  queue(): readonly T[] {
    return this.#queue;
  }
}
