// Refuses a lockfile that would not install everywhere: one tied to a registry's address, or one that lost the
// binaries of a platform because the registry it was made from lacked them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const lines = readFileSync(join(import.meta.dirname, '../pnpm-lock.yaml'), 'utf8').split('\n');
const problems = [];

/** Families that a dependency itself asks for on one platform only: rollup names a single lzma binary. */
const exempt = new Set(['@napi-rs/lzma-']);

/** Family name, such as `@turbo/`, to the platforms it has members for. */
const families = new Map();

lines.forEach((line, index) => {
  if (/https?:\/\/|tarball:/.test(line)) problems.push(`line ${index + 1} holds an address: ${line.trim()}`);
  const member = /^ {2}'?(.+[-/])(linux|darwin|win32|windows)-.*@.*:$/.exec(line);
  if (!member) return;
  const [, family, platform] = member;
  if (!families.has(family)) families.set(family, new Set());
  families.get(family).add(platform === 'windows' ? 'win32' : platform);
});

for (const [family, platforms] of families) {
  const missing = ['linux', 'darwin', 'win32'].filter((platform) => !platforms.has(platform));
  if (missing.length > 0 && !exempt.has(family)) problems.push(`${family}* lacks ${missing.join(' and ')}`);
}
if (families.size === 0) problems.push('no native family found: has the format of the lockfile changed?');

for (const problem of problems) console.error(`pnpm-lock.yaml: ${problem}`);
process.exitCode = problems.length > 0 ? 1 : 0;
