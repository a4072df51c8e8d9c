/** @heddle/bench/harness: measures subjects against each other. Knows nothing of what they do. */

// -- defining suites --
export { defineSuite, type Execution, type Ratio, type Subject, type Suite, type SuiteDefinition } from './suite.ts';
export { equals, equalsEach, microsecondsEach, milliseconds, nanosecondsEach, perSecond, timed, type Measure, type TimedWork } from './timed.ts';

// -- what suites measure with --
export { liveHeapBytes } from './heap.ts';
export { quotientOfTimes, type PairedWork } from './paired.ts';

// -- running them --
export { runCli, type BenchApplication } from './cli.ts';
export { runSuite, type SuiteResult, type SuiteRun } from './run-suite.ts';
export { startSubjectProcess, type RunningSubject, type StartSubject } from './subject-process.ts';
export { budgetOf, FULL, QUICK, wantsAnotherRound, type Plan, type Progress } from './plan.ts';
export { orderOfRound } from './interleave.ts';

// -- evaluating them --
export { median, percentile, spreadOf, type Spread } from './statistics.ts';
export { evaluateRatio, type RatioResult } from './ratio.ts';

// -- reporting --
export { renderJson, type Report } from './report/json.ts';
export { renderSvg } from './report/svg.ts';
export { renderFigure, renderSuite, renderSummary } from './report/text.ts';
export { describeMachine, readCommit, readVersions, type Machine } from './environment.ts';
