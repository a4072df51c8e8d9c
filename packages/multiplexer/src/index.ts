/** @heddle/multiplexer: many coroutines on one thread, with pluggable queue policies. */

// -- the executor --
export { Multiplexer, type Budget, type MultiplexerOptions } from './multiplexer.ts';
export type { StallOptions, StallReport } from './stall-watch.ts';

// -- timers --
export { TimerClock } from './timer-clock.ts';

// -- queue policies --
export { edf } from './policies/edf.ts';
export { fair, type FairOptions } from './policies/fair.ts';
export { fifo } from './policies/fifo.ts';
export { lifo } from './policies/lifo.ts';
export { priority, type PriorityOptions } from './policies/priority.ts';
export { random } from './policies/random.ts';
export type { PolicyContext, PolicyFactory, QueuedTask, QueuePolicy } from './policies/queue-policy.ts';
