import { liveHeapBytes } from '@heddle/bench/harness';
import { describe, expect, it } from 'vitest';

const OBJECTS = 100_000;
/** An object with two fields of its own takes 32 bytes or more; with nothing kept, a look at the heap comes back to where it was. */
const LEAST_BYTES = OBJECTS * 32;

describe('the live heap', () => {
  it('grows by what is kept and shrinks when it is let go, whatever garbage there is', () => {
    const emptyBytes = liveHeapBytes();
    let kept: object[] | undefined = Array.from({ length: OBJECTS }, (_, a) => ({ a, b: [] }));
    const fullBytes = liveHeapBytes();
    expect(fullBytes - emptyBytes).toBeGreaterThan(LEAST_BYTES);
    expect(kept).toHaveLength(OBJECTS);
    kept = undefined;
    expect(fullBytes - liveHeapBytes()).toBeGreaterThan(LEAST_BYTES);
  });
});
