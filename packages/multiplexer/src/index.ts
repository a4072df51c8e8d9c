/** @heddle/multiplexer: many coroutines on one thread, with pluggable queue policies. */

// ── the executor ──
export { Multiplexer, type Budget, type MultiplexerOptions } from './multiplexer.ts';
export type { StallOptions, StallReport } from './stall-watch.ts';

// ── queue policies ──
export { fifo } from './policies/fifo.ts';
export { lifo } from './policies/lifo.ts';
export { priority, type PriorityOptions } from './policies/priority.ts';
export type { PolicyContext, PolicyFactory, QueuedTask, QueuePolicy } from './policies/queue-policy.ts';
