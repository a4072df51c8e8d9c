import { seededRandom } from '@heddle/core/engine';
import { expect, it } from 'vitest';

function draw(seed: number, count: number): number[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, () => random());
}

it('one seed gives one sequence, and other seeds others', () => {
  expect(draw(7, 100)).toEqual(draw(7, 100));
  const firsts = Array.from({ length: 1_000 }, (_, seed) => draw(seed, 1)[0]);
  expect(new Set(firsts).size).toBe(1_000);
});

it('numbers are at least 0, below 1, and spread evenly', () => {
  const numbers = draw(1, 100_000);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  const tenths = Array<number>(10).fill(0);
  for (const number of numbers) tenths[Math.floor(number * 10)]! += 1; // Invariant: below 10, as the numbers are below 1.
  // 10,000 each, give or take five standard deviations (95).
  for (const count of tenths) expect(Math.abs(count - 10_000)).toBeLessThan(475);
});

it('gives the same numbers in every version, so that a seed that was noted stays good', () => {
  expect(draw(0, 3).map((number) => number * 2 ** 32)).toEqual([1_144_304_738, 1_416_247, 958_946_056]);
});
