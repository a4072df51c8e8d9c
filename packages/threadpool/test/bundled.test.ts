import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build as esbuild } from 'esbuild';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build as vite } from 'vite';

/** Only for the case of failure: every program ends by itself. */
const LIMIT_MS = 60_000;

const SOURCE = fileURLToPath(new URL('./fixtures/bundled/', import.meta.url));
const WORKER = fileURLToPath(new URL('../dist/worker.js', import.meta.url));
const THREAD_ENTRY = fileURLToPath(new URL('../dist/thread-entry.cjs', import.meta.url));
/** Inside the package, so that bundles find the packages that they leave out; not among the sources. */
const BUNDLES = fileURLToPath(new URL('../coverage/', import.meta.url));

let home = '';
beforeAll(async () => {
  await mkdir(BUNDLES, { recursive: true });
  home = await mkdtemp(join(BUNDLES, 'bundles-'));
});
afterAll(() => rm(home, { recursive: true, force: true }));

async function run(directory: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(directory, 'main.js')], { timeout: LIMIT_MS });
  return JSON.parse(stdout);
}

const entry = (name: string): string => join(SOURCE, `${name}.ts`);
const esbuildBase = { bundle: true, platform: 'node', format: 'esm', target: 'node20', minify: true, logLevel: 'silent' } as const;

/** One bundle for the program and one for its tasks: nothing in common, the tasks twice. */
async function twoWithEsbuild(outdir: string): Promise<void> {
  for (const name of ['main', 'tasks']) {
    // oxlint-disable-next-line no-await-in-loop -- two bundlers at once would only take each other's time
    await esbuild({ ...esbuildBase, entryPoints: [entry(name)], outfile: join(outdir, `${name}.js`), packages: 'external' });
  }
}

async function buildWithVite(outdir: string, names: readonly string[]): Promise<void> {
  await vite({
    configFile: false,
    logLevel: 'silent',
    root: SOURCE,
    // Installed packages are left out of such a build by themselves; here these are linked.
    ssr: { external: ['@heddle/core', '@heddle/threadpool'] },
    build: {
      ssr: true,
      target: 'node20',
      outDir: outdir,
      emptyOutDir: false,
      rollupOptions: { input: Object.fromEntries(names.map((name) => [name, entry(name)])), output: { format: 'es', entryFileNames: '[name].js' } },
    },
  });
}

async function twoWithVite(outdir: string): Promise<void> {
  await buildWithVite(outdir, ['main']);
  await buildWithVite(outdir, ['tasks']);
}

describe.each([
  ['esbuild', twoWithEsbuild],
  ['vite', twoWithVite],
])('a program that %s has put into one bundle, and its tasks into another', (name, build) => {
  test('runs them on threads, which find them by name, and refuses to run itself on a thread', { timeout: LIMIT_MS }, async () => {
    const directory = join(home, `two-${name}`);
    await build(directory);
    expect(await run(directory)).toEqual({
      woven: 'spun warpx4 spun weft on a thread',
      torn: 3,
      missing: 'ERR_HEDDLE_TASK_NOT_FOUND',
      loom: 'jacquard',
      isPutAway: true,
      hint: expect.stringMatching(/Expected the modules that the pool lists to define task 'forgotten' of the program .*main\.js, got none in .*tasks\.js\. Add the module that defines it to `modules`/),
    });
  });
});

describe('a program whose bundler shares code between its bundles', () => {
  test('runs its tasks on threads, built by vite', { timeout: LIMIT_MS }, async () => {
    const directory = join(home, 'shared-vite');
    await buildWithVite(directory, ['main', 'tasks']);
    expect(await run(directory)).toMatchObject({ woven: 'spun warpx4 spun weft on a thread', torn: 3, loom: 'jacquard', isPutAway: true });
  });

  test('runs its tasks on threads, built by esbuild with all packages but Piscina inside', { timeout: LIMIT_MS }, async () => {
    const directory = join(home, 'shared-esbuild');
    const entryPoints = { main: entry('main'), tasks: entry('tasks'), worker: WORKER };
    await esbuild({ ...esbuildBase, entryPoints, outdir: directory, splitting: true, external: ['piscina'] });
    await copyFile(THREAD_ENTRY, join(directory, 'thread-entry.cjs'));
    expect(await run(directory)).toMatchObject({ woven: 'spun warpx4 spun weft on a thread', torn: 3, loom: 'jacquard', isPutAway: true });
  });
});
