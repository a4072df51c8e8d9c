/**
 * Finds circles of tasks that wait for one another across threads: a task waits for a call that it has lent, that call for a lock whose
 * holder has lent a call in turn, and so on back to the first. (Waits on one thread are looked at when they begin.)
 *
 * A thread that has had nothing to do for a while, while calls of others are parked on it and its own calls elsewhere, sends a *probe*
 * along each of its waits that leads from one to the other. Whoever receives a probe hands it on along the waits of the call
 * that it names. One that comes back to the call from which it set out has gone round a circle.
 */

import { systemClock } from '@heddle/core';
import { breakCircleAcross, chainsFrom, tellChain, type Chain, type Fiber, type ToldWaits } from '@heddle/core/engine';

/** A probe on its way, as data. */
export interface Probe {
  /** Unique among all threads of a pool. */
  readonly id: string;
  /** The thread that sent it, and the others that it has come through. */
  readonly incarnations: readonly number[];
  /** What waits, from the sender's chain on. */
  readonly told: readonly ToldWaits[];
}

/** A call that was lent to another thread, as probes see it. */
export interface LentCall {
  /** Sends a probe to where the call runs. */
  probe(probe: Probe): void;
}

/** What probes need of their thread. */
export interface ProbeHost {
  readonly incarnation: number;
  readonly isIdle: boolean;
  /** The calls of other threads that have begun here. */
  borrowed(): Iterable<Fiber>;
  /** The lent call for which this fiber stands. */
  lentBy(fiber: Fiber): LentCall | undefined;
  /** Some fibers may have been woken outside of a turn. */
  settled(): void;
}

/** How long a thread has nothing to do before it looks, in milliseconds. Long against any message between threads. */
const PATIENCE_MS = 50;

/** A probe that has come so far is in a circle that does not go through its sender: that is for others to find. */
const MOST_HOPS = 64;

export class DeadlockProbes {
  readonly #host: ProbeHost;
  #nextId = 1;
  #cancelTimer: (() => void) | null = null;
  /** Whether it has had something to do since the timer was set. */
  #wasBusy = false;
  /** Probes that are under way, with the call and the chain that each set out from. Those of one look replace those before. */
  readonly #sent = new Map<string, Chain>();

  constructor(host: ProbeHost) {
    this.#host = host;
  }

  /** The thread has nothing to do, while it has both lent and borrowed calls. */
  wentIdle(): void {
    // Waiting for one outcome after the other it is idle all the time, but not for long.
    this.#wasBusy = true;
    if (this.#cancelTimer === null) this.#wait();
  }

  #wait(): void {
    this.#wasBusy = false;
    this.#cancelTimer = systemClock.setTimer(() => {
      this.#cancelTimer = null;
      if (!this.#host.isIdle) return;
      if (this.#wasBusy) this.#wait();
      else this.#look();
    }, PATIENCE_MS);
  }

  close(): void {
    this.#cancelTimer?.();
  }

  #look(): void {
    this.#sent.clear();
    for (const fiber of this.#host.borrowed()) {
      for (const chain of chainsFrom(fiber)) {
        const id = `${this.#host.incarnation}.${this.#nextId++}`;
        this.#sent.set(id, chain);
        this.#send(chain, { id, incarnations: [this.#host.incarnation], told: [] });
      }
    }
  }

  /** A probe has come for a call that runs here. */
  receive(fiber: Fiber, probe: Probe): void {
    const chain = this.#sent.get(probe.id);
    if (chain !== undefined) {
      if (chain[0] === fiber) this.#close(chain, probe);
      return;
    }
    if (probe.incarnations.length >= MOST_HOPS) return;
    if ((probe.incarnations[0] as number) > this.#host.incarnation) {
      // Of the threads of a circle only the first breaks it, by a probe of its own.
      if (this.#host.isIdle) this.wentIdle();
      return;
    }
    for (const onward of chainsFrom(fiber)) this.#send(onward, { ...probe, incarnations: [...probe.incarnations, this.#host.incarnation] });
  }

  #send(chain: Chain, probe: Probe): void {
    const lent = chain.at(-1);
    if (lent !== undefined) this.#host.lentBy(lent)?.probe({ ...probe, told: [...probe.told, tellChain(chain)] });
  }

  #close(chain: Chain, { id, told }: Probe): void {
    this.#sent.delete(id);
    breakCircleAcross(chain, told);
    this.#host.settled();
  }
}
