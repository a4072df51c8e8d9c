import { describe, expect, it } from 'vitest';
import { all, InlineExecutor, renderTable, renderTimeline, sleep, task, TraceRecorder, type TraceEvent } from '@heddle/core';
import { FakeClock } from './fake-clock.ts';

const part = task(import.meta, 'part', function* (ms: number) {
  yield* sleep(ms);
  return ms;
});

const sum = task(import.meta, 'sum', function* () {
  const [left, right] = yield* all([part(10), part(20)]);
  return left + right;
});

async function eventsOf(call: ReturnType<typeof sum>): Promise<readonly TraceEvent[]> {
  const trace = new TraceRecorder();
  const clock = new FakeClock();
  const result = new InlineExecutor({ trace, clock }).run(call);
  await clock.advance(100);
  await result;
  return trace.events;
}

/** The event of a task at a time, on a thread. */
const at = (timeMs: number, type: TraceEvent['type'], name: string, thread = 1, more?: Partial<TraceEvent>): TraceEvent => ({ type, timeMs, taskId: `task-${name}`, name, thread, ...more });

const count = (html: string, pattern: RegExp): number => html.match(pattern)?.length ?? 0;

/** What stands in the cells of each row of the totals. */
const rowsOf = (html: string): string[][] =>
  [...html.matchAll(/<tr><th scope="row">.*<\/tr>/g)].map(([row]) => [...row.matchAll(/>([^<>]+)<\/t[hd]>/g)].map(([, cell]) => cell?.trim() ?? ''));

describe('renderTimeline', () => {
  it('draws a lane for each thread, a box for each step, an arrow of each kind, and sums the tasks up by name', () => {
    const html = renderTimeline(
      [
        at(0, 'queued', 'parent', 0),
        at(0, 'started', 'parent'),
        at(2, 'queued', 'stolen', 1, { causeId: 'task-parent' }),
        at(2, 'queued', 'kept', 1, { causeId: 'task-parent' }),
        at(4, 'awaiting', 'parent', 1, { detail: 'the end of its children', waitsFor: ['task-stolen', 'task-kept'] }),
        at(5, 'stolen', 'stolen', 2),
        at(6, 'started', 'stolen', 2),
        at(14, 'started', 'kept'),
        at(15, 'failed', 'kept', 1, { detail: 'Error: no' }),
        at(16, 'completed', 'stolen', 2),
        at(18, 'ready', 'parent', 1),
        at(19, 'resumed', 'parent', 1),
        at(20, 'completed', 'parent', 1),
      ],
      { title: 'Three tasks', threadName: (thread) => `worker ${thread}` },
    );
    expect([...html.matchAll(/class="thread"[^>]*>([^<]+)/g)].map(([, name]) => name)).toEqual(['worker 1', 'worker 2', 'ready tasks']);
    expect([...html.matchAll(/class="busy"[^>]*>([^<]+)/g)].map(([, text]) => text)).toEqual(['30 % busy', '50 % busy', 'at most 2']);
    const titles = [...html.matchAll(/<rect class="c[^>]*><title>([^<]+)/g)].map(([, title]) => title);
    expect(titles).toEqual([
      'parent (task-parent), 4 ms, then awaiting: the end of its children',
      'kept (task-kept), 1 ms, then failed: Error: no',
      'parent (task-parent), 1 ms, then completed',
      'stolen (task-stolen), 10 ms, then completed',
    ]);
    expect([...html.matchAll(/class="arrow (\w+)" marker-end="[^"]+" d="M\d{3}/g)].map(([, kind]) => kind)).toEqual(['steal', 'join', 'spawn']);
    expect(rowsOf(html)).toEqual([
      ['stolen', '1', '1', '10 ms', '10 ms', '1 completed'],
      ['parent', '1', '2', '5 ms', '4 ms', '1 completed'],
      ['kept', '1', '1', '1 ms', '1 ms', '1 failed'],
    ]);
    expect(html).toContain('<h1>Three tasks</h1>');
    expect(html).toContain('3 tasks · 4 steps · 2 threads · 20 ms');
    expect(html).not.toContain('Left out');
  });

  it('needs nothing but itself: no script, no network; and suits the light and the dark', async () => {
    const html = renderTimeline(await eventsOf(sum()));
    expect(html).not.toMatch(/<script|<link|<img|https?:|src=|@import|url\((?!#)/);
    expect(html).toContain('color-scheme:light dark');
    expect(html).toContain('@media(prefers-color-scheme:dark)');
    expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
  });

  it('tells those who do not see it what it shows: in a name, in a table, and step by step', async () => {
    const events = await eventsOf(sum());
    const html = renderTimeline(events);
    expect(html).toMatch(/<svg [^>]*role="img" aria-labelledby="drawn">\s*<title id="drawn">[^<]+/);
    expect(count(html, /<th scope="col">/g)).toBe(6);
    expect(html).toContain(`<pre tabindex="0">${renderTable(events).replaceAll('>', '&gt;')}</pre>`);
    // Whatever is only drawn is hidden from them.
    expect(count(html, /<svg /g)).toBe(1 + count(html, /<svg [^>]*aria-hidden="true"/g));
  });

  it('lets no name, detail or title become part of the page', () => {
    const evil = '<b onclick="x">&';
    const html = renderTimeline([at(0, 'started', evil), at(5, 'failed', evil, 1, { detail: evil })], { title: evil, threadName: () => evil });
    expect(html).not.toContain('<b ');
    expect(html).not.toContain('onclick="x"');
    expect(count(html, /&lt;b onclick=&quot;x&quot;&gt;&amp;/g)).toBeGreaterThan(4);
  });

  it('draws a trace in which no time passes by the order of its events', async () => {
    const still = (await eventsOf(sum())).map((event) => ({ ...event, timeMs: 7 }));
    const html = renderTimeline(still);
    expect(html).toContain('no time passed: drawn by the order of events');
    const lefts = [...html.matchAll(/<rect class="c\d[^"]*" x="([\d.]+)" y="\d+" width="[\d.]+" height="\d+"><title>/g)].map(([, x]) => Number(x));
    expect(lefts).toHaveLength(6);
    expect(lefts).toEqual(lefts.toSorted((one, other) => one - other));
    expect(new Set(lefts).size).toBe(6);
  });

  it('leaves out what nobody could see, and says so', () => {
    const events: TraceEvent[] = [at(0, 'started', 'root')];
    for (let n = 0; n < 20_000; n++) {
      events.push(at(n, 'queued', `child ${n}`, 1, { causeId: 'task-root' }), at(n + 0.2, 'started', `child ${n}`, 2), at(n + 0.4, 'completed', `child ${n}`, 2));
    }
    events.push(at(20_000, 'completed', 'root'));
    const html = renderTimeline(events);
    const boxes = count(html, /<rect class="c[^>]*><title>/g);
    expect(boxes).toBeLessThan(2_000);
    expect(html).toContain(`Left out: ${20_001 - boxes} steps of thread 2 too narrow to draw; 19750 arrows of 20000 not drawn.`);
    expect(html).not.toContain('<details>');
  });

  it('draws steps at least as long as it is told, where a clock stands still during them', () => {
    const html = renderTimeline([at(3, 'started', 'tick'), at(3, 'completed', 'tick')], { stepMs: 0.5 });
    expect(html).toContain('tick (task-tick), 500 µs, then completed');
    expect(html).toContain('100 % busy');
  });

  it('renders no events at all', () => {
    expect(renderTimeline([])).toContain('0 tasks · 0 steps · 0 threads');
  });
});
