/** @heddle/threadpool: runs portable tasks on worker threads. */

export { ThreadPool, type ThreadPoolOptions } from './thread-pool.ts';
