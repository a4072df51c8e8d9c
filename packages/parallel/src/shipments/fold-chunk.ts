/** Neighbouring items on their way to being combined with one another. */

import { task, type Call, type Coroutine } from '@heddle/core';
import { splitTaskId } from '@heddle/core/engine';
import { awaitAny } from '../awaitable.ts';
import { Stopwatch, type ChunkReport } from '../chunk-report.ts';
import { withIndex } from '../item-error.ts';
import { pack } from '../payload.ts';
import { areSiblings, parentOf, type TreeNode } from '../reduction-tree.ts';
import { findOrLoad } from './find-or-load.ts';
import { explainNotPortable } from './local-chunk.ts';
import type { Shipment } from './shipment.ts';

/** Combines two neighbouring parts: gives what to await. */
export type Combine = (left: unknown, right: unknown) => unknown;

/** A {@link Combine} that is a portable task, and so can be found from any thread. */
type PortableCombine = Combine & { readonly id: string; readonly portable: true };

function isPortableCombine(combine: Combine): combine is PortableCombine {
  const { id, portable } = combine as Partial<PortableCombine>;
  return typeof id === 'string' && portable === true;
}

/** Combines items by a portable task. */
const foldChunk = task(import.meta, 'foldChunk', function* (id: string, start: number, items: ArrayLike<unknown>): Coroutine<ChunkReport> {
  return yield* foldItems(start, items, yield* findOrLoad(id));
});

const foldLocalChunk = task(function* localFold(start: number, items: ArrayLike<unknown>, combine: Combine) {
  return yield* foldItems(start, items, combine);
});

/** Combines what siblings there are among the items. The report's values are the nodes that come of it. */
function* foldItems(start: number, items: ArrayLike<unknown>, combine: Combine): Coroutine<ChunkReport> {
  const stopwatch = new Stopwatch();
  const nodes: TreeNode[] = [];
  let count = 0;
  do {
    let node: TreeNode = { start: start + count, level: 0, value: items[count] };
    for (let left = nodes.at(-1); left !== undefined && areSiblings(left, node); left = nodes.at(-1)) {
      nodes.pop();
      try {
        node = parentOf(left, yield* awaitAny(combine(left.value, node.value)));
      } catch (error) {
        throw withIndex(error, start + count);
      }
    }
    nodes.push(node);
    count++;
  } while (count < items.length && !stopwatch.isOver(count));
  return stopwatch.report(count, nodes);
}

export class FoldChunk implements Shipment {
  readonly start: number;
  readonly #items: readonly unknown[];
  readonly #combine: Combine;

  constructor(start: number, items: readonly unknown[], combine: Combine) {
    this.start = start;
    this.#items = items;
    this.#combine = combine;
  }

  get length(): number {
    return this.#items.length;
  }

  toCall(): Call<unknown> {
    if (!isPortableCombine(this.#combine)) return foldLocalChunk(this.start, this.#items, this.#combine);
    const { id } = this.#combine;
    return foldChunk(id, this.start, pack(this.#items)).with({ name: `${splitTaskId(id).name} x${this.length}` });
  }

  toReport(result: unknown): ChunkReport {
    return result as ChunkReport;
  }

  toError(error: unknown): unknown {
    return explainNotPortable(error, 'the reducer to be a portable task, such as task(import.meta, \'add\', (a, b) => a + b)', this.#combine);
  }

  slice(from: number, to: number): Shipment {
    return new FoldChunk(this.start + from, this.#items.slice(from, to), this.#combine);
  }
}
