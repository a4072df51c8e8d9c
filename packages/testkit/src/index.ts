/**
 * @heddle/testkit: a clock that tests move, an explorer of models, and the laws that every executor keeps. Imports no test framework; the laws as vitest
 * tests are in `@heddle/testkit/conformance`.
 */

// -- time --
export { VirtualClock, type PendingTimer, type RunUntilIdleOptions, type VirtualClockOptions } from './virtual-clock.ts';

// -- models --
export { explore, ModelError, type Exploration, type ExploreOptions, type Model, type ModelStep } from './explore.ts';

// -- laws --
export { laws } from './laws.ts';
export type { CaseOptions, CreateExecutor, Law, LawCase } from './law.ts';
export { validateExemptions, type Exemptions } from './exemptions.ts';

// -- for tests with tasks on other threads --
export { Board } from './board.ts';

// -- traces --
export { readChromeTrace, type ChromeArrow, type ChromeSlice, type ChromeTrace } from './chrome-trace.ts';
