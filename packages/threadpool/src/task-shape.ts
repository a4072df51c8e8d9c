/** What can be told of a task's code on both sides without comparing text, which bundlers and minifiers change. */

import { isExportedTaskId, type TaskDefinition } from '@heddle/core/engine';

/** The kind of a task's body and how many parameters it declares, such as `coroutine of 2`; empty where it says nothing. */
export function shapeOf({ id, body, isCoroutine, isAsync, machine }: TaskDefinition): string {
  // The side that calls it by reference does not have the function.
  if (isExportedTaskId(id)) return '';
  const kind = machine !== null ? 'machine' : isCoroutine ? 'coroutine' : isAsync ? 'async function' : 'function';
  return `${kind} of ${body.length}`;
}
