/** @heddle/core: the task protocol, and the simplest executor that keeps it. What executors are built of is in `@heddle/core/engine`. */

// -- tasks and calls --
export { task, type ModuleMeta, type StreamTask, type Task, type TaskOptions, type TaskBody } from './task.ts';
export { finish, machine, type Finished, type Machine, type MachineStep } from './machine.ts';
export { isCall, type Call } from './call.ts';
export type { Awaitable, AwaitedResults, Coroutine, Operation, Suspend } from './coroutine.ts';
export type { CallOptions } from './options.ts';
export { findTask } from './registry.ts';
export { loadTask } from './load-task.ts';
export { moved } from './moved.ts';
export { input } from './input.ts';
export { ref, type Ref } from './ref.ts';

// -- operations, for use inside tasks --
export { spawn } from './operations/spawn.ts';
export { all } from './operations/all.ts';
export { join } from './operations/join.ts';
export { allSettled, type Outcomes } from './operations/all-settled.ts';
export { any, race, type Tagged, type TaggedItem, type Winner } from './operations/race.ts';
export { group, type GroupOptions, type TaskGroup } from './operations/group.ts';
export { deadline, timeout } from './operations/timeout.ts';
export { shield } from './operations/shield.ts';
export { use } from './operations/use.ts';
export { on } from './operations/on.ts';
export { emit } from './operations/emit.ts';
export { each, type Cursor } from './operations/each.ts';
export { sleep } from './operations/sleep.ts';
export { until } from './operations/until.ts';
export { yieldNow } from './operations/yield-now.ts';
export { current, type TaskContext } from './current.ts';
export { carry, type CarriedStorage } from './carry.ts';
export { TaskLocal, type TaskLocalOptions } from './task-local.ts';

// -- synchronisation --
export { Barrier, type BarrierStatistics } from './sync/barrier.ts';
export { Channel, type ChannelStatistics } from './sync/channel.ts';
export { Condition, type ConditionStatistics } from './sync/condition.ts';
export { Event, type EventStatistics } from './sync/event.ts';
export { Latch, type LatchStatistics } from './sync/latch.ts';
export { Mutex, type MutexStatistics } from './sync/mutex.ts';
export { Once, type OnceStatistics } from './sync/once.ts';
export { RateLimiter, type RateLimiterOptions, type RateLimiterStatistics } from './sync/rate-limiter.ts';
export { RwLock, type RwLockStatistics } from './sync/rw-lock.ts';
export { Semaphore, type SemaphoreStatistics } from './sync/semaphore.ts';
export type { LockGuard } from './sync/lock-guard.ts';
export type { ScopedBody } from './sync/scoped.ts';
export type { SyncOptions } from './sync/sync-options.ts';

// -- executors --
export type {
  CloseOptions,
  Executor,
  ExecutorStats,
  Outcome,
  TaskHandle,
  TaskState,
  WaitGraph,
  WaitGraphNode,
} from './executor.ts';
export { InlineExecutor, type InlineExecutorOptions } from './inline-executor.ts';
export { stream, type Sink, type StreamOptions, type TaskStream } from './stream.ts';
export type { Emits } from './stream-call.ts';
export { systemClock, type CancelTimer, type Clock } from './clock.ts';

// -- observation --
export { TraceRecorder, type TraceEvent, type TraceEventType, type TraceSink } from './trace/events.ts';
export { TASK_CHANNEL } from './trace/task-channel.ts';
export { renderTable, type TableOptions } from './trace/table.ts';
export { renderRows, type TableForm, type TableRow } from './trace/article-form.ts';
export { renderPerfetto, type PerfettoOptions } from './trace/perfetto.ts';
export { renderTimeline, type TimelineOptions } from './trace/timeline.ts';

// -- errors --
export { registerErrorClass, type ErrorClass } from './error-classes.ts';
export {
  BrokenBarrierError,
  CancelledError,
  ChannelClosedError,
  DeadlockError,
  ExecutorClosedError,
  HeddleError,
  InternalError,
  isCancelled,
  NotPortableError,
  QueueFullError,
  RemoteError,
  SerializationError,
  TaskMismatchError,
  TaskNotFoundError,
  TaskTimeoutError,
  WorkerLostError,
  type LostTask,
  type TimeoutPhase,
  type WorkerLostOptions,
} from './errors.ts';
