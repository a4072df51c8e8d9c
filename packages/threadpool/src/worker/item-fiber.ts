/** A call that the pool sent, as a fiber that knows where its outcome belongs. */

import type { TraceEventType } from '@heddle/core';
import type { TaskCall, Host, OnTaken } from '@heddle/core/engine';
import type { PortableOptions, StreamName } from '../protocol.ts';
import type { AgentBatch } from './agent-batch.ts';
import { RootFiber } from './root-fiber.ts';

export class ItemFiber extends RootFiber {
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

  get ownerIncarnation(): number {
    return this.batch.agent.incarnation;
  }

  get number(): number {
    return this.batch.numberOf(this.index);
  }

  begin(): boolean {
    return this.batch.begin(this.index);
  }

  protected tellStarted(): void {
    this.batch.agent.tellStarted(this);
  }

  tellOutput(stream: StreamName, text: string): boolean {
    this.batch.agent.tellOutput(this, stream, text);
    return true;
  }

  override reportProgress(value: unknown, onTaken: OnTaken | null = null): void {
    super.reportProgress(value);
    this.batch.agent.tellProgress(this, value, onTaken !== null);
  }

  override trace(type: TraceEventType, detail?: string): void {
    // What happens to it before its first step, the pool tells.
    if (this.hasStarted) super.trace(type, detail);
  }
}
