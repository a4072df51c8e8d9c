/** A program that uses every operation and every primitive at once. */

import {
  all,
  allSettled,
  any,
  Barrier,
  Channel,
  Condition,
  current,
  deadline,
  each,
  Event,
  finish,
  group,
  isCancelled,
  Latch,
  machine,
  Mutex,
  on,
  Once,
  race,
  RateLimiter,
  RwLock,
  Semaphore,
  shield,
  sleep,
  spawn,
  task,
  TaskLocal,
  timeout,
  until,
  use,
  yieldNow,
  type Coroutine,
  type Executor,
} from '@heddle/core';

/** What the parts of the program share. */
interface Shared {
  /** A random number of milliseconds. */
  readonly ms: () => number;
  readonly elsewhere: Executor;
  readonly now: () => number;
}

const label = new TaskLocal<string>({ name: 'label', default: 'none' });

const nap = task(function* nap(ms: number) {
  try {
    yield* sleep(ms);
    return `${label.get()} ${ms}`;
  } finally {
    yield* yieldNow();
  }
});

const failing = task(function* failing(ms: number): Coroutine<never> {
  yield* sleep(ms);
  throw new Error(`failed after ${ms} ms`);
});

const countdown = machine({
  start: (from: number) => ({ left: from }),
  step: (state) => (state.left-- > 0 ? yieldNow() : finish('counted down')),
});

const scopes = task(function* scopes({ ms, elsewhere, now }: Shared) {
  const side = yield* spawn(nap(ms()));
  const together = yield* label.with('both', all([nap(ms()), until(() => Promise.resolve('promised')), countdown(3)]));
  const record = yield* all({ one: nap(ms()), other: nap(ms()).with({ priority: 1 }) });
  const settled = yield* allSettled([failing(ms()), nap(ms())]);
  const raced = yield* race({ nap: nap(ms()), failing: failing(ms() + 50), yielding: countdown(200) });
  const first = yield* any([failing(ms()), nap(ms()), nap(ms())]);
  const hopped = yield* on(elsewhere, nap(ms()));
  const limited = yield* allSettled([timeout(ms(), nap(ms())), deadline(now() + ms(), nap(ms())), nap(ms()).with({ timeoutMs: ms() })]);
  return [yield* side, together, record, settled.length, raced.key, first.key, hopped, limited.map(({ status }) => status)];
});

const groups = task(function* groups({ ms }: Shared) {
  const caught: string[] = [];
  for (const onError of ['cancel', 'collect'] as const) {
    try {
      yield* group(
        function* (nursery) {
          yield* use({ [Symbol.asyncDispose]: () => Promise.resolve() });
          nursery.spawn(failing(ms()));
          nursery.spawn(nap(ms()));
          nursery.spawn(failing(ms()));
          yield* shield(nap(ms()));
          yield* nap(ms());
        },
        { onError, timeoutMs: 1_000 },
      );
    } catch (error) {
      caught.push((error as Error).message);
    }
  }
  return caught;
});

const streams = task(function* streams({ ms }: Shared) {
  const channel = new Channel<number>(1);
  const producer = task(function* producer() {
    for (let n = 0; n < 5; n++) {
      yield* sleep(ms());
      yield* channel.send(n);
      current().progress(n);
    }
    channel.close();
  });
  const handle = yield* spawn(producer());
  const progress = yield* each(handle.progress);
  const items: unknown[] = [];
  for (let item = yield* channel.next(); item.done !== true; item = yield* channel.next()) items.push(item.value, (yield* progress.next()).value);
  return items;
});

const primitives = task(function* primitives({ ms }: Shared) {
  const mutex = new Mutex();
  const condition = new Condition(mutex);
  const [semaphore, lock, barrier] = [new Semaphore(2), new RwLock(), new Barrier(3)];
  const [opened, latch, limiter] = [new Event(), new Latch(3), new RateLimiter({ limit: 1, perMs: 5, burst: 2 })];
  const once = new Once(() => nap(ms()));
  const order: string[] = [];
  const worker = task(function* worker(name: string) {
    yield* sleep(ms());
    yield* limiter.acquire();
    yield* once.get();
    yield* semaphore.with(() => nap(ms()));
    {
      using _reading = yield* lock.read();
      yield* sleep(ms());
    }
    {
      using _writing = yield* lock.write();
      order.push(name);
      yield* yieldNow();
    }
    latch.countDown();
    yield* barrier.wait();
    yield* opened.wait();
    using _guard = yield* mutex.lock();
    yield* condition.wait();
    order.push(name);
  });
  const workers = [];
  for (const name of ['a', 'b', 'c']) workers.push(yield* spawn(worker(name)));
  yield* latch.wait();
  opened.set();
  while (condition.statistics().waiting < 3) yield* sleep(1);
  for (let n = 0; n < 3; n++) {
    yield* sleep(ms());
    condition.notify();
  }
  yield* all(workers);
  return order;
});

const cancelled = task(function* cancelled(shared: Shared) {
  const victim = yield* spawn(scopes(shared));
  yield* sleep(shared.ms());
  victim.cancel('enough');
  try {
    yield* victim;
  } catch (error) {
    return isCancelled(error);
  }
});

/** Runs all of it at once. */
export const everything = task(function* everything(shared: Shared) {
  return yield* all({
    scopes: scopes(shared),
    groups: groups(shared),
    streams: streams(shared),
    primitives: primitives(shared),
    cancelled: cancelled(shared),
  });
});
