/** Options of a call, and their validation: every message says what was expected and what was got. */

/** How a call runs. Given to `task`, `call.with`, `run` and `submit`; the later one wins, option by option. */
export interface CallOptions {
  /** Cancels the call when it aborts. The signal's reason becomes the `cause` of the {@link CancelledError}. */
  readonly signal?: AbortSignal | undefined;
  /** Most time from the first step to the end, in milliseconds, more than 0. Ends with `TaskTimeoutError` (`phase: 'run'`). @default none */
  readonly timeoutMs?: number | undefined;
  /** Most time between submission and the first step, in milliseconds, more than 0. Ends with `TaskTimeoutError` (`phase: 'queue'`). @default none */
  readonly queueTimeoutMs?: number | undefined;
  /** The moment by which the call must have ended, in milliseconds since the epoch. Ends with `TaskTimeoutError` (`phase: 'deadline'`). @default none */
  readonly deadline?: number | undefined;
  /** Larger runs earlier under a `priority` policy; any finite number. @default 0 */
  readonly priority?: number | undefined;
  /** Calls of one key prefer one thread (affinity). @default none */
  readonly key?: string | undefined;
  /** Objects to move instead of copy when the call crosses to another thread. @default none */
  readonly transfer?: readonly unknown[] | undefined;
  /** The name shown in traces, reports and errors. @default the task's name */
  readonly name?: string | undefined;
}

const POSITIVE = ['timeoutMs', 'queueTimeoutMs'] as const;
const FINITE = ['deadline', 'priority'] as const;

/**
 * Checks the options of a call.
 *
 * @throws {TypeError} when an option has the wrong type
 * @throws {RangeError} when a number is out of its range
 */
export function validateCallOptions(options: CallOptions | undefined): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`Expected call options to be an object, got ${describe(options)}`);
  }
  if (options.signal !== undefined && !isAbortSignal(options.signal)) {
    throw new TypeError(`Expected \`signal\` to be an AbortSignal, got ${describe(options.signal)}`);
  }
  for (const name of POSITIVE) {
    if (options[name] !== undefined) expectNumber(name, options[name], { above: 0 });
  }
  for (const name of FINITE) {
    if (options[name] !== undefined) expectNumber(name, options[name]);
  }
}

/** Bounds of {@link expectNumber}: `above` excludes its own value, `min` and `max` include theirs. */
export interface NumberBounds {
  readonly above?: number;
  readonly min?: number;
  readonly max?: number;
  readonly integer?: boolean;
  /** Lets `Infinity` pass, as "no limit". @default false */
  readonly infinite?: boolean;
}

/**
 * Returns `value` when it is a number within `bounds`.
 *
 * @throws {TypeError} when it is not a number
 * @throws {RangeError} when it lies outside the bounds
 */
export function expectNumber(name: string, value: unknown, bounds: NumberBounds = {}): number {
  const expected = describeBounds(bounds);
  if (typeof value !== 'number' || Number.isNaN(value)) {
    throw new TypeError(`Expected \`${name}\` to be ${expected}, got ${describe(value)}`);
  }
  const isAllowedInfinity = value === Infinity && bounds.infinite === true;
  const isOutside =
    (!Number.isFinite(value) && !isAllowedInfinity) ||
    (bounds.above !== undefined && value <= bounds.above) ||
    (bounds.min !== undefined && value < bounds.min) ||
    (bounds.max !== undefined && value > bounds.max) ||
    (bounds.integer === true && !Number.isInteger(value) && !isAllowedInfinity);
  if (isOutside) throw new RangeError(`Expected \`${name}\` to be ${expected}, got ${value}`);
  return value;
}

function describeBounds({ above, min, max, integer, infinite }: NumberBounds): string {
  let text = integer === true ? 'an integer' : 'a number';
  if (above !== undefined) text += ` above ${above}`;
  if (min !== undefined) text += ` of at least ${min}`;
  if (max !== undefined) text += `${min === undefined ? ' of' : ' and'} at most ${max}`;
  if (infinite === true) text += ' (or Infinity)';
  return text;
}

/**
 * Returns `value` when it is one of `allowed`.
 *
 * @throws {TypeError} when it is not
 */
export function expectOneOf<T extends string>(name: string, value: T, allowed: readonly T[]): T {
  if (allowed.includes(value)) return value;
  const quoted = allowed.map((each) => `'${each}'`);
  throw new TypeError(`Expected \`${name}\` to be ${quoted.slice(0, -1).join(', ')} or ${quoted.at(-1)}, got ${describe(value)}`);
}

/** Names a value in an error message: its type, and the value itself where that is short and harmless. Never throws. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'undefined':
      return 'undefined';
    case 'string':
      return value.length > 40 ? `the string '${value.slice(0, 37)}...'` : `the string '${value}'`;
    case 'number':
    case 'boolean':
    case 'bigint':
      return `the ${typeof value} ${String(value)}`;
    case 'function':
      return value.name === '' ? 'a function' : `the function ${value.name}`;
    case 'symbol':
      return 'a symbol';
    default: {
      const className = classNameOf(value);
      if (className === undefined || className === 'Object' || className === '') return 'an object';
      return `${/^[AEIOU]/.test(className) ? 'an' : 'a'} ${className}`;
    }
  }
}

function classNameOf(value: object): string | undefined {
  try {
    const name: unknown = (value as { constructor?: { name?: unknown } }).constructor?.name;
    return typeof name === 'string' ? name : undefined;
  } catch {
    // A getter or a proxy may refuse.
    return undefined;
  }
}

/** Whether `test` holds of a thrown value or a reason. Not if looking at it throws, as a revoked proxy does. */
export function holds(test: () => boolean): boolean {
  try {
    return test();
  } catch {
    return false;
  }
}

/** Returns the text of anything that was thrown or given as a reason. Never throws, though the value's own `toString` may. */
export function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return describe(value);
  }
}

// By shape: signals of other realms (jsdom, vm contexts) are no instances of this realm's class.
function isAbortSignal(value: unknown): value is AbortSignal {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as AbortSignal).aborted === 'boolean' &&
    typeof (value as AbortSignal).addEventListener === 'function'
  );
}

/** Puts `over` on top of `base`; an option that is `undefined` in `over` leaves the one in `base`. */
export function mergeCallOptions(base: CallOptions | undefined, over: CallOptions | undefined): CallOptions | undefined {
  if (base === undefined) return over;
  if (over === undefined) return base;
  const merged: Record<string, unknown> = { ...base };
  for (const [name, value] of Object.entries(over)) {
    if (value !== undefined) merged[name] = value;
  }
  return merged;
}
