/** The command line of a benchmark: which suites, for how long, and where the results go. */

import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { Command, CommanderError } from 'commander';
import { describeMachine, readCommit, readVersions } from './environment.ts';
import { budgetOf, FULL, QUICK, type Plan } from './plan.ts';
import { renderJson } from './report/json.ts';
import { renderSvg } from './report/svg.ts';
import { renderSuite, renderSummary } from './report/text.ts';
import { runSuite, type SuiteResult } from './run-suite.ts';
import { startSubjectProcess } from './subject-process.ts';
import type { Suite } from './suite.ts';

/** What the command line of an application needs to know of it. */
export interface BenchApplication {
  readonly suites: readonly Suite[];
  /** The directory of the application's package.json, with a slash at its end. */
  readonly root: URL;
  /** Takes the report. */
  readonly out: (text: string) => void;
  /** Takes progress and errors. */
  readonly err: (text: string) => void;
  /** Whether `err` goes to a terminal, where progress can be told in place. */
  readonly isInteractive: boolean;
  /** How long to measure, without and with `--quick`. */
  readonly plans?: { readonly full: Plan; readonly quick: Plan };
}

/** Everything ran; what holds and what does not stands in the report. */
const EXIT_OK = 0;
/** A suite crashed, or with `--strict` a limit was missed. */
const EXIT_FAILED = 1;
/** The command line was wrong. */
const EXIT_USAGE = 2;

/** Back to the first column, and the line emptied. */
const CLEAR_LINE = '\r\u001B[K';

interface Options {
  readonly only?: readonly string[];
  readonly list?: boolean;
  readonly json?: string;
  readonly plots?: string;
  readonly quick?: boolean;
  readonly strict?: boolean;
}

/**
 * Runs a benchmark as its command line says.
 *
 * @param args what follows the name of the program
 * @returns the exit code: 0 when everything ran, 1 when a suite crashed (or `--strict` and a limit was missed), 2 for a wrong command line
 */
export async function runCli(args: readonly string[], application: BenchApplication): Promise<number> {
  const { suites, out, err } = application;
  try {
    const options = parse(args, application);
    const chosen = choose(suites, options);
    if (options.list === true) {
      out(renderList(suites));
      return EXIT_OK;
    }
    prepareOutput(options);
    const leftOut = options.only === undefined ? suites.filter((suite) => !chosen.includes(suite)) : [];
    if (leftOut.length > 0) err(`left out, too slow for a quick run: ${leftOut.map(({ id }) => id).join(', ')}\n`);
    return await runAll(chosen, options, application);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_OK : EXIT_USAGE;
    if (!(error instanceof UsageError)) throw error;
    err(`error: ${error.message}\n`);
    return EXIT_USAGE;
  }
}

class UsageError extends Error {}

function parse(args: readonly string[], { suites, out, err }: BenchApplication): Options {
  const command = new Command('bench')
    .usage('[options]')
    .description('Measures Heddle against its peers, in interleaved rounds of one run.')
    .option('--only <ids>', 'run these suites only, separated by commas', (ids) => ids.split(',').map((id) => id.trim()))
    .option('--list', 'list the suites with their questions, and run nothing')
    .option('--json <file>', 'write the results to this file')
    .option('--plots <directory>', 'draw a plot of each suite into this directory, as SVG')
    .option('--quick', 'rough figures within two minutes, without slow suites that --only does not name')
    .option('--strict', 'exit with 1 when a ratio misses its limit')
    .helpOption('--help', 'show this help')
    .addHelpText('after', `\nSuites:\n${renderList(suites)}\nWith npm, options follow two dashes: npm run bench -- --quick\n`)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: err });
  return command.parse(args, { from: 'user' }).opts<Options>();
}

function renderList(suites: readonly Suite[]): string {
  const width = Math.max(...suites.map(({ id }) => id.length));
  return suites.map(({ id, question }) => `  ${id.padEnd(width)}  ${question}\n`).join('');
}

function choose(suites: readonly Suite[], { only, quick = false }: Options): readonly Suite[] {
  if (only === undefined) return suites.filter(({ isSlow = false }) => !(quick && isSlow));
  const unknown = only.filter((id) => suites.every((suite) => suite.id !== id));
  if (unknown.length > 0) {
    const known = suites.map(({ id }) => id).join(', ');
    throw new UsageError(`unknown suite ${unknown.map((id) => `'${id}'`).join(', ')}; expected some of ${known}`);
  }
  return suites.filter(({ id }) => only.includes(id));
}

/** Finds out before the first round, and not after the last one, that results cannot be written. */
function prepareOutput({ json, plots }: Options): void {
  for (const directory of [json === undefined ? undefined : dirname(resolve(json)), plots]) {
    if (directory === undefined) continue;
    try {
      mkdirSync(directory, { recursive: true });
      accessSync(directory, constants.W_OK);
    } catch (error) {
      throw new UsageError(`expected a directory that can be written to, got ${directory} (${(error as NodeJS.ErrnoException).code})`);
    }
  }
}

async function runAll(suites: readonly Suite[], options: Options, application: BenchApplication): Promise<number> {
  const { root, out, err, plans = { full: FULL, quick: QUICK } } = application;
  const plan = options.quick === true ? plans.quick : plans.full;
  const { results, hasCrashed } = await measureAll(suites, plan, application);
  if (options.json !== undefined) {
    const report = { machine: describeMachine(), versions: readVersions(root), commit: readCommit(root), results };
    writeFileSync(options.json, renderJson(report));
    err(`results: ${resolve(options.json)}\n`);
  }
  if (options.plots !== undefined) {
    for (const result of results) writeFileSync(join(options.plots, `${result.id}.svg`), renderSvg(result));
    err(`plots: ${resolve(options.plots)}\n`);
  }
  out(`Summary${options.quick === true ? ' of a quick run: rough figures, not for quoting' : ''}\n${renderSummary(results)}\n`);
  const missed = results.flatMap(({ ratios }) => ratios).filter(({ holds }) => !holds).length;
  out(`${missed === 0 ? 'Every limit holds' : `${missed} ${missed === 1 ? 'ratio misses its' : 'ratios miss their'} limit`}${hasCrashed ? ', but not every suite ran' : ''}.\n`);
  return hasCrashed || (options.strict === true && missed > 0) ? EXIT_FAILED : EXIT_OK;
}

interface Measured {
  readonly results: readonly SuiteResult[];
  readonly hasCrashed: boolean;
}

async function measureAll(suites: readonly Suite[], plan: Plan, { out, err, isInteractive }: BenchApplication): Promise<Measured> {
  const now = (): number => performance.now();
  const startMs = now();
  const results: SuiteResult[] = [];
  let hasCrashed = false;
  for (const [index, suite] of suites.entries()) {
    const suiteStartMs = now();
    const label = `[${index + 1}/${suites.length}] ${suite.id}`;
    try {
      const result = await runSuite(suite, {
        plan,
        budgetMs: budgetOf(plan, now() - startMs, suites.length - index),
        isTimeUp: () => now() - startMs > plan.totalMs,
        now,
        start: startSubjectProcess,
        onProgress: (what) => {
          if (isInteractive) err(`${CLEAR_LINE}${label}: ${what}`);
        },
      });
      results.push(result);
      err(`${isInteractive ? CLEAR_LINE : ''}${label}: ${((now() - suiteStartMs) / 1_000).toFixed(1)} s\n`);
      out(`${renderSuite(suite, result)}\n\n`);
    } catch (error) {
      hasCrashed = true;
      err(`${isInteractive ? '\n' : ''}${label}: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
  return { results, hasCrashed };
}
