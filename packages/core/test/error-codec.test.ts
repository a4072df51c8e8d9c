import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { CancelledError, DeadlockError, HeddleError, registerErrorClass, SerializationError, TaskTimeoutError } from '@heddle/core';
import { decodeThrown, encodeThrown } from '@heddle/core/engine';

/** Sends `thrown` to the other side and back, as an executor would. */
function sent(thrown: unknown): unknown {
  return decodeThrown(structuredClone(encodeThrown(thrown)));
}

function sentError(thrown: unknown): Error & Record<string, unknown> {
  return sent(thrown) as Error & Record<string, unknown>;
}

class ShuttleError extends RangeError {
  readonly code = 'E_SHUTTLE';
  readonly detail = { picks: [1, 2] };
  override get name(): string {
    return 'Shuttle';
  }
}

describe('an error that crosses to the other side', () => {
  it('keeps its class’s name, its name, message, code, stack and own properties', () => {
    const original = new ShuttleError('stuck');
    const arrived = sentError(original);
    expect(arrived).toBeInstanceOf(Error);
    expect(arrived.constructor.name).toBe('ShuttleError');
    expect(arrived).toMatchObject({ name: 'Shuttle', message: 'stuck', code: 'E_SHUTTLE', detail: { picks: [1, 2] } });
    expect(arrived.stack).toBe(original.stack);
    expect(String(arrived)).toBe('Shuttle: stuck');
    expect(Object.keys(arrived)).toEqual(Object.keys(original));
  });

  it('keeps what a DeadlockError tells', () => {
    const tasks = [{ id: 'task-1', name: 'main', state: 'awaiting' as const, waitsFor: ['task-1'], waitsOn: 'task main' }];
    const arrived = sent(new DeadlockError('stuck', { circle: ['task-1'], tasks })) as DeadlockError;
    expect(arrived).toBeInstanceOf(DeadlockError);
    expect([arrived.circle, arrived.tasks]).toEqual([['task-1'], tasks]);
    expect(Object.keys(arrived)).not.toContain('tasks');
  });

  it.each([Error, TypeError, RangeError, SyntaxError, URIError, EvalError, ReferenceError])('is an instance of its built-in class %o', (errorClass) => {
    const arrived = sentError(new errorClass('message'));
    expect(arrived.constructor).toBe(errorClass);
    expect(arrived).toMatchObject({ name: errorClass.name, message: 'message' });
  });

  it('is an instance of Heddle’s classes, with their fields', () => {
    const timeout = sentError(new TaskTimeoutError('weave', 'run', 50, { cause: 'slow' }));
    expect(timeout).toBeInstanceOf(TaskTimeoutError);
    expect(timeout).toBeInstanceOf(HeddleError);
    expect(timeout).toMatchObject({ name: 'TaskTimeoutError', code: 'ERR_HEDDLE_TIMEOUT', phase: 'run', limitMs: 50, cause: 'slow' });
    expect(sentError(new CancelledError())).toMatchObject({ name: 'AbortError', code: 'ERR_HEDDLE_CANCELLED' });
    expect(sentError(new SerializationError('no', 'args[0].f'))).toMatchObject({ path: 'args[0].f' });
  });

  it('keeps its causes, however they are nested', () => {
    const arrived = sentError(new Error('outer', { cause: new ShuttleError('inner', { cause: ['a', { b: 1 }] }) }));
    expect(arrived.cause).toMatchObject({ message: 'inner', code: 'E_SHUTTLE', cause: ['a', { b: 1 }] });
    expect(Object.prototype.propertyIsEnumerable.call(arrived, 'cause')).toBe(false);
  });

  it('keeps the errors that it collects', () => {
    const arrived = sentError(new AggregateError([new ShuttleError('one'), new TypeError('two'), 'three'], 'several'));
    expect(arrived).toBeInstanceOf(AggregateError);
    expect(arrived['errors']).toEqual([expect.objectContaining({ message: 'one', code: 'E_SHUTTLE' }), new TypeError('two'), 'three']);
    expect(sentError(new AggregateError([]))['errors']).toEqual([]);
  });

  it('keeps a name of its own', () => {
    const original = Object.assign(new Error('message'), { name: 'Renamed' });
    expect(String(sentError(original))).toBe('Renamed: message');
  });

  it('keeps its class apart from another one of the same name with another `name`', () => {
    const arrived = sentError(new ShuttleError('stuck'));
    const namesake = class extends Error {};
    Object.defineProperty(namesake, 'name', { value: 'ShuttleError' });
    expect(sentError(new namesake('other')).constructor).not.toBe(arrived.constructor);
    expect(sentError(new ShuttleError('again')).constructor).toBe(arrived.constructor);
  });

  it('may be a DOMException', () => {
    const original = Object.assign(new DOMException('stopped', 'AbortError'), { url: 'x' });
    const arrived = sentError(original);
    expect(arrived).toBeInstanceOf(DOMException);
    expect(arrived).toMatchObject({ name: 'AbortError', message: 'stopped', code: 20, url: 'x', stack: original.stack });
  });

  it('keeps who refers to whom, in a circle too', () => {
    const self: Error & { cause?: unknown } = new Error('self');
    self.cause = self;
    const arrived = sentError(self);
    expect(arrived.cause).toBe(arrived);

    const shared = new Error('shared');
    const outer = new AggregateError([shared, shared], 'outer', { cause: shared });
    Object.assign(shared, { of: outer, list: outer.errors });
    const copy = sent(outer) as AggregateError & { cause: { of: unknown; list: unknown } };
    expect(copy.errors[0]).toBe(copy.errors[1]);
    expect(copy.cause).toBe(copy.errors[0]);
    expect(copy.cause.of).toBe(copy);
    expect(copy.cause.list).toBe(copy.errors);
  });

  it('takes as much data as there are errors, however many ways there are between them', () => {
    const tangle = new AggregateError([], 'tangle');
    tangle.errors = Array.from({ length: 100 }, (_, index) => Object.assign(new Error(`knot ${index}`), { of: tangle, all: tangle.errors }));
    for (const knot of tangle.errors as (Error & { all: unknown })[]) knot.all = tangle.errors;
    expect(JSON.stringify(encodeThrown(tangle)).match(/"kind":"error"/g)).toHaveLength(101);
  });

  it('is cut off where its causes go too deep', () => {
    let chain = new Error('innermost');
    for (let depth = 0; depth < 100; depth++) chain = new Error(`depth ${depth}`, { cause: chain });
    let length = 0;
    for (let error: unknown = sent(chain); error instanceof Error; error = error.cause) length++;
    expect(length).toBe(17);
  });

  const trap = {
    get: () => {
      throw new Error('not yours');
    },
    enumerable: true,
  };

  it.each(['secret', 'name', 'message', 'stack', 'cause', 'constructor'])('may have a property %s that throws when it is read', (property) => {
    const arrived = sentError(Object.defineProperty(new Error('hostile'), property, trap));
    expect(arrived).toBeInstanceOf(Error);
    if (property === 'secret') expect(arrived['secret']).toBe('[reading this property threw: Error: not yours]');
  });

  it('may have a name, message or stack that is no text', () => {
    const odd = Object.assign(new Error(''), { name: Object.create(null) as string, message: Symbol('odd') as unknown as string, stack: (() => 1) as unknown as string });
    expect(sent(odd)).toMatchObject({ message: 'Symbol(odd)', stack: undefined });
  });

  it('may be a proxy that refuses everything', () => {
    const { proxy, revoke } = Proxy.revocable(new Error('x'), {});
    const { proxy: list, revoke: revokeList } = Proxy.revocable([new Error('x')], {});
    revoke();
    revokeList();
    expect(encodeThrown(proxy)).toMatchObject({ kind: 'value' });
    expect(encodeThrown(list)).toMatchObject({ kind: 'value' });
    expect(encodeThrown(Object.assign(new Error('x'), { proxy }))).toMatchObject({ kind: 'error', message: 'x' });
  });

  it('may have been made in another realm', async () => {
    const { runInNewContext } = await import('node:vm');
    const foreign = runInNewContext(`Object.assign(new TypeError('foreign'), { code: 'E_FOREIGN' })`) as Error;
    expect(foreign).not.toBeInstanceOf(TypeError);
    const arrived = sentError(foreign);
    expect(arrived).toBeInstanceOf(TypeError);
    expect(arrived).toMatchObject({ message: 'foreign', code: 'E_FOREIGN' });
  });

  it('does not become one of Heddle’s because a user’s class has the same name', () => {
    const namesake = class extends Error {};
    Object.defineProperty(namesake, 'name', { value: 'QueueFullError' });
    const arrived = sentError(new namesake('my own queue'));
    expect(arrived.constructor.name).toBe('QueueFullError');
    expect(arrived).not.toBeInstanceOf(HeddleError);
  });
});

describe('anything else that was thrown', () => {
  it.each([[undefined], [null], [0], ['text'], [{ code: 1 }], [[1, 2]], [new Map([[1, 2]])], [[]]])('arrives as it is: %j', (thrown) => {
    expect(sent(thrown)).toEqual(thrown);
  });

  it('may be a list of errors', () => {
    expect(sent([new ShuttleError('one'), 'two'])).toEqual([expect.objectContaining({ code: 'E_SHUTTLE' }), 'two']);
  });

  it('survives the way there and back, whatever it is', () => {
    fc.assert(
      fc.property(fc.anything({ withMap: true, withSet: true, withDate: true, withBigInt: true, withTypedArray: true, withSparseArray: true }), (thrown) => {
        expect(sent(thrown)).toEqual(structuredClone(thrown));
      }),
    );
  });

  it('is not changed by being a property of an error', () => {
    fc.assert(
      fc.property(fc.string(), fc.dictionary(fc.string(), fc.jsonValue()), (message, fields) => {
        for (const key of ['stack', 'message', '__proto__', 'name']) delete fields[key];
        const arrived = sentError(Object.assign(new Error(message), fields));
        expect(arrived.message).toBe(message);
        expect(Object.fromEntries(Object.entries(arrived))).toEqual({ ...fields });
      }),
    );
  });
});

describe('an error of a registered class', () => {
  class HeddleHookError extends TypeError {
    readonly hooks: number;
    constructor(message: string, hooks: number, options?: ErrorOptions) {
      super(message, options);
      if (typeof hooks !== 'number') throw new Error('Expected the constructor to run only where the error is made');
      this.hooks = hooks;
    }
    get isWorn(): boolean {
      return this.hooks > 2;
    }
  }
  registerErrorClass('test/HeddleHookError', HeddleHookError);

  it('is an instance of it, with its methods, made without its constructor', () => {
    const arrived = sentError(new HeddleHookError('bent', 3, { cause: new HeddleHookError('first', 1) }));
    expect(arrived.constructor).toBe(HeddleHookError);
    expect(arrived).toMatchObject({ message: 'bent', hooks: 3, isWorn: true });
    expect(arrived.cause).toBeInstanceOf(HeddleHookError);
    expect(arrived.cause).toMatchObject({ isWorn: false });
  });

  it('is an instance of it as a subclass that is not registered, which keeps its name', () => {
    class DoubleHookError extends HeddleHookError {}
    const arrived = sentError(new DoubleHookError('bent', 3));
    expect(arrived).toBeInstanceOf(HeddleHookError);
    expect(arrived.constructor.name).toBe('DoubleHookError');
    expect(arrived).toMatchObject({ isWorn: true });
  });

  it('is told from another class of the same name', () => {
    const other = class HeddleHookError extends Error {};
    expect(sentError(new other('not mine'))).not.toBeInstanceOf(HeddleHookError);
    registerErrorClass('test/other/HeddleHookError', other);
    expect(sentError(new other('not mine')).constructor).toBe(other);
  });

  it('is an instance of the nearest built-in class where nobody has registered it', () => {
    const encoded = structuredClone(encodeThrown(new HeddleHookError('bent', 3)));
    const text = JSON.stringify(encoded).replace('test/HeddleHookError', 'a class that only the other side has');
    const arrived = decodeThrown(JSON.parse(text) as typeof encoded) as Error;
    expect(arrived).toBeInstanceOf(TypeError);
    expect(arrived).not.toBeInstanceOf(HeddleHookError);
    expect(arrived.constructor.name).toBe('HeddleHookError');
    expect(arrived).toMatchObject({ message: 'bent', hooks: 3 });
  });

  it('must be a class of errors under an id', () => {
    expect(() => registerErrorClass('', HeddleHookError)).toThrow("Expected the id of an error class to be a non-empty string such as 'shop/QuotaError', got the string ''");
    expect(() => registerErrorClass('x', (() => {}) as never)).toThrow("Expected a class that extends Error for 'x', got a function");
    expect(() => registerErrorClass('x', Map as never)).toThrow("Expected a class that extends Error for 'x', got the function Map");
  });
});

it('an error of an unknown class is an instance of the built-in class that it extends', () => {
  const arrived = sentError(new ShuttleError('stuck'));
  expect(arrived).toBeInstanceOf(RangeError);
  expect(arrived.constructor).not.toBe(ShuttleError);
});
