/**
 * A walk over a tree of directories: a task for each of them, which looks at every file in it, synchronously. Many directories side by
 * side are divided by halves, so that whoever steals gets half of them and need not come back for each.
 */

import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawn, task, type Coroutine } from '@heddle/core';

/** Gives the bytes of all files under some directories. Links are not followed. */
export const walk = task(import.meta, 'walk', function* (directories: readonly string[]): Coroutine<number> {
  const [directory] = directories;
  if (directory === undefined) return 0;
  if (directories.length === 1) {
    const { bytes, inner } = look(directory);
    return bytes + (yield* walk(inner));
  }
  const half = directories.length >> 1;
  const first = yield* spawn(walk(directories.slice(0, half)));
  const second = yield* walk(directories.slice(half));
  return (yield* first) + second;
});

/** Gives the same by plain recursion. */
export function bytesUnder(directory: string): number {
  const { bytes, inner } = look(directory);
  return inner.reduce((sum, each) => sum + bytesUnder(each), bytes);
}

/** The bytes of a directory's own files, and the directories in it. */
function look(directory: string): { readonly bytes: number; readonly inner: readonly string[] } {
  const inner: string[] = [];
  let bytes = 0;
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) inner.push(path);
    else bytes += lstatSync(path).size;
  }
  return { bytes, inner };
}
