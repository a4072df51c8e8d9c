/** Which of the things that a mapper returns travel together. */

import { isCall, type Call, type CallOptions } from '@heddle/core';
import { isThenable } from './awaitable.ts';
import { withIndex } from './item-error.ts';
import type { Plan } from './on-executor.ts';
import { Payload } from './payload.ts';
import { LocalChunk } from './shipments/local-chunk.ts';
import { LoneCall } from './shipments/lone-call.ts';
import { PortableChunk } from './shipments/portable-chunk.ts';
import type { Shipment } from './shipments/shipment.ts';

export interface CallPlanOptions<T> {
  readonly mapper: (item: T, index: number) => unknown;
  readonly deliver: (index: number, value: unknown) => void;
  /** Whether anybody wants the values. @default true */
  readonly keepsValues?: boolean;
  /** Whether errors get the `index` of their item. @default true */
  readonly namesIndex?: boolean;
}

type Kind = 'portable' | 'local';

export class CallPlan<T> implements Plan<T> {
  readonly #mapper: CallPlanOptions<T>['mapper'];
  readonly #deliver: CallPlanOptions<T>['deliver'];
  readonly #keepsValues: boolean;
  readonly #namesIndex: boolean;

  constructor({ mapper, deliver, keepsValues = true, namesIndex = true }: CallPlanOptions<T>) {
    this.#mapper = mapper;
    this.#deliver = deliver;
    this.#keepsValues = keepsValues;
    this.#namesIndex = namesIndex;
  }

  fit(size: number): number {
    return size;
  }

  /** Calls the mapper no earlier than its item is to be sent: a promise that it returns is under way from then on. */
  *shipments(start: number, items: readonly T[]): Iterable<Shipment> {
    let gathered: unknown[] = [];
    let kind: Kind = 'portable';
    let payload = new Payload();
    for (const [n, item] of items.entries()) {
      const index = start + n;
      const made = this.#map(item, index);
      const isAlone = mustTravelAlone(made);
      const itsKind: Kind = isCall(made) && made.task.portable ? 'portable' : 'local';
      if (gathered.length > 0 && (isAlone || itsKind !== kind || payload.isFull)) {
        yield this.#chunk(kind, index - gathered.length, gathered);
        gathered = [];
        payload = new Payload();
      }
      if (isAlone) {
        yield isCall(made) ? new LoneCall(index, made, this.#namesIndex) : this.#chunk('local', index, [made]);
      } else {
        gathered.push(made);
        kind = itsKind;
        if (isCall(made)) for (const argument of made.args) payload.add(argument);
      }
    }
    if (gathered.length > 0) yield this.#chunk(kind, start + items.length - gathered.length, gathered);
  }

  #map(item: T, index: number): unknown {
    try {
      return this.#mapper(item, index);
    } catch (error) {
      throw withIndex(error, index);
    }
  }

  #chunk(kind: Kind, start: number, gathered: readonly unknown[]): Shipment {
    if (kind === 'local') return new LocalChunk(start, gathered, this.#namesIndex, this.#keepsValues);
    return new PortableChunk(start, gathered as readonly Call<unknown>[], this.#namesIndex, this.#keepsValues);
  }

  deliver(start: number, values: ArrayLike<unknown>): void {
    for (let n = 0; n < values.length; n++) this.#deliver(start + n, values[n]);
  }
}

/** Promises are under way already, so each counts by itself; calls with options for the executor need it to see them. */
function mustTravelAlone(made: unknown): boolean {
  return isCall(made) ? hasExecutorOptions(made.options) : isThenable(made);
}

function hasExecutorOptions(options: CallOptions | undefined): boolean {
  if (options === undefined) return false;
  const { signal, queueTimeoutMs, priority, key, transfer } = options;
  return [signal, queueTimeoutMs, priority, key, transfer].some((option) => option !== undefined);
}
