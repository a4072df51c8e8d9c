/**
 * Unbalanced tree search: counts the nodes of a tree of which nobody knows the shape beforehand. A node's hash decides how many children
 * it has, so sizes of sub-trees differ wildly, and no division in advance is fair. A task for each node.
 *
 * The tree is geometric with a fixed branching factor, as T1 of the benchmark. Its hash is the finalizer of MurmurHash3 and not SHA-1:
 * less work in each node, so more of the time is scheduling.
 *
 * @see S. Olivier et al., "UTS: An Unbalanced Tree Search Benchmark", LCPC 2006
 */

import { spawn, task, type Coroutine, type TaskHandle } from '@heddle/core';

/** The mean number of children, as in T1. */
const BRANCHING = 4;
/** No node has more children, as in the benchmark. */
const MAX_CHILDREN = 100;
/** The quotient of the geometric distribution with that mean. */
const LOG_QUOTIENT = Math.log(BRANCHING / (1 + BRANCHING));
const HASHES = 2 ** 32;

/**
 * Counts the nodes of a sub-tree, its root included.
 *
 * @param hash of the root, an integer of 32 bits
 * @param levels below the root
 */
export const search = task(import.meta, 'search', function* (hash: number, levels: number): Coroutine<number> {
  const children = levels === 0 ? 0 : childrenOf(hash);
  if (children === 0) return 1;
  const handles: TaskHandle<number>[] = [];
  for (let child = 0; child < children; child++) handles.push(yield* spawn(search(hashOf(hash, child), levels - 1)));
  let nodes = 1;
  for (const handle of handles) nodes += yield* handle;
  return nodes;
});

/** Counts the same nodes by plain recursion. */
export function countNodes(hash: number, levels: number): number {
  const children = levels === 0 ? 0 : childrenOf(hash);
  let nodes = 1;
  for (let child = 0; child < children; child++) nodes += countNodes(hashOf(hash, child), levels - 1);
  return nodes;
}

function childrenOf(hash: number): number {
  return Math.min(MAX_CHILDREN, Math.floor(Math.log(1 - hash / HASHES) / LOG_QUOTIENT));
}

/** The hash of a node's child. */
function hashOf(hash: number, child: number): number {
  let bits = (hash + Math.imul(child + 1, 0x9e3779b9)) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}
