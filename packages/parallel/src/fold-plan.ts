import type { Plan } from './on-executor.ts';
import { Payload } from './payload.ts';
import { alignedSize, type TreeNode } from './reduction-tree.ts';
import { FoldChunk, type Combine } from './shipments/fold-chunk.ts';
import type { Shipment } from './shipments/shipment.ts';

/** Has chunks combine what they hold, and collects the parts of the tree that come of it. */
export class FoldPlan implements Plan<unknown> {
  readonly #combine: Combine;
  readonly #nodes: TreeNode[] = [];

  constructor(combine: Combine) {
    this.#combine = combine;
  }

  fit(size: number, start: number): number {
    return alignedSize(size, start);
  }

  *shipments(start: number, items: readonly unknown[]): Iterable<Shipment> {
    let first = 0;
    let payload = new Payload();
    for (const [n, item] of items.entries()) {
      payload.add(item);
      if (!payload.isFull || n === items.length - 1) continue;
      yield new FoldChunk(start + first, items.slice(first, n + 1), this.#combine);
      first = n + 1;
      payload = new Payload();
    }
    yield new FoldChunk(start + first, items.slice(first), this.#combine);
  }

  deliver(_start: number, values: ArrayLike<unknown>): void {
    this.#nodes.push(...Array.from(values as ArrayLike<TreeNode>));
  }

  /** What has been combined so far, in the order of the items. */
  nodes(): TreeNode[] {
    return this.#nodes.toSorted((left, right) => left.start - right.start);
  }
}
