/**
 * The fixed shape in which a reduction combines its items, so that the result depends on nothing but the items: not on how
 * they were cut into chunks, nor on which chunk was ready first.
 *
 * The shape is the complete binary tree over the items' indexes, of which the missing right part is left out: a node of level
 * L covers 2^L neighbouring items, the first of which has a multiple of 2^L as its index. Chunks combine what siblings they
 * hold; what is left is combined in rounds.
 *
 * @see Higham, "The accuracy of floating point summation", 1993, on pairwise summation: sums of floats get more exact this way
 */

/** A part of the tree that has been combined. */
export interface TreeNode {
  /** The index of its first item. */
  readonly start: number;
  readonly level: number;
  readonly value: unknown;
}

/** Whether two neighbouring nodes are the two halves of one. */
export function areSiblings(left: TreeNode, right: TreeNode): boolean {
  return left.level === right.level && (left.start / 2 ** left.level) % 2 === 0;
}

/** Returns the parent of two siblings. */
export function parentOf(left: TreeNode, value: unknown): TreeNode {
  return { start: left.start, level: left.level + 1, value };
}

/** Two siblings to be combined. */
export type Pair = readonly [left: TreeNode, right: TreeNode];

/**
 * Finds what can be combined next among neighbouring nodes that cover all items: at least one pair, unless there is one node only.
 *
 * @returns pairs and single nodes, in order
 */
export function pairUp(nodes: readonly TreeNode[]): (Pair | TreeNode)[] {
  const round: (Pair | TreeNode)[] = [];
  for (let n = 0; n < nodes.length; n++) {
    // Invariant: n is below the length.
    const node = nodes[n]!;
    const next = nodes[n + 1];
    if (next !== undefined && areSiblings(node, next)) {
      round.push([node, next]);
      n++;
    } else {
      round.push(node);
    }
  }
  if (round.length < nodes.length || nodes.length < 2) return round;
  // Without any siblings the levels fall from left to right. The last node has no more items to its right to make it larger:
  // it takes the place of the right half that its neighbour lacks.
  const [left, last] = nodes.slice(-2) as [TreeNode, TreeNode];
  return [...round.slice(0, -2), [left, { ...last, level: left.level }]];
}

/** Returns a number of items from `start` on, at most `size` but at least 1 and if possible 2, that make one node. */
export function alignedSize(size: number, start: number): number {
  const wanted = 2 ** Math.floor(Math.log2(Math.max(2, size)));
  let aligned = 1;
  while (aligned < wanted && start % (aligned * 2) === 0) aligned *= 2;
  return aligned;
}
