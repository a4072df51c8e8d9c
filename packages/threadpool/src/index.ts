/** @heddle/threadpool: runs portable tasks on worker threads. */

export { ThreadPool } from './thread-pool.ts';
export type { WhenFull } from './main/admission.ts';
export type { ThreadPoolOptions } from './main/pool-options.ts';
