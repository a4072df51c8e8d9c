/** A batch as the agent sees it: its fibers, and how many of them still want the thread. */

import type { Agent } from './agent.ts';
import type { ItemFiber } from './item-fiber.ts';

export class AgentBatch {
  readonly id: number;
  readonly agent: Agent;
  readonly traceIds: readonly string[] | undefined;
  /** By index; `null` once ended. Items of which the task is still being loaded are `null` too. */
  readonly fibers: (ItemFiber | null)[];
  /** Items that have not ended. */
  remaining: number;
  /** Cancellations that arrived while their item was being loaded. */
  cancelledEarly: Map<number, unknown> | null = null;
  isRetired = false;

  constructor(id: number, agent: Agent, size: number, traceIds: readonly string[] | undefined) {
    this.id = id;
    this.agent = agent;
    this.traceIds = traceIds;
    this.fibers = Array.from({ length: size }, () => null);
    this.remaining = size;
  }
}
