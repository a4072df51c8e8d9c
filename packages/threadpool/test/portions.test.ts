import { describe, expect, test } from 'vitest';
import { Portions } from '../src/worker/portions.ts';

/** Lends a whole portion at `nowMs`, all of which has ended after `tookMs`. @returns its size */
function lend(portions: Portions, nowMs: number, tookMs: number): number {
  const size = portions.begin(nowMs);
  for (let i = 0; i < size; i++) portions.lent();
  for (let i = 0; i < size; i++) portions.ended(() => nowMs + tookMs);
  return size;
}

describe('portions', () => {
  test('double while they are soon through, up to eight calls, and are single calls again after one that took long', () => {
    const portions = new Portions();
    expect([0, 1, 2, 3, 4].map((at) => lend(portions, at, 0.2))).toEqual([1, 2, 4, 8, 8]);
    expect(lend(portions, 5, 3)).toBe(8);
    expect(lend(portions, 9, 0.2)).toBe(1);
  });

  test('are single calls for a thread that has not ended all of the last one', () => {
    const portions = new Portions();
    for (const at of [0, 1, 2]) lend(portions, at, 0.1);
    expect(portions.begin(3)).toBe(8);
    portions.lent();
    portions.lent();
    portions.ended(() => 3.1);
    expect(portions.begin(4)).toBe(1);
  });

  test('pause for ever longer while their calls are shorter than what it takes to send them, and end the pause when they are not', () => {
    const portions = new Portions();
    const pause = (): number => {
      let looks = 1;
      while (!portions.isDue) looks++;
      return looks;
    };
    for (const at of [0, 1, 2, 3]) lend(portions, at, 0.05);
    expect(pause()).toBe(256);
    lend(portions, 4, 0.05);
    expect(pause()).toBe(512);
    for (let at = 5; at < 15; at++) {
      lend(portions, at, 0.05);
      pause();
    }
    lend(portions, 15, 0.05);
    expect(pause()).toBe(8_192);
    lend(portions, 16, 0.2);
    expect(pause()).toBe(1);
  });
});
