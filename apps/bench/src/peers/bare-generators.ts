/**
 * The least that tasks awaited by `yield*` cost: a queue of generators and one object for each, and nothing of what makes them tasks
 * (errors, cancellation, owners, policies, budget, trace). That is what JavaScript itself takes for it: the floor under every
 * scheduler of generators.
 */

type Body = Iterator<unknown, unknown>;

/** What a generator hands out to the loop, and what `yield*` gets to see. */
interface Step {
  readonly done: boolean;
  readonly value?: unknown;
}

interface Suspension extends Step {
  park(task: BareTask): void;
}

/** A generator that takes turns with others. Awaited by `yield*`, it gives what it has returned. */
class BareTask<R = unknown> implements Suspension {
  body: Body | null;
  value: unknown = undefined;
  hasYielded = false;
  waiter: BareTask | null = null;

  constructor(body: Body) {
    this.body = body;
  }

  get done(): boolean {
    return false;
  }

  [Symbol.iterator](): Iterator<Suspension, R> {
    return this as unknown as Iterator<Suspension, R>;
  }

  next(): Step {
    return this.body === null ? { done: true, value: this.value } : this;
  }

  park(task: BareTask): void {
    this.waiter = task;
  }
}

/** A power of two above the number of tasks that any suite has in the queue. */
const CAPACITY = 1 << 20;

const slots: (BareTask | undefined)[] = [];
let head = 0;
let tail = 0;
let stepping: BareTask | null = null;

function push(task: BareTask): void {
  slots[tail++ & (CAPACITY - 1)] = task;
}

/** Starts a generator beside the one that steps. Not an operation to be awaited: that would cost more. */
export function bareSpawn<R>(body: Iterator<unknown, R>): BareTask<R> {
  const task = new BareTask<R>(body);
  push(task);
  return task;
}

const YIELDED: Step = { done: true, value: undefined };

/** Goes to the back of the queue, by `yield*`. */
export const bareYield = {
  done: false,
  [Symbol.iterator](): Iterator<Suspension, void> {
    return bareYield as unknown as Iterator<Suspension, void>;
  },
  next(): Step {
    // Invariant: only a task that steps asks.
    const task = stepping!;
    if (!task.hasYielded) return bareYield;
    task.hasYielded = false;
    return YIELDED;
  },
  park(task: BareTask): void {
    task.hasYielded = true;
    push(task);
  },
};

/** Runs `body`, and whatever it starts, to the end. */
export function runBare<R>(body: Iterator<unknown, R>): R {
  const root = bareSpawn(body);
  while (head !== tail) {
    const slot = head++ & (CAPACITY - 1);
    const task = slots[slot]!;
    slots[slot] = undefined;
    stepping = task;
    const step = task.body!.next();
    if (step.done !== true) {
      (step as unknown as Suspension).park(task);
      continue;
    }
    task.body = null;
    task.value = step.value;
    if (task.waiter !== null) push(task.waiter);
  }
  stepping = null;
  return root.value as R;
}
