#!/usr/bin/env node
/** `npm run bench`: measures the Heddle packages against their peers. README.md says how to read the report. */

import { runCli } from './harness/index.ts';
import { SUITES } from './suites/index.ts';

process.exitCode = await runCli(process.argv.slice(2), {
  suites: SUITES,
  root: new URL('../', import.meta.url),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
  isInteractive: process.stderr.isTTY,
});
