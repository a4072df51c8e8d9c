/** Reads the calls of a Run message; the layout is in `protocol.ts`. */

import type { PortableOptions } from '../protocol.ts';

/** Takes a call as it travels: where it stands in the batch, the index that the pool gave its task, its options and arguments. */
export type TakeItem = (index: number, task: number, options: PortableOptions | undefined, args: readonly unknown[]) => void;

/** Where the number of calls stands. */
const SIZE_AT = 4;

/** How many calls the message carries. */
export function sizeOf(message: readonly unknown[]): number {
  return message[SIZE_AT] as number;
}

/** What all calls of a message have in common, where they are alike. */
export interface LikeCalls {
  /** The index that the pool gave their task. */
  readonly task: number;
  /** How many arguments each has. */
  readonly argc: number;
  readonly haveOptions: boolean;
  /** Where what belongs to the first one stands. */
  readonly firstAt: number;
}

/** `null` if they are of several tasks, or differ otherwise. */
export function likeCallsOf(message: readonly unknown[]): LikeCalls | null {
  const firstAt = SIZE_AT + 5;
  const [task, argc, options, count] = message.slice(SIZE_AT + 1, firstAt) as number[];
  return count === message[SIZE_AT] ? { task: task as number, argc: argc as number, haveOptions: options !== 0, firstAt } : null;
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
