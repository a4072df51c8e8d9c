import { expect, it } from 'vitest';
import { problemsText, runsTable } from '../src/report.ts';
import { showProgress } from '../src/progress.ts';
import { utilisationOf } from '../src/utilisation.ts';
import type { TraceEvent } from '@heddle/core';

it('the table compares every run with the first', () => {
  const runs = [
    { name: 'inline', capacity: 1, wallMs: 2000, stallMs: 350.4, utilisation: 0.987 },
    { name: 'threadpool', capacity: 2, wallMs: 1000, stallMs: 3, utilisation: 0.9 },
  ];
  expect(runsTable(runs)).toBe(`\
executor     threads   wall time   speed-up   longest stall   utilisation
──────────   ───────   ─────────   ────────   ─────────────   ───────────
inline             1      2.00 s     1.00 x          350 ms          99 %
threadpool         2      1.00 s     2.00 x            3 ms          90 %`);
});

it('problems are listed with their paths, and cannot move the cursor of a terminal', () => {
  expect(problemsText([])).toBe('');
  const problems = [
    { path: 'a.md', reason: 'is not valid UTF-8' },
    { path: '\u001b[2J\n\u009b.md', reason: 'cannot be read (EIO)' },
  ];
  expect(problemsText(problems)).toBe('2 broken in the input, left out:\n  a.md is not valid UTF-8\n  \\u001b[2J\\u000a\\u009b.md cannot be read (EIO)');
});

it('progress on something that is no terminal is a few plain lines', () => {
  let text = '';
  const progress = showProgress({ write: (more) => (text += more) }, 'inline', 441);
  for (let page = 1; page <= 441; page++) progress.show(page);
  progress.stop();
  expect(text).toBe('inline 221 of 441 pages\ninline 441 of 441 pages\n');
});

it('progress on a terminal is a bar', () => {
  let text = '';
  const stream = { isTTY: true, columns: 80, write: (more: string) => (text += more), cursorTo: () => {}, clearLine: () => {} };
  // cli-progress moves the cursor through node:readline, which writes to the stream.
  const progress = showProgress(stream, 'inline', 4);
  for (let page = 1; page <= 4; page++) progress.show(page);
  progress.stop();
  expect(text).toMatch(/inline █+ 4 of 4 pages/);
});

it('utilisation is the share of the time in which threads had a task to step', () => {
  const event = (type: TraceEvent['type'], timeMs: number, taskId: string, thread: number): TraceEvent => ({ type, timeMs, taskId, thread, name: taskId });
  const events = [
    event('queued', 0, 'a', 0),
    event('started', 10, 'a', 1),
    event('awaiting', 20, 'a', 1),
    event('resumed', 50, 'a', 1),
    event('completed', 60, 'a', 1),
    // A task that begins before the other has made way is not counted twice.
    event('started', 15, 'b', 1),
    event('failed', 25, 'b', 1),
    event('started', 0, 'c', 2),
    event('completed', 75, 'c', 2),
  ];
  expect(utilisationOf(events, 2, 100)).toBeCloseTo((15 + 10 + 75) / 200);
  expect(utilisationOf([], 2, 0)).toBe(0);
});
