/** The command line: what `--help` says, and every mistake that can be seen before any work begins. */

import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError } from 'commander';
import { executorNames, isExecutorName, type ExecutorName } from './executors.ts';
import { UserError } from './user-error.ts';

const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));
const DEFAULT_INPUT = resolve(REPOSITORY, 'node_modules');
const DEFAULT_OUTPUT = resolve(REPOSITORY, 'out/demo');
/** More threads than any machine has cores; a larger number is a slip of the finger. */
const MAX_THREADS = 1024;

/** What the demo was asked to do. */
export interface DemoOptions {
  /** Absolute path of the tree with the Markdown files. */
  readonly input: string;
  /** Absolute path of the directory that the sites are written to. */
  readonly output: string;
  /** Which executors run, in this order, none twice. */
  readonly executors: readonly ExecutorName[];
  /** Threads of the executors that have several. */
  readonly threads: number;
}

/**
 * Reads the command line.
 *
 * @param args the arguments without the program's name
 * @returns the options, or the text that was asked for instead of a run
 * @throws {UserError} when an option is unknown or has a value that cannot be
 */
export function parseOptions(args: readonly string[]): { options: DemoOptions } | { help: string } {
  const command = describeCommand();
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.code === 'commander.helpDisplayed') return { help: command.helpInformation() + NOTES };
    // commander puts its guess ("Did you mean ...") on a line of its own.
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    throw new UserError(`Expected the options that --help lists, got ${message}`);
  }
  const { input, output, executor, threads } = command.opts<RawOptions>();
  return {
    options: {
      input: resolve(expectText('--input', input ?? DEFAULT_INPUT)),
      output: resolve(expectText('--output', output ?? DEFAULT_OUTPUT)),
      executors: executor === undefined ? executorNames : expectExecutors(executor),
      threads: threads === undefined ? availableParallelism() : expectThreads(threads),
    },
  };
}

interface RawOptions {
  readonly input?: string;
  readonly output?: string;
  readonly executor?: readonly string[];
  readonly threads?: string;
}

function describeCommand(): Command {
  const collect = (value: string, before: readonly string[] = []): readonly string[] => [...before, ...value.split(',')];
  return new Command('npm run demo --')
    .description('Prints the two tables of the article, then builds one static site from real READMEs on each executor and compares them.')
    .option('--input <dir>', 'tree to look for Markdown files in (default: the installed dependencies)')
    .option('--output <dir>', 'where the sites and traces go (default: out/demo in this repository)')
    .option('--executor <name>', `${executorNames.join(', ')}; several by comma or by repeating (default: all)`, collect)
    .option('--threads <count>', `threads of the thread pool (default: one a core, here ${availableParallelism()})`)
    .helpOption('--help', 'show this text')
    .configureOutput({ writeOut: () => {}, writeErr: () => {} })
    .exitOverride();
}

const NOTES = `
What it does:
  Each executor reads, renders and highlights every Markdown file (*.md, *.markdown) of the tree as one task a
  page, then writes an index page and a search index. The tasks are the same for all of them. The sites must be
  equal byte by byte. Before the clock starts, each executor renders some pages unmeasured, so that nobody gains
  from code that an earlier one has warmed up.

  Links in the tree are followed where they stay in it or lead into a node_modules directory. A file that
  cannot be read, or is not valid UTF-8, is reported with its path and left out.

What it leaves in the output directory:
  <executor>/index.html     the site: open it in a browser, no server needed
  <executor>.trace.json     a trace for https://ui.perfetto.dev
  .heddle-demo.json         which files the demo made: it removes and overwrites those, and never anything else

Exit code:
  0 done (broken input files are reported, and do not count as failure)   1 the sites differ, or the run failed
  2 a mistake in the options                                              130 cancelled with Ctrl-C
`;

function expectText(option: string, value: string): string {
  if (value === '') throw new UserError(`Expected ${option} to name a directory, got an empty text`);
  return value;
}

function expectExecutors(names: readonly string[]): ExecutorName[] {
  const chosen = new Set<ExecutorName>();
  for (const name of names.map((text) => text.trim())) {
    if (!isExecutorName(name)) throw new UserError(`Expected --executor to be one of ${executorNames.join(', ')}, got '${name}'`);
    chosen.add(name);
  }
  return [...chosen];
}

function expectThreads(text: string): number {
  const threads = /^\d+$/.test(text) ? Number(text) : 0;
  if (threads < 1 || threads > MAX_THREADS) throw new UserError(`Expected --threads to be an integer from 1 to ${MAX_THREADS}, got '${text}'`);
  return threads;
}
