/** Where the trace events of one executor go: to its own sink, and to whoever subscribes to the channel. */

import { throwLater } from '../engine/throw-later.ts';
import type { TraceEvent, TraceSink } from './events.ts';
import { taskChannel, type TaskChannel } from './task-channel.ts';

export class TraceOutlet implements TraceSink {
  readonly #sink: TraceSink | null;
  readonly #channel: TaskChannel | null = taskChannel();

  /** @param sink the executor's own, `null` for none */
  constructor(sink: TraceSink | null) {
    this.#sink = sink;
  }

  /** Whom to tell for now: this outlet, or `null` while nobody listens. Asked once a turn, so that an event costs no question. */
  get listener(): TraceSink | null {
    if (this.#sink !== null) return this;
    return this.#channel !== null && this.#channel.hasSubscribers ? this : null;
  }

  /** Never throws. Of a sink that does, the subscribers get the event all the same. */
  event(event: TraceEvent): void {
    try {
      this.#sink?.event(event);
    } catch (error) {
      throwLater(error);
    }
    this.#channel?.publish(event);
  }
}
