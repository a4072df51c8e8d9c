/** A hook of the pool as it runs on this thread: belongs to no batch, and nobody but the agent is told of it. */

import type { Host, TaskCall } from '@heddle/core/engine';
import type { PortableOptions } from '../protocol.ts';
import { RootFiber } from './root-fiber.ts';

export class HookFiber extends RootFiber {
  /** No thread has this incarnation: whoever looks at the board finds the thread stepping nothing that was sent to it. */
  readonly ownerIncarnation = -1;
  readonly number = 0;
  readonly #started: () => void;

  /** @param started told when the first step begins, if the hook has a time limit */
  constructor(host: Host, call: TaskCall, options: PortableOptions | undefined, started: () => void) {
    super(host, call, options, null);
    this.#started = started;
  }

  begin(): boolean {
    return true;
  }

  protected tellStarted(): void {
    this.#started();
  }

  tellOutput(): boolean {
    return false;
  }
}
