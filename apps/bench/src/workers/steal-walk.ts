/** A walk over a tree of directories: a task for each of them, which looks at every file in it, synchronously. */

import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawn, task, type Coroutine, type TaskHandle } from '@heddle/core';

/** Gives the bytes of all files under a directory. Links are not followed. */
export const walk = task(import.meta, 'walk', function* (directory: string): Coroutine<number> {
  const handles: TaskHandle<number>[] = [];
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) handles.push(yield* spawn(walk(path)));
    else bytes += lstatSync(path).size;
  }
  for (const handle of handles) bytes += yield* handle;
  return bytes;
});

/** Gives the same by plain recursion. */
export function bytesUnder(directory: string): number {
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    bytes += entry.isDirectory() ? bytesUnder(path) : lstatSync(path).size;
  }
  return bytes;
}
