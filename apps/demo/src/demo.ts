/** The demo from its options to its last line. */

import { join } from 'node:path';
import { articleTables } from './article.ts';
import { filesOfSite } from './build-site.ts';
import { differingFiles } from './compare-sites.ts';
import { readInput } from './input.ts';
import type { DemoOptions } from './options.ts';
import { OutputDirectory } from './output-directory.ts';
import type { ProgressStream } from './progress.ts';
import { problemsText, runsTable } from './report.ts';
import { runOn, siteOf, traceOf, type Run } from './run-on.ts';
import { UserError } from './user-error.ts';

/** Where the demo speaks. */
export interface Terminal {
  readonly out: ProgressStream;
  readonly err: ProgressStream;
}

/** How many differing files are named. */
const MAX_NAMED = 10;

/**
 * Runs the demo.
 *
 * @returns whether all sites are the same
 * @throws {UserError} when the options name something that does not fit
 */
export async function runDemo(options: DemoOptions, { out, err }: Terminal, signal: AbortSignal): Promise<boolean> {
  const say = (text: string): void => void out.write(`${text}\n`);
  const input = await readInput(options.input, signal);
  if (input.files.length === 0) {
    if (input.problems.length > 0) err.write(`${problemsText(input.problems)}\n`);
    throw new UserError(`Expected --input to hold Markdown files (*.md, *.markdown), got none that can be read under ${options.input}`);
  }
  const output = await OutputDirectory.claim(options.output);
  say(await articleTables());

  say(`${input.files.length} Markdown files under ${options.input}`);
  await output.prepare(options.executors.flatMap((name) => [traceOf(name), ...filesOfSite(input).map((file) => `${siteOf(name)}/${file}`)]));
  const runs: Run[] = [];
  try {
    for (const name of options.executors) {
      runs.push(await runOn(name, { input, output: output.path, threads: options.threads, signal, terminal: out }));
    }
  } finally {
    if (runs.length < options.executors.length) await output.removeParts();
  }

  // Every executor read the same files, so the first one's problems are everybody's.
  const problems = problemsText([...input.problems, ...(runs[0]?.problems ?? [])]);
  if (problems !== '') err.write(`\n${problems}\n`);
  say(`\n${runsTable(runs.map(({ report }) => report))}\n`);
  const areEqual = compare(runs, err);
  if (areEqual && runs.length > 1) say(`The ${runs.length} sites are equal, byte by byte.`);
  for (const name of options.executors.slice(-1)) say(`site   ${join(output.path, siteOf(name), 'index.html')}`);
  for (const name of options.executors) say(`trace  ${join(output.path, traceOf(name))}`);
  say('Open the site in a browser, and a trace in https://ui.perfetto.dev.');
  return areEqual;
}

function compare(runs: readonly Run[], err: ProgressStream): boolean {
  const [first, ...others] = runs;
  if (first === undefined) return true;
  let areEqual = true;
  for (const other of others) {
    const files = differingFiles(first.hashes, other.hashes);
    if (files.length === 0) continue;
    areEqual = false;
    const more = files.length > MAX_NAMED ? ` and ${files.length - MAX_NAMED} more` : '';
    err.write(`The sites of ${first.report.name} and ${other.report.name} differ in ${files.slice(0, MAX_NAMED).join(', ')}${more}\n`);
  }
  return areEqual;
}
