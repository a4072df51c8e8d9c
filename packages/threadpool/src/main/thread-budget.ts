/** A limit on threads that several pools share, and who gets the next one. */

import { expectNumber } from '@heddle/core/engine';

/** A pool, as the budget sees it. */
export interface BudgetHolder {
  /** There may be a thread for it now. */
  granted(): void;
  /** Another pool has fewer threads and work for more. @returns whether one of this pool's threads will end once it has finished what it holds */
  release(): boolean;
}

/**
 * How many threads the pools that share it have together.
 *
 * The first thread of a pool is always granted, even beyond the budget: so a pool that works for another one can always go on, and
 * pools cannot wait for each other for ever. Every further one needs a free place. A pool that finds none waits; the place that
 * comes free goes to the waiting pool with the fewest threads, of equals to the one that has waited longest. While a pool waits
 * that has at least two threads fewer than another, or first threads have overdrawn the budget, the richest pool gives up a thread
 * above its `min` as soon as that thread has finished what it holds.
 *
 * A budget belongs to the thread that makes it: pools that are made inside of tasks do not see it.
 *
 * @throws {TypeError} when `threads` is no number
 * @throws {RangeError} when it is no integer of at least 1
 * @example
 * ```ts
 * const budget = new ThreadBudget(8);
 * const images = new ThreadPool({ threads: { max: 8 }, budget });
 * const reports = new ThreadPool({ threads: { max: 8 }, budget });
 * ```
 */
export class ThreadBudget {
  readonly threads: number;
  readonly #accounts = new Set<BudgetAccount>();
  /** In order of arrival. */
  readonly #waiting = new Set<BudgetAccount>();
  #used = 0;

  constructor(threads: number) {
    this.threads = expectNumber('threads', threads, { min: 1, integer: true });
  }

  /** Threads that the pools have now, those that are ending included. */
  get used(): number {
    return this.#used;
  }

  /** Opens an account for a pool. */
  open(holder: BudgetHolder): BudgetAccount {
    const account = new BudgetAccount(holder, {
      take: () => this.#take(account),
      giveBack: () => {
        this.#giveBack(account);
      },
      close: () => {
        this.#accounts.delete(account);
        this.#waiting.delete(account);
      },
    });
    this.#accounts.add(account);
    return account;
  }

  #take(account: BudgetAccount): boolean {
    if (account.held > 0 && this.#used >= this.threads) {
      this.#waiting.add(account);
      this.#reclaim();
      return false;
    }
    this.#waiting.delete(account);
    account.held++;
    this.#used++;
    this.#reclaim();
    return true;
  }

  #giveBack(account: BudgetAccount): void {
    account.held--;
    account.isReleasing = false;
    this.#used--;
    while (this.#used < this.threads) {
      const poorest = least(this.#waiting);
      if (poorest === undefined) return;
      this.#waiting.delete(poorest);
      poorest.holder.granted();
    }
    this.#reclaim();
  }

  /** Asks the richest for a thread: if there are too many, or somebody who waits has so few that it would still be as rich afterwards. */
  #reclaim(): void {
    const poorest = least(this.#waiting);
    const isOverdrawn = this.#used > this.threads;
    if (poorest === undefined && !isOverdrawn) return;
    const modest = isOverdrawn || poorest === undefined ? 1 : poorest.held + 1;
    const richest = [...this.#accounts].filter((account) => account.held > modest).toSorted((one, other) => other.held - one.held);
    // One at a time: with each that comes back this is asked again.
    if (richest.some((account) => account.isReleasing)) return;
    for (const account of richest) {
      // Ordering: before the holder is asked, because it may ask for threads in turn.
      account.isReleasing = true;
      account.isReleasing = account.holder.release();
      if (account.isReleasing) return;
    }
  }
}

interface Till {
  take(): boolean;
  giveBack(): void;
  close(): void;
}

/** What one pool has of a budget. */
export class BudgetAccount {
  readonly holder: BudgetHolder;
  held = 0;
  /** Whether it was asked for a thread that has not ended yet. */
  isReleasing = false;
  readonly #till: Till;

  constructor(holder: BudgetHolder, till: Till) {
    this.holder = holder;
    this.#till = till;
  }

  /** Takes a place for one thread. Otherwise the holder is told when there is one. @returns whether there was one */
  take(): boolean {
    return this.#till.take();
  }

  /** A thread has ended. */
  giveBack(): void {
    this.#till.giveBack();
  }

  close(): void {
    this.#till.close();
  }
}

function least(accounts: Iterable<BudgetAccount>): BudgetAccount | undefined {
  let found: BudgetAccount | undefined;
  for (const account of accounts) if (found === undefined || account.held < found.held) found = account;
  return found;
}
