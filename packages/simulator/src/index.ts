/** @heddle/simulator: the same tasks on any number of virtual threads, in virtual time. */

// -- running and recording --
export { Simulator, type SimulatorOptions } from './simulator.ts';
export { simulate, type Schedule, type SimulateOptions } from './schedule.ts';
export { work } from './work.ts';
export type { Instruction } from './lockstep/instruction.ts';
export type { ScheduleTotals } from './lockstep/totals.ts';

// -- rules: who runs next --
export { multiplexerRule } from './rules/multiplexer-rule.ts';
export { threadPoolRule, type ThreadPoolReading } from './rules/thread-pool-rule.ts';
export { parkingRule, type ParkingOptions, type ParkingPolicy } from './rules/parking-rule.ts';
export { workStealingRule, type WorkStealingOptions } from './rules/work-stealing-rule.ts';
export type { RuleTask, SchedulingRule, SchedulingRuleFactory, Visit, VisitEvent } from './rules/scheduling-rule.ts';

// -- rendering --
export { renderSchedule } from './render-schedule.ts';

// -- the article --
export { articleTasks } from './article/article-tasks.ts';
export { articleMultiplexer, articleThreadPool, type ArticleThreadPoolOptions } from './article/article-tables.ts';

// -- studies --
export { amdahlBound } from './studies/amdahl.ts';
export { sumArray, sumArrays, sumStudy, type SumStudy, type SumStudyOptions } from './studies/sum-arrays.ts';
