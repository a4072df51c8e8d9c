/** @heddle/threadpool: runs portable tasks on worker threads. */

export { ThreadPool } from './thread-pool.ts';
export type { WhenFull } from './main/admission.ts';
export type { ThreadPoolOptions } from './main/pool-options.ts';
export { ThreadBudget } from './main/thread-budget.ts';
export { sharedQueue, workStealing, type Strategy } from './main/strategy.ts';
export type { RecycleOptions } from './main/recycling.ts';
export type { TaskOutput } from './main/task-output.ts';
export type { ThreadRange } from './main/thread-range.ts';
export type { ThreadPoolStats, ThreadStats } from './main/pool-stats.ts';
export type { TimeDistribution } from './main/log-histogram.ts';
