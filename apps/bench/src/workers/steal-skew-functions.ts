/** Work that can be divided at will, the same for all. */

import { spin } from './functions.ts';

/** Some microseconds. */
const LEAF_STEPS = 5_000;

/** Adds up what so many leaves give, which take the same time each. */
export function workLeaves(leaves: number): number {
  let sum = 0;
  for (let leaf = 0; leaf < leaves; leaf++) sum = (sum + spin(LEAF_STEPS)) | 0;
  return sum;
}

/** What {@link workLeaves} gives. */
export function sumOfLeaves(leaves: number): number {
  return Math.imul(leaves, spin(LEAF_STEPS));
}

const BRANCHES = 10;
/** What the first branch holds of all leaves. */
const SKEW = 0.9;

/** Divides leaves among branches: the first one has nine tenths of them. */
export function branchesOf(leaves: number): readonly number[] {
  const others = Math.floor((leaves * (1 - SKEW)) / (BRANCHES - 1));
  return [leaves - others * (BRANCHES - 1), ...Array.from({ length: BRANCHES - 1 }, () => others)];
}
