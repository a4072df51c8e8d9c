import { readChromeTrace } from '@heddle/testkit';
import { describe, expect, test } from 'vitest';

type Event = Record<string, unknown>;

const name = (tid: number): Event => ({ ph: 'M', pid: 1, tid, name: 'thread_name', args: { name: `thread ${tid}` } });
const slice = (tid: number, ts: number, dur: number, title = 'slice'): Event => ({ ph: 'X', pid: 1, tid, ts, dur, name: title, args: { task: title } });
const flow = (ph: 's' | 'f', id: number, tid: number, ts: number, more: Event = {}): Event => ({ ph, pid: 1, tid, ts, name: 'spawn', cat: 'task', id, ...(ph === 'f' ? { bp: 'e' } : {}), ...more });
const counter = (ts: number, value: unknown): Event => ({ ph: 'C', pid: 1, ts, name: 'ready', args: { tasks: value } });

const read = (...traceEvents: Event[]) => readChromeTrace(JSON.stringify({ traceEvents }));

describe('readChromeTrace', () => {
  test('reads slices, arrows with what they lead from and to, counters and names', () => {
    const trace = read(name(1), name(2), slice(1, 0, 10, 'parent'), flow('s', 1, 1, 2), counter(2, 1), slice(2, 4.5, 3, 'child'), flow('f', 1, 2, 4.5), counter(4.5, 0), slice(1, 6, 2, 'inner'));
    expect(trace.problems).toEqual([]);
    expect(trace.slices.map((each) => [each.name, each.thread, each.beginNs, each.endNs])).toEqual([
      ['parent', 1, 0, 10_000],
      ['child', 2, 4_500, 7_500],
      ['inner', 1, 6_000, 8_000],
    ]);
    expect(trace.arrows).toMatchObject([{ kind: 'spawn', from: { name: 'parent' }, to: { name: 'child', args: { task: 'child' } } }]);
    expect(trace.counters).toEqual(new Map([['ready', [1, 0]]]));
    expect(trace.threadNames).toEqual(new Map([[1, 'thread 1'], [2, 'thread 2']]));
  });

  test('binds an arrow at the moment where one slice ends and the next begins to the one that the file tells first', () => {
    const { problems, arrows } = read(name(1), slice(1, 0, 5, 'ends'), flow('s', 1, 1, 5), slice(1, 5, 5, 'begins'), flow('f', 1, 1, 5));
    expect(problems).toEqual([]);
    expect(arrows).toMatchObject([{ from: { name: 'ends' }, to: { name: 'begins' } }]);
  });

  const unsound: Record<string, { readonly events: readonly Event[]; readonly problem: RegExp }> = {
    'an event of an unknown kind': { events: [{ ph: 'Q' }], problem: /^Expected an event of a known kind, got / },
    'a slice without a thread': { events: [{ ph: 'X', pid: 1, ts: 0, dur: 1, name: 'x' }], problem: /^Expected tid, got / },
    'an arrow’s end that would bind to the next slice': { events: [name(1), slice(1, 0, 9), flow('s', 1, 1, 1), flow('f', 1, 1, 2, { bp: undefined })], problem: /^Expected bp, got / },
    'times that go back': { events: [name(1), slice(1, 5, 1), slice(1, 2, 1)], problem: /^Expected a time of at least 5000 ns, got / },
    'a time that is none': { events: [name(1), slice(1, 0, 1), counter(Number.NaN, 1)], problem: /^Expected ts, got / },
    'a negative duration': { events: [name(1), slice(1, 0, -1)], problem: /^Expected a duration of at least 0, got / },
    'slices that overlap': { events: [name(1), slice(1, 0, 5, 'first'), slice(1, 3, 5)], problem: /^Expected an end within first, which ends at 5000 ns, got / },
    'an arrow that begins outside of any slice': { events: [name(1), slice(1, 0, 1), flow('s', 1, 1, 3)], problem: /^Expected a slice around the end of an arrow, got / },
    'an arrow that ends on a thread without slices': { events: [name(1), slice(1, 0, 5), flow('s', 1, 1, 3), flow('f', 1, 2, 4)], problem: /^Expected a slice around the end of an arrow, got / },
    'an arrow without an end': { events: [name(1), slice(1, 0, 5), flow('s', 1, 1, 3)], problem: /^Expected an end of arrow 1 \(spawn\)$/ },
    'an arrow without a beginning': { events: [name(1), slice(1, 0, 5), flow('f', 1, 1, 3)], problem: /^Expected a beginning before the end of an arrow, got / },
    'an arrow with two ends': { events: [name(1), slice(1, 0, 5), flow('s', 1, 1, 1), flow('f', 1, 1, 2), flow('f', 1, 1, 3)], problem: /^Expected a beginning before the end of an arrow, got / },
    'two arrows of one id': {
      events: [name(1), slice(1, 0, 5), flow('s', 1, 1, 1), flow('f', 1, 1, 2), flow('s', 1, 1, 3), flow('f', 1, 1, 4)],
      problem: /^Expected an id of its own for each arrow, got /,
    },
    'an arrow that changes its name': { events: [name(1), slice(1, 0, 5), flow('s', 1, 1, 1), flow('f', 1, 1, 2, { name: 'join' })], problem: /^Expected both ends of an arrow to be of one name, got / },
    'a counter below zero': { events: [counter(0, -1)], problem: /^Expected a counter to be a number of at least 0, got / },
    'a thread without a name': { events: [slice(7, 0, 1)], problem: /^Expected a name for thread 7$/ },
  };

  test.each(Object.entries(unsound))('finds %s', (_, { events, problem }) => {
    const { problems } = read(...events);
    expect(problems.filter((each) => problem.test(each))).not.toEqual([]);
  });

  test('finds that there are no events at all, and refuses what is no JSON', () => {
    expect(readChromeTrace('{}').problems).toEqual(['Expected `traceEvents` to be a list']);
    expect(() => readChromeTrace('{')).toThrow(SyntaxError);
  });
});
