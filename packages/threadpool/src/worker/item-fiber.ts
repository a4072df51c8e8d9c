/** A call that the pool sent, as a fiber that knows where its outcome belongs. */

import { Fiber, type TaskCall, type Host } from '@heddle/core/engine';
import type { PortableOptions } from '../protocol.ts';
import type { AgentBatch } from './agent-batch.ts';

export class ItemFiber extends Fiber {
  readonly batch: AgentBatch;
  readonly index: number;

  constructor(host: Host, call: TaskCall, options: PortableOptions | undefined, batch: AgentBatch, index: number) {
    super(host, call, options, null);
    this.batch = batch;
    this.index = index;
  }

  /** The id of the handle that the submitter holds, where the pool has told it. */
  override get id(): string {
    return this.batch.traceIds?.[this.index] ?? super.id;
  }

  override reportProgress(value: unknown): void {
    super.reportProgress(value);
    this.batch.agent.sendProgress(this, value);
  }
}
