import { findTask, loadTask, until, type Call, type Coroutine } from '@heddle/core';

/** Makes calls of a task of which the types are not known here. */
// oxlint-disable-next-line typescript/no-explicit-any -- whoever made the original call has checked the arguments
export type AnyTask = (...args: any[]) => Call<unknown>;

/** Gives the task of this id, importing its module when this thread has not. */
export function* findOrLoad(id: string): Coroutine<AnyTask> {
  const definition = findTask(id) ?? (yield* until(() => loadTask(id)));
  return definition.task;
}
