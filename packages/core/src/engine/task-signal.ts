/**
 * The signals of tasks. Where cancellations come from another thread, code that computes without a pause would keep the event loop
 * from delivering them; so there a signal that is looked at asks its host to look for them first. It is an ordinary AbortSignal
 * otherwise, whoever it is passed to.
 */

import type { Host } from './host.ts';

/** A getter of the platform's, to be called on a signal. */
type Getter = (this: AbortSignal) => unknown;

/** Returns the controller of a signal of a task that `host` runs. */
export function taskController({ pollCancellation }: Pick<Host, 'pollCancellation'>): AbortController {
  const controller = new AbortController();
  if (pollCancellation !== null) pollWhenRead(controller.signal, pollCancellation);
  return controller;
}

/** Own properties, because the platform makes signals only of its own class, and accepts no other. */
function pollWhenRead(signal: AbortSignal, poll: () => void): void {
  const polled = (key: 'aborted' | 'reason'): PropertyDescriptor => {
    const read = getterOf(signal, key);
    return {
      get(this: AbortSignal): unknown {
        poll();
        return read.call(this);
      },
      configurable: true,
    };
  };
  Object.defineProperties(signal, {
    aborted: polled('aborted'),
    reason: polled('reason'),
    throwIfAborted: {
      value: (): void => {
        if (signal.aborted) throw signal.reason;
      },
      configurable: true,
      writable: true,
    },
  });
}

function getterOf(signal: AbortSignal, key: 'aborted' | 'reason'): Getter {
  const { get } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(signal), key) as { get: Getter };
  return get;
}
