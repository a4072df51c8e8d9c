/** @heddle/core/engine: what executors are built of. For authors of executors; tasks need nothing from here. */

export { inContextOf } from './engine/carried-context.ts';
export { TaskCall } from './engine/task-call.ts';
export { MOST_WAITING } from './engine/emitter.ts';
export type { OnTaken } from './engine/progress-stream.ts';
export { Fiber, type RemoteRun } from './engine/fiber.ts';
export { Handle, setTaskIdPrefix } from './engine/handle.ts';
export type { Host, TaskCounts } from './engine/host.ts';
export { Inheritance, type Heritage, type Urgency } from './engine/inheritance.ts';
export { LocalExecutor, type LocalExecutorOptions } from './engine/local-executor.ts';
export { Microturn } from './engine/microturn.ts';
export { onAbort } from './engine/signal-hub.ts';
export { seededRandom } from './engine/seeded-random.ts';
export { step } from './engine/step.ts';
export { TimerQueue, type ArmedTimer } from './engine/timers/timer-queue.ts';
export { toCancelledError } from './engine/limits.ts';
export { operation, Waiting, type Suspension, type Wait } from './engine/wait.ts';
export { carriedHere, withCarried, type CarriedValues } from './carry.ts';
export { hasInputs, Input, isInput } from './input.ts';
export { movedParts } from './moved.ts';
export { decodeThrown, encodeThrown, type EncodedThrown } from './error-codec.ts';
export { describe, expectNumber, expectOneOf, mergeCallOptions, validateCallOptions } from './options.ts';
export { isExportedTaskId } from './load-task.ts';
export { isRedefined, splitTaskId, tasksNamed } from './registry.ts';
export { TaskDefinition } from './task.ts';
export { expectTraceSink } from './trace/events.ts';
export { TraceOutlet } from './trace/outlet.ts';
