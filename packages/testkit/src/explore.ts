/**
 * Explores a model of a protocol: every state that any interleaving of its steps leads to. For what cannot be tested by running it,
 * because the interleaving that fails comes once in a million times.
 *
 * @see Clarke, Emerson, Sistla, "Automatic Verification of Finite-State Concurrent Systems Using Temporal Logic Specifications" (TOPLAS 1986)
 */

/** One atomic step that some actor can make in a state. */
export interface ModelStep<S> {
  /** Who does what, for the trace: `thread 1 declares hunger`. */
  readonly name: string;
  /** The state after it. States are never changed in place. */
  readonly next: S;
}

/** A protocol as a transition system. `S` is plain data, as JSON has it. */
export interface Model<S> {
  readonly initial: S;
  /** All steps that are possible in `state`. One that must never be possible may throw. */
  steps(state: S): Iterable<ModelStep<S>>;
  /** Throws where `state` breaks what must always hold. */
  check?(state: S): void;
  /** Whether the protocol may come to rest in `state`, in which no step is possible. */
  isDone(state: S): boolean;
  /** Tells states apart. @default JSON.stringify */
  key?(state: S): string;
}

/** Options of {@link explore}. */
export interface ExploreOptions {
  /** More states than this are an error: a model is explored whole or not at all. An integer of at least 1. @default 1_000_000 */
  readonly maxStates?: number | undefined;
}

/** What was explored. */
export interface Exploration {
  readonly states: number;
  readonly transitions: number;
  /** States in which the protocol came to rest. */
  readonly ends: number;
}

/** A state breaks what the model promises. The message has the shortest sequence of steps that leads there. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
  /** The names of the steps from the initial state on. */
  readonly trace: readonly string[];
  /** The state that they lead to. */
  readonly state: unknown;

  constructor(what: string, trace: readonly string[], state: unknown, cause?: unknown) {
    const steps = trace.length === 0 ? '  (in the initial state)' : trace.map((name, index) => `  ${index + 1}. ${name}`).join('\n');
    super(`${what}, after:\n${steps}\nin the state ${JSON.stringify(state)}`, cause === undefined ? undefined : { cause });
    this.trace = trace;
    this.state = state;
  }
}

const DEFAULT_MAX_STATES = 1_000_000;

/** By number of the state; the initial one has no parent. */
interface Visited<S> {
  readonly state: S;
  readonly parent: number;
  readonly step: string;
}

/**
 * Visits every state that can be reached, nearest first, and checks that
 * - `check` holds in each, and no step throws;
 * - where no step is possible, `isDone` says that the protocol may rest there (no deadlock);
 * - from every state, such a rest can be reached (no livelock that nothing leads out of).
 *
 * @throws {ModelError} at the first state that breaks one of these
 * @throws {RangeError} when `maxStates` is not an integer of at least 1, or there are more states
 */
export function explore<S>(model: Model<S>, options: ExploreOptions = {}): Exploration {
  const { maxStates = DEFAULT_MAX_STATES } = options;
  if (!Number.isInteger(maxStates) || maxStates < 1) throw new RangeError(`Expected \`maxStates\` to be an integer of at least 1, got ${String(maxStates)}`);
  const keyOf = model.key?.bind(model) ?? ((state: S) => JSON.stringify(state));
  const numbers = new Map<string, number>();
  const visited: Visited<S>[] = [];
  /** For each state, those from which a step leads to it. */
  const sources: number[][] = [];
  const ends: number[] = [];
  let transitions = 0;

  const visit = (state: S, parent: number, step: string): number => {
    const key = keyOf(state);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    if (visited.length >= maxStates) throw new RangeError(`Expected at most ${maxStates} states (\`maxStates\`), got more`);
    numbers.set(key, visited.length);
    sources.push([]);
    return visited.push({ state, parent, step }) - 1;
  };
  const failAt = (number: number, what: string, cause?: unknown): never => {
    throw new ModelError(what, traceTo(visited, number), visited[number]?.state, cause);
  };

  visit(model.initial, -1, '');
  for (let number = 0; number < visited.length; number++) {
    // Invariant: the loop's condition.
    const { state } = visited[number]!;
    let steps: readonly ModelStep<S>[] = [];
    try {
      model.check?.(state);
      steps = [...model.steps(state)];
    } catch (error) {
      failAt(number, error instanceof Error ? error.message : String(error), error);
    }
    for (const { name, next } of steps) {
      transitions++;
      sources[visit(next, number, name)]?.push(number);
    }
    if (steps.length > 0) continue;
    if (!model.isDone(state)) failAt(number, 'Expected a step, or to be done, got neither');
    ends.push(number);
  }
  const stuck = firstOutside(reach(ends, sources), visited.length);
  if (stuck !== undefined) failAt(stuck, 'Expected a way to an end, got steps that lead to none');
  return { states: visited.length, transitions, ends: ends.length };
}

function traceTo(visited: readonly Visited<unknown>[], number: number): string[] {
  const trace: string[] = [];
  for (let at = visited[number]; at !== undefined && at.parent >= 0; at = visited[at.parent]) trace.push(at.step);
  return trace.toReversed();
}

/** What can be reached from `from` along `edges`. */
function reach(from: readonly number[], edges: readonly (readonly number[])[]): Set<number> {
  const reached = new Set(from);
  // A set's iteration visits what is added meanwhile.
  for (const number of reached) for (const next of edges[number] ?? []) reached.add(next);
  return reached;
}

function firstOutside(inside: ReadonlySet<number>, count: number): number | undefined {
  for (let number = 0; number < count; number++) if (!inside.has(number)) return number;
  return undefined;
}
