import { decodeThrown, describe as describeValue, encodeThrown } from '@heddle/core/engine';
import { describe, expect, test } from 'vitest';

const sent = (thrown: unknown): unknown => decodeThrown(structuredClone(encodeThrown(thrown)));

describe('an error as data', () => {
  test('keeps class name, name, message, own properties, cause and stack', () => {
    class YarnError extends TypeError {
      readonly spool = 7;
    }
    const error = new YarnError('torn', { cause: new RangeError('too thin') });
    const copy = sent(error) as YarnError;
    expect(copy.constructor.name).toBe('YarnError');
    expect(copy).toMatchObject({ name: 'TypeError', message: 'torn', spool: 7, cause: { message: 'too thin' } });
    expect(copy.cause).toBeInstanceOf(RangeError);
    expect(copy.stack).toBe(error.stack);
  });

  test('keeps a DOMException with its stack and what was added to it', () => {
    const error = Object.assign(new DOMException('took too long', 'TimeoutError'), { url: 'x' });
    const copy = sent(error) as typeof error;
    expect(copy).toBeInstanceOf(DOMException);
    expect(copy).toMatchObject({ name: 'TimeoutError', message: 'took too long', code: 23, url: 'x', stack: error.stack });
  });

  test('keeps who refers to whom, in a circle too', () => {
    const shared = new Error('shared');
    const outer = new AggregateError([shared, shared], 'outer', { cause: shared });
    Object.assign(shared, { of: outer, list: outer.errors });
    const copy = sent(outer) as AggregateError & { cause: { of: unknown; list: unknown } };
    expect(copy.errors[0]).toBe(copy.errors[1]);
    expect(copy.cause).toBe(copy.errors[0]);
    expect(copy.cause.of).toBe(copy);
    expect(copy.cause.list).toBe(copy.errors);
  });

  test('grows with the number of errors, not with the number of ways between them', () => {
    const tangle = new AggregateError([], 'tangle');
    tangle.errors = Array.from({ length: 100 }, (_, i) => Object.assign(new Error(`knot ${i}`), { of: tangle }));
    expect(JSON.stringify(encodeThrown(tangle)).match(/"kind":"again"/g)).toHaveLength(100);
  });
});

describe('encoding never throws', () => {
  const trap = (property: string): Error =>
    Object.defineProperty(new Error('trap'), property, {
      get() {
        throw new Error('trapped');
      },
    });

  test.each(['name', 'message', 'stack', 'cause', 'constructor'])('for a getter of %s that throws', (property) => {
    expect(sent(trap(property))).toBeInstanceOf(Error);
  });

  test('for a name, message or stack that is no text', () => {
    const odd = Object.assign(new Error(''), { name: Object.create(null) as string, message: Symbol('odd') as unknown as string, stack: (() => 1) as unknown as string });
    expect(sent(odd)).toMatchObject({ message: 'Symbol(odd)', stack: undefined });
  });

  test('for a proxy that refuses everything', () => {
    const { proxy, revoke } = Proxy.revocable(new Error('x'), {});
    const { proxy: list, revoke: revokeList } = Proxy.revocable([new Error('x')], {});
    revoke();
    revokeList();
    expect(describeValue(proxy)).toBe('an object');
    expect(encodeThrown(proxy)).toMatchObject({ kind: 'value' });
    expect(encodeThrown(list)).toMatchObject({ kind: 'value' });
    expect(encodeThrown(Object.assign(new Error('x'), { proxy }))).toMatchObject({ kind: 'error', message: 'x' });
  });
});
