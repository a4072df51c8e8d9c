/** Reads the calls of a Run message; the layout is in `protocol.ts`. */

import type { PortableOptions } from '../protocol.ts';

/** A call as it travels. */
export interface Item {
  /** The index that the pool gave the task. */
  readonly task: number;
  readonly options: PortableOptions | undefined;
  readonly args: readonly unknown[];
}

/** Where the first call begins. */
const HEADER = 3;

export function readItems(message: readonly unknown[]): Item[] {
  const items: Item[] = [];
  for (let at = HEADER; at < message.length; ) {
    const options = message[at + 1];
    const firstArg = at + 3;
    const end = firstArg + (message[at + 2] as number);
    items.push({
      task: message[at] as number,
      options: options === 0 ? undefined : (options as PortableOptions),
      args: message.slice(firstArg, end),
    });
    at = end;
  }
  return items;
}
