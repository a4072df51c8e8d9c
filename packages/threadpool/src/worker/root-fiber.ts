/** A call that came to this thread from elsewhere. The calls that its own tasks spawn are plain fibers below one of these. */

import { Fiber, type TaskCall } from '@heddle/core/engine';
import { closeInputs, hasRemoteInputs, RemoteInput } from '../input-ports.ts';
import type { StreamName } from '../protocol.ts';

export abstract class RootFiber extends Fiber {
  /** The incarnation of the thread whose item it is, or that lent it. */
  abstract readonly ownerIncarnation: number;
  /** The number of the item, or of the loan. */
  abstract readonly number: number;
  /** Tells the other side that the call begins. @returns false if something is to be done first; then it has not begun */
  abstract begin(): boolean;
  /** The first step of a call with `timeoutMs` begins: whoever sent it watches its time too, because this thread may get stuck. */
  protected abstract tellStarted(): void;

  /** The call, or one below it, has written something. @returns whether there is anyone to tell of it */
  abstract tellOutput(stream: StreamName, text: string): boolean;

  /** How many calls from elsewhere this thread had chosen to begin by then, this one included. */
  turn = 0;
  /** Inputs among its arguments; `null` where there are none. */
  #inputs: readonly RemoteInput[] | null = null;

  override settle(hasFailed: boolean, outcome: unknown): void {
    // It may never have begun, and still have them.
    if (hasRemoteInputs()) closeInputs(this.#inputs ?? this.call?.args ?? []);
    super.settle(hasFailed, outcome);
  }

  /** So many of the values that the call has emitted were read. */
  taken(count: number): void {
    for (let i = 0; i < count; i++) this.emitter.taken();
  }

  override start(): TaskCall {
    const call = super.start();
    if (hasRemoteInputs()) this.#inputs = call.args.filter((argument) => argument instanceof RemoteInput);
    if (this.options?.timeoutMs !== undefined) this.tellStarted();
    return call;
  }
}
