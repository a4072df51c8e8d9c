/** core and multiplexer as they are in a browser: bundled for one, run where there is nothing but what the web has, and in a real one. */

import { createContext, runInContext } from 'node:vm';
import { InlineExecutor, renderTimeline, spawn, task, TraceRecorder } from '@heddle/core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { bundleForBrowsers, type BrowserBundle } from './browser-bundle.ts';
import { findChromium, launchChromium } from './chromium.ts';

let bundle: BrowserBundle;

beforeAll(async () => {
  bundle = await bundleForBrowsers({ path: './fixtures/everything.ts' });
});

const NAPS = ['early', 'early left', 'late', 'late left', 'fast', 'fast left', 'slow left', 'any', 'any left', 'overdue left'];

const ON_EACH_EXECUTOR = {
  fib: 144,
  depth: 50_000,
  plain: 3,
  asynchronous: 2,
  operations: {
    log: NAPS,
    both: ['late', 'early'],
    record: { five: 5, promise: 'kept' },
    winner: { key: 'fast', value: 'fast' },
    first: { key: 0, value: 'any' },
    late: 'fetched',
    inGroup: 8,
    timedOut: 'ERR_HEDDLE_TIMEOUT',
    isAborted: false,
  },
  synchronised: { total: { value: 4, most: 2 }, sum: 15, waiter: 'released', made: 1 },
  locals: { spawned: 'Ada', awaited: 'Grace', outside: 'nobody' },
  cancelled: {
    log: ['neighbour', 'neighbour left', 'cancelled left', 'timed out left'],
    codes: ['ERR_HEDDLE_CANCELLED', 'ERR_HEDDLE_CANCELLED', 'ERR_HEDDLE_TIMEOUT', 'E_NO'],
  },
  refused: 'ERR_HEDDLE_CLOSED',
  awaiting: 0,
};

const EVERYTHING = {
  inline: ON_EACH_EXECUTOR,
  multiplexer: ON_EACH_EXECUTOR,
  byQueue: ON_EACH_EXECUTOR,
  eventLoopTurns: ['stopped', 'stopped'],
  orders: { fifo: [1, 3, 2], lifo: [2, 3, 1], priority: [3, 2, 1] },
  traced: { table: 'main yields                   | queue: [main]\nmain ready --> complete!      | queue: []\n\nDONE!', slices: 2, isHeardWithoutSink: false },
};

describe('a bundle for browsers', () => {
  test('holds core and multiplexer, and reaches nothing of Node', () => {
    const has = (pattern: RegExp): boolean => bundle.modules.some((path) => pattern.test(path));
    expect([has(/packages\/core\/dist\/|\.\.\/core\/dist\//), has(/\bdist\/index\.js$/)]).toEqual([true, true]);
    expect(bundle.nodeModules).toEqual([]);
  });

  test('reaches nothing of Node from any entry of the packages, as far as a bundler can see', async () => {
    const { nodeModules, modules } = await bundleForBrowsers({ text: "export * from '@heddle/core'; export * from '@heddle/core/engine'; export * from '@heddle/multiplexer';" });
    expect(modules.length).toBeGreaterThan(3);
    expect(nodeModules).toEqual([]);
  });

  test('would show an import of a module of Node, with `node:` or without', async () => {
    const { nodeModules } = await bundleForBrowsers({ text: "import 'node:fs'; import { join } from 'path'; export const later = () => import('node:os'); export { join };" });
    expect(nodeModules.toSorted()).toEqual(['node:fs', 'node:os', 'path']);
  });
});

/** What pages and Node both have, of what the packages use. No `process`, no `Buffer`, no `setImmediate`, no `require`. */
const WEB = { setTimeout, clearTimeout, queueMicrotask, performance, MessageChannel, AbortController, AbortSignal, DOMException, structuredClone, console };

/** Runs the bundle where there is nothing but `globals` and what the language has. */
async function runAmong(globals: Readonly<Record<string, unknown>>): Promise<unknown> {
  const context = createContext({ ...globals });
  return JSON.parse(await (runInContext(`${bundle.script}; bundled.runEverything()`, context) as Promise<string>));
}

describe('among the globals of the web alone', () => {
  test('everything that tasks can do works', async () => {
    expect(await runAmong(WEB)).toEqual(EVERYTHING);
  });

  test('so it does without MessageChannel', async () => {
    const { MessageChannel: _, ...others } = WEB;
    expect(await runAmong(others)).toEqual(EVERYTHING);
  });
});

const executable = findChromium();
const mayLack = process.env['CI'] === undefined;
const LACKING = 'SKIPPED, because no Chromium was found: install one, or name it in the environment variable CHROME_PATH';
const isSkipped = executable === undefined && mayLack;

if (isSkipped) console.warn(`\n*** ${LACKING} ***\n`);

describe.skipIf(isSkipped)(`in Chromium${isSkipped ? `: ${LACKING}` : ''}`, () => {
  let browser: Browser | undefined;
  let page: Page;
  const troubles: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    if (executable === undefined) return;
    browser = await launchChromium(executable);
    page = await browser.newPage();
    page.on('pageerror', (error) => troubles.push(String(error)));
    page.on('console', (message) => troubles.push(message.text()));
    page.on('request', (request) => requests.push(request.url()));
  });

  beforeEach(() => {
    expect(executable, 'a Chromium, which CI must have').toBeDefined();
  });

  afterAll(async () => {
    await browser?.close();
  });

  test('everything that tasks can do works', async () => {
    await page.addScriptTag({ content: bundle.script });
    const text = await page.evaluate<string>('bundled.runEverything()');
    expect(JSON.parse(text)).toEqual(EVERYTHING);
    expect(troubles).toEqual([]);
  });

  test('a timeline shows its steps without any request, fits the window, and follows the light', async () => {
    const trace = new TraceRecorder();
    const child = task(import.meta, 'child', () => {});
    const parent = task(import.meta, 'parent', function* () {
      yield* yield* spawn(child());
    });
    await new InlineExecutor({ trace }).run(parent());
    requests.length = 0;
    await page.setViewportSize({ width: 500, height: 800 });
    await page.setContent(renderTimeline(trace.events, { title: 'Parent and child' }));
    const drawing = page.getByRole('img', { name: /Steps of the tasks on each thread/ });
    expect(await drawing.isVisible()).toBe(true);
    expect(await drawing.locator('rect:not(.lane)').count()).toBe(3);
    expect(await page.getByRole('rowheader').allInnerTexts()).toEqual(expect.arrayContaining([' parent', ' child']));
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(500);
    const grounds: unknown[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      grounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
    }
    expect(grounds).toEqual(['rgb(255, 255, 255)', 'rgb(20, 23, 28)']);
    expect(requests.filter((url) => !url.startsWith('about:'))).toEqual([]);
    expect(troubles).toEqual([]);
  });
});
