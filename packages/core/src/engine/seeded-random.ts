/**
 * Numbers that look random and are the same for the same seed, for orders that must be reproducible. Not for secrets.
 *
 * @see Tommy Ettinger: mulberry32, https://gist.github.com/tommyettinger/46a874533244883189143505d203312c
 */

/**
 * Returns a source of numbers from 0 up to 1, spread evenly.
 *
 * @param seed an integer. Only its lowest 32 bits count, which are plenty to choose tasks by
 */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
