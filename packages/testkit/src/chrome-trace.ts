/** Reads a trace in Chrome's Trace Event Format as viewers do, and says what they would stumble over. */

/** A slice on a thread's track. Times in whole nanoseconds, so that sums are exact. */
export interface ChromeSlice {
  readonly name: string;
  readonly thread: number;
  readonly beginNs: number;
  readonly endNs: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** An arrow, and the slices that its two ends lie in. */
export interface ChromeArrow {
  readonly kind: string;
  readonly from: ChromeSlice;
  readonly to: ChromeSlice;
}

/** What a viewer makes of a trace. */
export interface ChromeTrace {
  readonly slices: readonly ChromeSlice[];
  readonly arrows: readonly ChromeArrow[];
  /** The values of each counter, in order, by its name. */
  readonly counters: ReadonlyMap<string, readonly number[]>;
  /** The titles of the tracks, by thread. */
  readonly threadNames: ReadonlyMap<number, string>;
  /** What is wrong with it; empty for a sound trace. */
  readonly problems: readonly string[];
}

/**
 * Reads Chrome trace JSON, such as `renderPerfetto` writes.
 *
 * @returns the trace, with its `problems`: events that are not sorted by time or lack a field, slices of one thread that overlap
 * without one holding the other, arrows that have not exactly one beginning and one end, lead back in time or end outside of any
 * slice, threads without a name
 * @throws {SyntaxError} when `text` is no JSON
 * @see the Trace Event Format document of the Chromium project
 */
export function readChromeTrace(text: string): ChromeTrace {
  const { traceEvents } = JSON.parse(text) as { traceEvents?: unknown };
  const reader = new Reader();
  if (!Array.isArray(traceEvents)) reader.problems.push('Expected `traceEvents` to be a list');
  else for (const event of traceEvents as readonly Readonly<Record<string, unknown>>[]) reader.read(event);
  reader.end();
  return reader;
}

const NANOSECONDS_PER_MICROSECOND = 1000;

const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  M: ['pid', 'name', 'args'],
  X: ['pid', 'tid', 'ts', 'dur', 'name'],
  C: ['pid', 'ts', 'name', 'args'],
  s: ['pid', 'tid', 'ts', 'name', 'cat', 'id'],
  f: ['pid', 'tid', 'ts', 'name', 'cat', 'id', 'bp'],
};

/** Fields that must be numbers; JSON has `null` for what is none. */
const NUMBERS: ReadonlySet<string> = new Set(['ts', 'dur']);

type Fields = Readonly<Record<string, unknown>>;

class Reader implements ChromeTrace {
  readonly slices: ChromeSlice[] = [];
  readonly arrows: ChromeArrow[] = [];
  readonly counters = new Map<string, number[]>();
  readonly threadNames = new Map<number, string>();
  readonly problems: string[] = [];
  /** By thread: the slices that have begun, innermost last. One that is over stays until the next one begins, as in Perfetto. */
  readonly #open = new Map<number, ChromeSlice[]>();
  readonly #begun = new Map<unknown, { readonly kind: unknown; readonly from: ChromeSlice; readonly atNs: number }>();
  readonly #flowIds = new Set<unknown>();
  #lastNs = 0;

  read(event: Fields): void {
    const { ph } = event;
    const required = REQUIRED[ph as string];
    if (required === undefined) return this.#problem(`Expected an event of a known kind`, event);
    const missing = required.filter((field) => (NUMBERS.has(field) ? typeof event[field] !== 'number' : event[field] === undefined));
    if (missing.length > 0) return this.#problem(`Expected ${missing.join(' and ')}`, event);
    if (ph === 'M') return this.#name(event);
    const atNs = nanoseconds(event['ts']);
    if (!(atNs >= this.#lastNs)) this.#problem(`Expected a time of at least ${this.#lastNs} ns`, event);
    this.#lastNs = atNs;
    if (ph === 'X') this.#slice(event, atNs);
    else if (ph === 'C') this.#count(event);
    else this.#flow(event, atNs);
  }

  end(): void {
    for (const [id, { kind }] of this.#begun) this.problems.push(`Expected an end of arrow ${String(id)} (${String(kind)})`);
    for (const thread of this.#open.keys()) if (!this.threadNames.has(thread)) this.problems.push(`Expected a name for thread ${thread}`);
  }

  #problem(what: string, event: Fields): void {
    this.problems.push(`${what}, got ${JSON.stringify(event)}`);
  }

  #name({ name, tid, args }: Fields): void {
    if (name === 'thread_name') this.threadNames.set(tid as number, String((args as Fields)['name']));
  }

  #count(event: Fields): void {
    for (const value of Object.values(event['args'] as Fields)) {
      if (typeof value !== 'number' || value < 0) return this.#problem('Expected a counter to be a number of at least 0', event);
      const values = this.counters.get(String(event['name'])) ?? [];
      values.push(value);
      this.counters.set(String(event['name']), values);
    }
  }

  #slice(event: Fields, beginNs: number): void {
    const thread = event['tid'] as number;
    const durationNs = nanoseconds(event['dur']);
    if (!(durationNs >= 0)) this.#problem('Expected a duration of at least 0', event);
    const slice: ChromeSlice = { name: String(event['name']), thread, beginNs, endNs: beginNs + durationNs, args: (event['args'] ?? {}) as Fields };
    const open = (this.#open.get(thread) ?? []).filter((outer) => outer.endNs > beginNs);
    const outer = open.at(-1);
    if (outer !== undefined && outer.endNs < slice.endNs) this.#problem(`Expected an end within ${outer.name}, which ends at ${outer.endNs} ns`, event);
    open.push(slice);
    this.#open.set(thread, open);
    this.slices.push(slice);
  }

  #flow(event: Fields, atNs: number): void {
    const { id } = event;
    const slice = this.#open.get(event['tid'] as number)?.at(-1);
    if (slice === undefined || slice.endNs < atNs) return this.#problem('Expected a slice around the end of an arrow', event);
    if (event['ph'] === 's') {
      if (this.#flowIds.has(id)) this.#problem('Expected an id of its own for each arrow', event);
      this.#flowIds.add(id);
      this.#begun.set(id, { kind: event['name'], from: slice, atNs });
      return;
    }
    const begun = this.#begun.get(id);
    if (begun === undefined) return this.#problem('Expected a beginning before the end of an arrow', event);
    this.#begun.delete(id);
    if (begun.kind !== event['name']) this.#problem('Expected both ends of an arrow to be of one name', event);
    this.arrows.push({ kind: String(begun.kind), from: begun.from, to: slice });
  }
}

function nanoseconds(microseconds: unknown): number {
  return Math.round((microseconds as number) * NANOSECONDS_PER_MICROSECOND);
}
