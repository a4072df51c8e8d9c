/** Snapshots of who waits for whom. */

import type { WaitGraph, WaitGraphNode } from '../executor.ts';
import { treeOf, waitsOutside } from './deadlock/awaited.ts';
import { nodeOf } from './deadlock/report.ts';
import type { Fiber } from './fiber.ts';

/** Returns the wait-for graph of `roots` and all that descend from them. */
export function waitGraphOf(roots: Iterable<Fiber>): WaitGraph {
  const tasks: WaitGraphNode[] = [];
  const suspects: string[] = [];
  for (const root of roots) {
    const { host } = root;
    for (const fiber of treeOf(root)) {
      tasks.push(nodeOf(fiber));
      if (fiber.waitingFor?.isTimed !== true && waitsOutside(fiber, (other) => other === host)) suspects.push(fiber.id);
    }
  }
  return { tasks, suspects };
}
