/** The ES module of each thread: Piscina's one task leaves an agent behind, which then works on a port of its own. */

import type { Attachment } from './protocol.ts';
import { Agent } from './worker/agent.ts';

/** Starts the agent of this thread. */
export function attach({ port, config }: Attachment): void {
  new Agent(port, config).listen();
}
