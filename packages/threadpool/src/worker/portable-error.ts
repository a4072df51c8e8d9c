/** Makes what a task threw fit to travel: whatever in it cannot be copied is replaced by a description. */

import { RemoteError } from '@heddle/core';
import { describe, encodeThrown, type EncodedThrown } from '@heddle/core/engine';

/** Returns `thrown` as data that can be copied to another thread. */
export function portableError(thrown: unknown): EncodedThrown {
  const encoded = encodeThrown(thrown);
  if (isCloneable(encoded)) return encoded;
  if (encoded.kind === 'value') {
    return encodeThrown(new RemoteError(`The task threw a value that cannot be copied to another thread: ${describe(encoded.value)}`));
  }
  return clean(encoded);
}

function clean(encoded: EncodedThrown): EncodedThrown {
  switch (encoded.kind) {
    case 'value':
      return isCloneable(encoded.value) ? encoded : { kind: 'value', value: `[${describe(encoded.value)} that cannot be copied]` };
    case 'again':
      return encoded;
    case 'list':
      return { kind: 'list', items: encoded.items.map(clean) };
    case 'error':
      return { ...encoded, fields: encoded.fields.map(([key, value, isEnumerable]) => [key, clean(value), isEnumerable] as const) };
  }
}

function isCloneable(value: unknown): boolean {
  try {
    structuredClone(value);
    return true;
  } catch {
    return false;
  }
}
