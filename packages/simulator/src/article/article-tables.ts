/** The article's two tables, computed: each function runs the article's four tasks on virtual threads and returns what happened. */

import { multiplexerRule } from '../rules/multiplexer-rule.ts';
import { threadPoolRule, type ThreadPoolReading } from '../rules/thread-pool-rule.ts';
import { simulate, type Schedule } from '../schedule.ts';
import { articleTasks } from './article-tasks.ts';

/** Runs the article's tasks on its single-thread multiplexer: 4 iterations, 10 pseudo-instructions. */
export function articleMultiplexer(): Promise<Schedule<number>> {
  return simulate(articleTasks.main(), { rule: multiplexerRule() });
}

export interface ArticleThreadPoolOptions {
  /** How the article's rules are read: as its table is printed, or as its text says. @default 'as printed' */
  readonly rule?: ThreadPoolReading | undefined;
  /** How many virtual threads, 1 or more. @default 2 */
  readonly threads?: number | undefined;
}

/**
 * Runs the article's tasks on its thread pool: with two threads 10 pseudo-instructions, 5 a thread.
 *
 * @remarks Under `as printed` every row is the article's but the label of the sixth, which it prints as "B not ready". Its own queue
 * column shows that the task taken there was A (the queue before is `[A, B, main]`, after it `[B, main, A]`), so this one says "A not
 * ready". Under `literal FIFO` the rows come in another order, and are 10 too.
 */
export function articleThreadPool(options: ArticleThreadPoolOptions = {}): Promise<Schedule<number>> {
  const { rule = 'as printed', threads = 2 } = options;
  return simulate(articleTasks.main(), { rule: threadPoolRule(rule), threads });
}
