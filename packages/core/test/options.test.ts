import { describe, expect, it } from 'vitest';
import { systemClock } from '@heddle/core';
import { describe as named, expectNumber, mergeCallOptions, validateCallOptions } from '@heddle/core/engine';

describe('expectNumber', () => {
  it('gives the number when it is within its bounds', () => {
    expect(expectNumber('n', 5)).toBe(5);
    expect(expectNumber('n', 1, { min: 1, max: 1, integer: true })).toBe(1);
    expect(expectNumber('n', Infinity, { min: 0, infinite: true })).toBe(Infinity);
    expect(expectNumber('n', Infinity, { min: 1, integer: true, infinite: true })).toBe(Infinity);
  });

  it.each([
    [0, { above: 0 }, 'Expected `n` to be a number above 0, got 0'],
    [-1, { min: 0 }, 'Expected `n` to be a number of at least 0, got -1'],
    [9, { min: 1, max: 8, integer: true }, 'Expected `n` to be an integer of at least 1 and at most 8, got 9'],
    [9, { max: 8 }, 'Expected `n` to be a number of at most 8, got 9'],
    [1.5, { integer: true }, 'Expected `n` to be an integer, got 1.5'],
    [Infinity, {}, 'Expected `n` to be a number, got Infinity'],
    [-Infinity, { infinite: true }, 'Expected `n` to be a number (or Infinity), got -Infinity'],
  ])('refuses %d outside of %j', (value, bounds, message) => {
    expect(() => expectNumber('n', value, bounds)).toThrow(new RangeError(message));
  });

  it.each([[undefined], [null], ['5'], [Number.NaN], [5n]])('refuses %s, which is no number', (value) => {
    expect(() => expectNumber('n', value)).toThrow(new TypeError(`Expected \`n\` to be a number, got ${named(value)}`));
  });
});

describe('naming a value in a message', () => {
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    [5, 'the number 5'],
    [true, 'the boolean true'],
    [7n, 'the bigint 7'],
    ['short', "the string 'short'"],
    ['a string that is far too long to be repeated in full', "the string 'a string that is far too long to be r...'"],
    [Symbol('s'), 'a symbol'],
    [function weave() {}, 'the function weave'],
    [() => {}, 'a function'],
    [{}, 'an object'],
    [Object.create(null), 'an object'],
    [[], 'an Array'],
    [new Map(), 'a Map'],
  ])('calls %o %s', (value, text) => {
    expect(named(value)).toBe(text);
  });
});

describe('the options of a call', () => {
  it('may all be left out, or be undefined', () => {
    expect(() => validateCallOptions(undefined)).not.toThrow();
    expect(() => validateCallOptions({ signal: undefined, timeoutMs: undefined, deadline: undefined })).not.toThrow();
  });

  it('are merged one by one; undefined leaves the earlier one', () => {
    expect(mergeCallOptions(undefined, undefined)).toBe(undefined);
    expect(mergeCallOptions({ priority: 1 }, undefined)).toEqual({ priority: 1 });
    expect(mergeCallOptions({ priority: 1, name: 'a' }, { priority: 2, name: undefined, timeoutMs: 5 })).toEqual({ priority: 2, name: 'a', timeoutMs: 5 });
  });
});

describe('the system clock', () => {
  it('never goes backwards', () => {
    const times = Array.from({ length: 1_000 }, () => systemClock.now());
    expect(times).toEqual(times.toSorted((one, other) => one - other));
  });

  it('fires a timer once, and none that was cancelled', async () => {
    let fired = 0;
    const cancel = systemClock.setTimer(() => {
      fired += 100;
    }, 0);
    cancel();
    await new Promise<void>((resolve) => {
      systemClock.setTimer(() => {
        fired++;
        resolve();
      }, 1);
    });
    cancel();
    expect(fired).toBe(1);
  });

  it('takes delays beyond the longest that the host can', () => {
    let fired = false;
    const cancel = systemClock.setTimer(() => {
      fired = true;
    }, 2 ** 40);
    cancel();
    expect(fired).toBe(false);
  });
});
