/** A hook of the pool as it runs on this thread: belongs to no batch, and nobody but the agent is told of its outcome. */

import { RootFiber } from './root-fiber.ts';

export class HookFiber extends RootFiber {
  /** No thread has this incarnation: whoever looks at the board finds the thread stepping nothing that was sent to it. */
  readonly ownerIncarnation = -1;
  readonly number = 0;

  begin(): boolean {
    return true;
  }

  protected tellStarted(): void {}

  tellOutput(): boolean {
    return false;
  }
}
