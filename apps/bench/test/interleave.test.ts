import { orderOfRound } from '@heddle/bench/harness';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

const counts = fc.integer({ min: 1, max: 12 });
const pairs = fc.integer({ min: 0, max: 40 });

describe('the order of subjects', () => {
  it('goes there and back, and then starts one subject later', () => {
    const orders = [0, 1, 2, 3, 4, 5].map((round) => orderOfRound(round, 3).map((index) => 'ABC'[index]).join(''));
    expect(orders).toEqual(['ABC', 'CBA', 'BCA', 'ACB', 'CAB', 'BAC']);
  });

  it('gives every subject one turn a round', () => {
    fc.assert(
      fc.property(counts, pairs, (count, round) => {
        expect(orderOfRound(round, count).toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, index) => index));
      }),
    );
  });

  it('gives all subjects the same mean position over a mirrored pair, so that an even drift cancels', () => {
    fc.assert(
      fc.property(counts, pairs, (count, pair) => {
        const there = orderOfRound(2 * pair, count);
        const back = orderOfRound(2 * pair + 1, count);
        for (let subject = 0; subject < count; subject++) expect(there.indexOf(subject) + back.indexOf(subject)).toBe(count - 1);
      }),
    );
  });

  it('lets every subject be first equally often over all rotations', () => {
    fc.assert(
      fc.property(counts, (count) => {
        const firsts = Array.from({ length: 2 * count }, (_, round) => orderOfRound(round, count)[0]);
        for (let subject = 0; subject < count; subject++) expect(firsts.filter((first) => first === subject)).toHaveLength(2);
      }),
    );
  });
});
