/** Turns of the host's event loop: the one place that knows which host offers which way to get one. */

/** The parts of a host that are used here, each of which may be missing. */
export interface HostGlobals {
  readonly setImmediate?: ((callback: () => void) => unknown) | undefined;
  readonly MessageChannel?: (new () => HostMessageChannel) | undefined;
  readonly setTimeout: (callback: () => void, delayMs: number) => unknown;
}

interface HostMessageChannel {
  readonly port1: { onmessage: (() => void) | null; close(): void };
  readonly port2: { postMessage(message: null): void };
}

/** A way to go on after the event loop has had its turn. */
export interface EventLoopTurns {
  /** Calls the callback once, in a turn of its own: timers, I/O and rendering come in between. Keeps the process alive until then. */
  request(): void;
  /** Frees what the host holds. No `request` may follow or be under way. */
  release(): void;
}

/**
 * Returns the best way that the host has to call `callback` in a turn of its own.
 *
 * `setImmediate` (Node) holds the process only while a turn is asked for. Browsers have `MessageChannel`, which unlike
 * `setTimeout` is not held back to 4 ms a turn.
 */
export function eventLoopTurns(callback: () => void, host: HostGlobals = globalThis as unknown as HostGlobals): EventLoopTurns {
  const { setImmediate, MessageChannel, setTimeout } = host;
  if (setImmediate !== undefined) return { request: () => void setImmediate(callback), release: () => {} };
  if (MessageChannel !== undefined) return new ChannelTurns(callback, MessageChannel);
  return { request: () => void setTimeout(callback, 0), release: () => {} };
}

class ChannelTurns implements EventLoopTurns {
  readonly #callback: () => void;
  readonly #MessageChannel: new () => HostMessageChannel;
  /** Made on first use: most executors are small and never fill a slice. */
  #channel: HostMessageChannel | null = null;

  constructor(callback: () => void, MessageChannel: new () => HostMessageChannel) {
    this.#callback = callback;
    this.#MessageChannel = MessageChannel;
  }

  request(): void {
    if (this.#channel === null) {
      this.#channel = new this.#MessageChannel();
      this.#channel.port1.onmessage = this.#callback;
    }
    this.#channel.port2.postMessage(null);
  }

  release(): void {
    this.#channel?.port1.close();
    this.#channel = null;
  }
}
