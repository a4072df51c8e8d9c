#!/usr/bin/env node
/** The command: options in, exit code out. */

import { runDemo } from './demo.ts';
import { onInterrupt } from './interrupt.ts';
import { parseOptions } from './options.ts';
import { UserError } from './user-error.ts';

const FAILED = 1;
const USER_MISTAKE = 2;

async function main(): Promise<number> {
  const parsed = parseOptions(process.argv.slice(2));
  if ('help' in parsed) {
    process.stdout.write(parsed.help);
    return 0;
  }
  const interrupt = onInterrupt();
  try {
    const areEqual = await runDemo(parsed.options, { out: process.stdout, err: process.stderr }, interrupt.signal);
    return areEqual ? 0 : FAILED;
  } catch (error) {
    if (interrupt.exitCode === undefined) throw error;
    process.stderr.write('\nCancelled. Every page that was written is whole.\n');
    return interrupt.exitCode;
  } finally {
    interrupt[Symbol.dispose]();
  }
}

/** One line for a mistake or for what the machine refused; the stack for a bug. */
function tell(error: unknown): number {
  const isUserMistake = error instanceof UserError;
  const isRefusal = typeof (error as NodeJS.ErrnoException).syscall === 'string';
  const text = isUserMistake || isRefusal ? (error as Error).message : ((error as Error).stack ?? String(error));
  process.stderr.write(`heddle-demo: ${text}\n`);
  return isUserMistake ? USER_MISTAKE : FAILED;
}

// A reader that has gone, such as `head`, is no failure: there is just nobody left to tell.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});
process.exitCode = await main().catch(tell);
