/** What a benchmark is: one question, the subjects that answer it, and the ratios between them that the project makes claims about. */

import type { Plan } from './plan.ts';

/** One round's work of a subject, ready to be repeated. */
export interface Execution {
  /**
   * Does the work once.
   *
   * @returns its value in the suite's unit
   * @throws when the work came to a wrong result: a benchmark that computes nothing must not look fast
   */
  run(): number | Promise<number>;
  /** Frees what `setup` made: threads, executors. */
  teardown?(): void | Promise<void>;
}

/** One contender. It lives in a process of its own, so that the others cannot disturb its heap and its compiled code. */
export interface Subject<P = unknown> {
  /** Unique within the suite. */
  readonly name: string;
  /** The settings it runs with, where there was a choice. */
  readonly note?: string;
  /** Makes everything that is not part of the question: imports, pools, inputs. Never timed. */
  setup(parameters: P): Execution | Promise<Execution>;
}

/**
 * A quotient of two subjects, or the value of one where a limit is absolute (bytes, a delay), with the limit that the project set
 * itself, if it did.
 */
export interface Ratio {
  /** Reads as a part of a sentence, such as `heddle / piscina throughput`. */
  readonly name: string;
  /** The name of a subject of the same suite. */
  readonly numerator: string;
  /** The same. Without it the numerator's own value is held against the limit: only for what does not vary with the machine's speed. */
  readonly denominator?: string;
  /** The ratio holds from here upwards. @default no limit */
  readonly atLeast?: number;
  /** The ratio holds up to here. @default no limit */
  readonly atMost?: number;
}

export interface SuiteDefinition<P = unknown> {
  /** Stays the same for ever: reports are compared by it. */
  readonly id: string;
  readonly question: string;
  /** What the values count, such as `ns per await`. */
  readonly unit: string;
  readonly lowerIsBetter: boolean;
  /** Whether a single round takes so long that a quick run leaves the suite out, unless it is asked for by its id. @default false */
  readonly isSlow?: boolean;
  /** Runs once, before the subjects are set up; what it gives (cloneable) goes to the `setup` of each of them. */
  prepare?(plan: Plan): P | Promise<P>;
  readonly subjects: readonly Subject<P>[];
  readonly ratios: readonly Ratio[];
}

export interface Suite<P = unknown> extends SuiteDefinition<P> {
  /** The module that exports the suite; the process of a subject finds it there. */
  readonly moduleUrl: string;
}

/**
 * Defines a suite. The module must export it, under any name.
 *
 * @param meta the defining module's `import.meta`
 * @throws {TypeError} when two subjects share a name, or a ratio names a subject that does not exist
 */
export function defineSuite<P>(meta: ImportMeta, definition: SuiteDefinition<P>): Suite<P> {
  const { id, subjects, ratios } = definition;
  const names = new Set(subjects.map((subject) => subject.name));
  if (names.size !== subjects.length) throw new TypeError(`Expected the subjects of suite '${id}' to have names of their own, got ${list(subjects)}`);
  for (const { name, numerator, denominator } of ratios) {
    for (const subject of [numerator, denominator]) {
      if (subject !== undefined && !names.has(subject)) throw new TypeError(`Expected ratio '${name}' of suite '${id}' to name one of ${list(subjects)}, got '${subject}'`);
    }
  }
  return { ...definition, moduleUrl: meta.url };
}

/** Imports the module of a suite and gives the subject in it. */
export async function loadSubject(moduleUrl: string, suiteId: string, subjectName: string): Promise<Subject> {
  const exported: Record<string, unknown> = await import(moduleUrl);
  const suite = Object.values(exported).find((value) => (value as Partial<Suite> | null | undefined)?.id === suiteId) as Suite | undefined;
  const subject = suite?.subjects.find(({ name }) => name === subjectName);
  if (subject === undefined) throw new TypeError(`Expected ${moduleUrl} to export suite '${suiteId}' with a subject '${subjectName}', got neither or only one`);
  return subject;
}

function list(subjects: readonly Subject<never>[]): string {
  return subjects.map(({ name }) => `'${name}'`).join(', ');
}
