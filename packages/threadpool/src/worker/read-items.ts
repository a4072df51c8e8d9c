/** Reads the calls of a Run message; the layout is in `protocol.ts`. */

import type { PortableOptions } from '../protocol.ts';
import type { Layout } from './arrived-run.ts';

/** Takes a call as it travels: where it stands in the batch, the index that the pool gave its task, its options and arguments. */
export type TakeItem = (index: number, task: number, options: PortableOptions | undefined, args: readonly unknown[]) => void;

/** Where the number of calls stands. */
const SIZE_AT = 4;

/** How many calls the message carries. */
export function sizeOf(message: readonly unknown[]): number {
  return message[SIZE_AT] as number;
}

/** The index of the task that all calls of the message are of; -1 if they are of several, or differ otherwise. */
export function onlyTaskOf(message: readonly unknown[]): number {
  const [task, , , count] = message.slice(SIZE_AT + 1, SIZE_AT + 5);
  return count === message[SIZE_AT] ? (task as number) : -1;
}

/** Where the arguments of each call stand, if all calls of the message are alike and have no options; else `null`. */
export function layoutOf(message: readonly unknown[]): Layout | null {
  const [, argc, hasOptions, count] = message.slice(SIZE_AT + 1, SIZE_AT + 5);
  return count === message[SIZE_AT] && hasOptions === 0 ? { firstAt: SIZE_AT + 5, argc: argc as number } : null;
}

/** Hands each call of the message to `take`, in order. */
export function readItems(message: readonly unknown[], take: TakeItem): void {
  let index = 0;
  for (let at = SIZE_AT + 1; at < message.length; ) {
    const task = message[at++] as number;
    const argc = message[at++] as number;
    const hasOptions = message[at++] !== 0;
    const end = index + (message[at++] as number);
    while (index < end) {
      const options = hasOptions ? (message[at++] as PortableOptions) : undefined;
      take(index++, task, options, message.slice(at, (at += argc)));
    }
  }
}
