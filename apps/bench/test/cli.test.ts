import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCli, type BenchApplication, type Report, type Suite } from '@heddle/bench/harness';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as fakes from './fixtures/fake-suites.mjs';
import { FOUR_ROUNDS } from './fixtures/plans.ts';

let directory: string;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'heddle-bench-'));
});

afterAll(() => {
  rmSync(directory, { recursive: true });
});

interface Ended {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

async function bench(args: readonly string[], suites: readonly Suite[] = [fakes.fake, fakes.prepared]): Promise<Ended> {
  let out = '';
  let err = '';
  const application: BenchApplication = {
    suites,
    root: new URL('../', import.meta.url),
    out: (text) => (out += text),
    err: (text) => (err += text),
    isInteractive: false,
    plans: { full: FOUR_ROUNDS, quick: FOUR_ROUNDS },
  };
  const exitCode = await runCli(args, application);
  return { exitCode, out, err };
}

describe('the command line', () => {
  it('lists the suites with their questions and runs nothing', async () => {
    const { exitCode, out, err } = await bench(['--list']);
    expect(out).toBe('  fake      Does the harness do what it says?\n  prepared  Do subjects get what was prepared?\n');
    expect([exitCode, err]).toEqual([0, '']);
  });

  it('answers an unknown suite in one line with the known ones, and exits with 2', async () => {
    const { exitCode, out, err } = await bench(['--only', 'fake,burst-7']);
    expect(err).toBe("error: unknown suite 'burst-7'; expected some of fake, prepared\n");
    expect([exitCode, out]).toEqual([2, '']);
  });

  it('answers an unknown option in one line, and exits with 2', async () => {
    const { exitCode, err } = await bench(['--as-fast-as-you-can']);
    expect(err).toBe("error: unknown option '--as-fast-as-you-can'\n");
    expect(exitCode).toBe(2);
  });

  it('explains every option under --help', async () => {
    const { exitCode, out } = await bench(['--help']);
    for (const option of ['--only', '--list', '--json', '--plots', '--quick', '--strict', '--help']) expect(out).toContain(option);
    expect(exitCode).toBe(0);
  });

  it('finds out before it measures that the results have no place to go', async () => {
    const file = join(directory, 'a-file');
    writeFileSync(file, '');
    const { exitCode, out, err } = await bench(['--json', join(file, 'results.json')]);
    expect(err).toMatch(/^error: expected a directory that can be written to, got .*a-file \(\w+\)\n$/);
    expect([exitCode, out]).toEqual([2, '']);
  });
});

describe('the program', () => {
  it('has the suites that the speed claims name', () => {
    const listing = execFileSync(process.execPath, [fileURLToPath(new URL('../dist/main.js', import.meta.url)), '--list'], { encoding: 'utf8' });
    const ids = listing.trimEnd().split('\n').map((line) => line.trim().split(' ')[0]);
    const single = ['await-chain', 'spawn-join', 'switch-10000', 'switch-1000000', 'switch-memory', 'deep-chain', 'deep-memory'];
    const runtime = ['policies', 'timers', 'loop-gap', 'loop-gap-loss', 'trace-off'];
    const pool = ['burst-16', 'burst-1000', 'burst-10000', 'tasks-10us', 'tasks-100us', 'tasks-1ms', 'latency', 'mixed-p99', 'payload'];
    const trees = ['fib', 'overhead', 'mergesort', 'queens', 'uts', 'walk', 'skew', 'vs-piscina', 'predicted'].map((id) => `steal-${id}`);
    expect(ids).toEqual([...single, ...runtime, ...pool, 'cold-start', 'idle-memory', 'nested-fib', 'parallel-map', 'parallel-map-tiny', ...trees]);
  });
});

describe('a run', () => {
  it('prints a table for each suite and a summary of all ratios, a missed limit plainly among them', async () => {
    const { exitCode, out, err } = await bench([]);
    expect(out).toBe(`fake: Does the harness do what it says?
  ns per nothing, lower is better
             median  p99  min  max  rounds
  heddle         35   50   20   50       4  counts from 10
  rival <&>     140  200   80  200       4  counts from 40

prepared: Do subjects get what was prepared?
  pieces, higher is better
       median  p99  min  max  rounds
  one       7    7    7    7       4

Summary
  suite  ratio                 median  rounds from to   limit  holds
  fake   heddle / rival time     0.25    0.25 to 0.25  <= 0.3    yes
  fake   rival / heddle time        4          4 to 4    >= 5     NO
  fake   heddle / heddle time       1          1 to 1
1 ratio misses its limit.
`);
    expect(err).toMatch(/^\[1\/2\] fake: \d+\.\d s\n\[2\/2\] prepared: \d+\.\d s\n$/);
    expect(exitCode).toBe(0);
  });

  it('exits with 1 under --strict when a limit is missed', async () => {
    expect((await bench(['--strict', '--only', 'fake'])).exitCode).toBe(1);
    expect((await bench(['--strict', '--only', 'prepared'])).exitCode).toBe(0);
  });

  it('goes on after a suite that crashed, says so, and exits with 1', async () => {
    const { exitCode, out, err } = await bench([], [fakes.throwsInRun, fakes.prepared]);
    expect(err).toContain("[1/2] throws-in-run: Subject 'broken' of suite 'throws-in-run' failed in its warm-up: Error: Expected the result 42, got 41");
    expect(out).toContain('prepared: Do subjects get what was prepared?');
    expect(out).toContain('Every limit holds, but not every suite ran.');
    expect(exitCode).toBe(1);
  });

  it('leaves out a slow suite when it is to be quick, and says so, unless it is asked for by its id', async () => {
    const suites = [fakes.fake, { ...fakes.prepared, isSlow: true }];
    const { out, err } = await bench(['--quick'], suites);
    expect(out).not.toContain('prepared: ');
    expect(err).toContain('left out, too slow for a quick run: prepared\n');
    expect((await bench(['--quick', '--only', 'prepared'], suites)).out).toContain('prepared: ');
    expect((await bench([], suites)).out).toContain('prepared: ');
  });

  it('writes the results in the form that comparisons rely on', async () => {
    const file = join(directory, 'new', 'results.json');
    await bench(['--only', 'fake', '--json', file, '--quick']);
    const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
    expect(Object.keys(report)).toEqual(['machine', 'versions', 'commit', 'results']);
    expect(Object.keys(report.machine)).toEqual(['platform', 'cpu', 'parallelism', 'memoryGb']);
    expect(report.versions).toMatchObject({ node: process.versions.node, piscina: expect.stringMatching(/^\d+\.\d+\.\d+/) as string });
    expect(report.commit === null || /^[0-9a-f]{40}(-dirty)?$/.test(report.commit)).toBe(true);
    expect(report.results).toEqual([
      {
        id: 'fake',
        question: 'Does the harness do what it says?',
        unit: 'ns per nothing',
        lowerIsBetter: true,
        subjects: [
          { name: 'heddle', median: 35, p99: 50, min: 20, max: 50, rounds: 4 },
          { name: 'rival <&>', median: 140, p99: 200, min: 80, max: 200, rounds: 4 },
        ],
        ratios: [
          { name: 'heddle / rival time', value: 0.25, min: 0.25, max: 0.25, atMost: 0.3, holds: true },
          { name: 'rival / heddle time', value: 4, min: 4, max: 4, atLeast: 5, holds: false },
          { name: 'heddle / heddle time', value: 1, min: 1, max: 1, holds: true },
        ],
      },
    ]);
  });

  it('draws a plot of each suite, with names that XML would misread escaped', async () => {
    const plots = join(directory, 'plots');
    await bench(['--plots', plots]);
    expect(readdirSync(plots)).toEqual(['fake.svg', 'prepared.svg']);
    const drawing = readFileSync(join(plots, 'fake.svg'), 'utf8');
    expect(drawing).toContain('rival &lt;&amp;&gt;');
    expect(drawing).not.toContain('NaN');
  });
});
