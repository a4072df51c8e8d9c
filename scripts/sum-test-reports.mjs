// Adds up the vitest reports that `npm test` left in every workspace and prints `N passed, N failed`.
// A workspace without a report, or no test at all, is a failure: a run that tested nothing must not look green.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');

const workspaces = ['packages', 'apps']
  .flatMap((group) => readdirSync(join(root, group)).map((name) => join(group, name)))
  .filter((workspace) => existsSync(join(root, workspace, 'package.json')));

let passed = 0;
let failed = 0;
let isComplete = true;

for (const workspace of workspaces) {
  const path = join(root, workspace, 'coverage/vitest-report.json');
  if (!existsSync(path)) {
    console.error(`${workspace}: no test report`);
    isComplete = false;
    continue;
  }
  const report = JSON.parse(readFileSync(path, 'utf8'));
  passed += report.numPassedTests;
  failed += report.numFailedTests;
}

if (passed + failed === 0) console.error('no test ran');
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = isComplete && passed > 0 && failed === 0 ? 0 : 1;
