/** A rate limiter against a bucket that is filled drop by drop. fast-check prints the seed of a failure. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { InlineExecutor, isCancelled, RateLimiter, sleep, task } from '@heddle/core';
import { FakeClock } from '../fake-clock.ts';
import { runs } from '../runs.ts';

/** One task: when it comes, how many permits it wants, and when it is cancelled, if it still waits then. */
interface Request {
  readonly atMs: number;
  readonly count: number;
  readonly cancelAtMs: number;
}

/** Later than anything can happen: 8 requests of 4 permits, one permit in 12 ms, and the last request at 40 ms. */
const END_MS = 500;

interface Plan {
  /** One permit flows in every so many milliseconds. */
  readonly everyMs: number;
  readonly burst: number;
  readonly requests: readonly Request[];
}

/** Comings at even and cancellations at odd moments, so that no two things happen at once of which the order would matter. */
const plans: fc.Arbitrary<Plan> = fc.integer({ min: 1, max: 4 }).chain((burst) =>
  fc.record({
    everyMs: fc.integer({ min: 1, max: 6 }).map((half) => half * 2),
    burst: fc.constant(burst),
    requests: fc.array(
      fc.record({
        atMs: fc.nat(20).map((half) => half * 2),
        count: fc.integer({ min: 1, max: burst }),
        cancelAtMs: fc.oneof(fc.constant(Infinity), fc.nat(30).map((half) => half * 2 + 1)),
      }),
      { maxLength: 8 },
    ),
  }),
);

/** When each request gets its permits, millisecond by millisecond: the definition of a token bucket. */
function expectedTimes({ everyMs, burst, requests }: Plan): Map<number, number> {
  const times = new Map<number, number>();
  let queue: number[] = [];
  let levelMs = burst * everyMs;
  const serve = (nowMs: number): void => {
    for (let [head] = queue; head !== undefined; [head] = queue) {
      const costMs = (requests[head]?.count ?? 0) * everyMs;
      if (levelMs < costMs) return;
      levelMs -= costMs;
      times.set(head, nowMs);
      queue.shift();
    }
  };
  for (let nowMs = 0; nowMs <= END_MS; nowMs++) {
    requests.forEach(({ atMs, cancelAtMs }, index) => {
      if (cancelAtMs === nowMs) queue = queue.filter((waiting) => waiting !== index);
      else if (atMs === nowMs && cancelAtMs > nowMs) queue.push(index);
      // One after the other: whoever comes to the head by a cancellation is served before the next cancellation.
      serve(nowMs);
    });
    serve(nowMs);
    levelMs = Math.min(burst * everyMs, levelMs + 1);
  }
  return times;
}

it('a rate limiter grants each request exactly when a bucket filled drop by drop does, in order of arrival, whoever is cancelled', async () => {
  await fc.assert(
    fc.asyncProperty(plans, fc.integer({ min: 1, max: 5 }), async (plan, limit) => {
      const clock = new FakeClock();
      const executor = new InlineExecutor({ clock });
      const limiter = new RateLimiter({ limit, perMs: limit * plan.everyMs, burst: plan.burst });
      const times = new Map<number, number>();
      const requester = task(function* (index: number, { atMs, count }: Request) {
        if (atMs > 0) yield* sleep(atMs);
        yield* limiter.acquire(count);
        times.set(index, clock.now());
      });
      const handles = plan.requests.map((request, index) => executor.submit(requester(index, request)));
      const ends = handles.map((handle) => handle.result.catch((error: unknown) => isCancelled(error) || Promise.reject(error as Error)));
      plan.requests.forEach(({ cancelAtMs }, index) => {
        if (cancelAtMs < Infinity) clock.setTimer(() => handles[index]?.cancel(), cancelAtMs);
      });
      await clock.advance(END_MS);
      await Promise.all(ends);
      expect(times).toEqual(expectedTimes(plan));
      expect(limiter.statistics()).toMatchObject({ waiting: 0, granted: [...times.keys()].reduce((sum, index) => sum + (plan.requests[index]?.count ?? 0), 0) });
      expect(clock.armed).toBe(0);
      expectSpread(plan, times);
      await executor.close();
    }),
    { numRuns: runs(500) },
  );
});

/** In `n` intervals there are at most `n + burst - 1` permits. */
function expectSpread({ everyMs, burst, requests }: Plan, times: ReadonlyMap<number, number>): void {
  for (const fromMs of times.values()) {
    for (const intervals of [1, 2, 5, 10]) {
      let permits = 0;
      for (const [index, atMs] of times) if (atMs >= fromMs && atMs < fromMs + intervals * everyMs) permits += requests[index]?.count ?? 0;
      expect(permits).toBeLessThanOrEqual(intervals + burst - 1);
    }
  }
}
