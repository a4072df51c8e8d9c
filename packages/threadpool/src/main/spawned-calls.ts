/** Calls that tasks on one thread have spawned and the pool runs elsewhere. When they end, the thread is told. */

import { CallFrame, decodeThrown, TaskDefinition, splitTaskId, type EncodedThrown } from '@heddle/core/engine';
import { findTask, SerializationError } from '@heddle/core';
import type { AgentThread } from './agent-thread.ts';
import type { PoolTask } from './pool-task.ts';
import type { SpawnRequest } from './read-message.ts';

export class SpawnedCalls {
  readonly #thread: AgentThread;
  readonly #tasks = new Map<number, PoolTask>();

  constructor(thread: AgentThread) {
    this.#thread = thread;
  }

  /** Keeps `task` until it ends, and tells the thread then. */
  add(spawnId: number, task: PoolTask): void {
    this.#tasks.set(spawnId, task);
    task.onEnd = (hasFailed, value) => {
      this.#tasks.delete(spawnId);
      if (this.#thread.isLost) return;
      try {
        this.#thread.spawnEnded(spawnId, hasFailed, value);
      } catch (cause) {
        const error = new SerializationError(`The outcome of task ${task.name} cannot be copied to the thread that spawned it`, 'result', { cause });
        this.#thread.spawnEnded(spawnId, true, error);
      }
    };
  }

  cancel(spawnId: number, reason: unknown): void {
    this.#tasks.get(spawnId)?.cancel(decodeThrown(reason as EncodedThrown));
  }

  /** Cancels all: the thread that waited for them is gone. */
  cancelAll(reason: unknown): void {
    for (const task of [...this.#tasks.values()]) task.cancel(reason);
  }
}

/** Makes the call that a request describes. This thread need not have loaded the task's module. */
export function callOf({ taskId, args, options }: SpawnRequest): CallFrame {
  return CallFrame.of(findTask(taskId) ?? absentTask(taskId), args, options);
}

const absentTasks = new Map<string, TaskDefinition>();

function absentTask(taskId: string): TaskDefinition {
  let definition = absentTasks.get(taskId);
  if (definition === undefined) {
    definition = new TaskDefinition(taskId, splitTaskId(taskId).name, () => {}, true, undefined);
    absentTasks.set(taskId, definition);
  }
  return definition;
}
