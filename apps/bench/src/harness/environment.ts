/** Where and of what a report was made: without it no figure means anything. */

import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, arch, cpus, platform, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';

export interface Machine {
  readonly platform: string;
  readonly cpu: string;
  /** How many threads can run at the same moment. */
  readonly parallelism: number;
  readonly memoryGb: number;
}

/** Describes this machine. */
export function describeMachine(): Machine {
  return {
    platform: `${platform()} ${release()} ${arch()}`,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    parallelism: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
  };
}

/**
 * Gives the versions of Node, V8 and of everything that an application depends on.
 *
 * @param root the directory of the application's package.json, with a slash at its end
 */
export function readVersions(root: URL): Record<string, string> {
  const { dependencies = {} } = readManifest(new URL('package.json', root));
  const versions: Record<string, string> = { node: process.versions.node, v8: process.versions.v8 };
  for (const name of Object.keys(dependencies)) {
    versions[name] = readManifest(new URL(`node_modules/${name}/package.json`, root)).version ?? 'unknown';
  }
  return versions;
}

/** Gives the commit that the sources are at, with `-dirty` where they differ from it, or `null` outside a repository. */
export function readCommit(root: URL): string | null {
  try {
    const git = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude', '*'];
    return execFileSync('git', git, { cwd: fileURLToPath(root), encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

interface Manifest {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

function readManifest(url: URL): Manifest {
  return JSON.parse(readFileSync(url, 'utf8')) as Manifest;
}
