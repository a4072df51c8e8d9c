/** The article's tables, row by row. The expectations stand here, copied from the article; the simulator computes the rows. */

import { InlineExecutor } from '@heddle/core';
import { articleMultiplexer, articleTasks, articleThreadPool, renderSchedule, type Schedule } from '@heddle/simulator';
import { describe, expect, test } from 'vitest';

/** `[iteration or round, thread, task, event, awaits, queue after it]` */
type Row = readonly [round: number, thread: number, task: string, event: string, awaits: string, queue: string];

function rowsOf(schedule: Schedule): readonly Row[] {
  return schedule.rows.map(({ round, thread, task, event, awaits, queue }) => [round, thread, task, event, awaits.join(' '), queue.join(' ')]);
}

describe('the single-thread multiplexer', () => {
  test('takes the article’s 10 pseudo-instructions in 4 iterations, with its queue after each', async () => {
    const schedule = await articleMultiplexer();
    expect(rowsOf(schedule)).toEqual([
      [1, 1, 'main', 'awaits', 'A', 'main A'],
      [1, 1, 'A', 'awaits', 'B', 'main A B'],
      [1, 1, 'B', 'awaits', 'C', 'main A B C'],
      [1, 1, 'C', 'complete', '', 'main A B'],
      [2, 1, 'main', 'not ready', 'A', 'main A B'],
      [2, 1, 'A', 'not ready', 'B', 'main A B'],
      [2, 1, 'B', 'complete', '', 'main A'],
      [3, 1, 'main', 'not ready', 'A', 'main A'],
      [3, 1, 'A', 'complete', '', 'main'],
      [4, 1, 'main', 'complete', '', ''],
    ]);
    expect(schedule.totals).toEqual({ instructions: 10, byThread: [10], rounds: 4, ticks: 10, speedUp: 1 });
    expect(schedule.outcome).toEqual({ status: 'fulfilled', value: 3 });
  });

  test('prints the article’s text, character by character', async () => {
    expect(renderSchedule(await articleMultiplexer())).toBe(
      `
Iteration 1:
main awaits A               | queue: [main, A]
A ready --> awaits B        | queue: [main, A, B]
B ready --> awaits C        | queue: [main, A, B, C]
C ready --> complete!       | queue: [main, A, B]

Iteration 2:
main not ready, awaiting A      | queue: [main, A, B]
A not ready, awaiting B         | queue: [main, A, B]
B ready --> complete!           | queue: [main, A]

Iteration 3:
main not ready, awaiting A      | queue: [main, A]
A ready --> complete!           | queue: [main]

Iteration 4:
main ready --> complete!      | queue: []

DONE!
`.trim(),
    );
  });
});

/** As the article prints it, its sixth row included. */
const PRINTED = `
Thread 1 | main awaits A             | Queue: [A, main]
Thread 2 | A ready --> awaits B      | Queue: [B, main, A]

Thread 1 | B ready --> awaits C      | Queue: [C, main, A, B]
Thread 2 | C ready --> complete!     | Queue: [main, A, B]

Thread 1 | main not ready            | Queue: [A, B, main]
Thread 2 | B not ready               | Queue: [B, main, A]

Thread 1 | B ready --> complete!     | Queue: [main, A]
Thread 2 | main not ready            | Queue: [A, main]

Thread 1 | A ready --> complete!     | Queue: [main]
Thread 2 | main ready --> complete!  | Queue: []

DONE!
`.trim();

describe('the thread pool as printed', () => {
  test('takes the article’s 10 pseudo-instructions, 5 a thread, with its queue after each', async () => {
    const schedule = await articleThreadPool();
    expect(rowsOf(schedule)).toEqual([
      [1, 1, 'main', 'awaits', 'A', 'A main'],
      [1, 2, 'A', 'awaits', 'B', 'B main A'],
      [2, 1, 'B', 'awaits', 'C', 'C main A B'],
      [2, 2, 'C', 'complete', '', 'main A B'],
      [3, 1, 'main', 'not ready', 'A', 'A B main'],
      [3, 2, 'A', 'not ready', 'B', 'B main A'],
      [4, 1, 'B', 'complete', '', 'main A'],
      [4, 2, 'main', 'not ready', 'A', 'A main'],
      [5, 1, 'A', 'complete', '', 'main'],
      [5, 2, 'main', 'complete', '', ''],
    ]);
    expect(schedule.totals).toEqual({ instructions: 10, byThread: [5, 5], rounds: 5, ticks: 5, speedUp: 2 });
    expect(schedule.outcome).toEqual({ status: 'fulfilled', value: 3 });
  });

  test('differs from the article’s text in the label of the sixth row only, which its own queue column refutes', async () => {
    const printed = PRINTED.split('\n');
    const computed = renderSchedule(await articleThreadPool()).split('\n');
    const differences = printed.flatMap((line, index) => (line === computed[index] ? [] : [[line, computed[index]]]));
    expect(computed).toHaveLength(printed.length);
    expect(differences).toEqual([
      ['Thread 2 | B not ready               | Queue: [B, main, A]', 'Thread 2 | A not ready               | Queue: [B, main, A]'],
    ]);
    // The queue before the row begins with A, and after it A is at the back: the task taken was A.
    const { rows } = await articleThreadPool();
    expect([rows[4]?.queue[0], rows[5]?.queue.at(-1)]).toEqual(['A', 'A']);
  });
});

describe('the thread pool as literal FIFO', () => {
  test('takes 10 pseudo-instructions too, in the order that follows from pushing the awaited task, then the awaiting one', async () => {
    const schedule = await articleThreadPool({ rule: 'literal FIFO' });
    expect(rowsOf(schedule)).toEqual([
      [1, 1, 'main', 'awaits', 'A', 'A main'],
      [1, 2, 'A', 'awaits', 'B', 'main B A'],
      [2, 1, 'main', 'not ready', 'A', 'B A main'],
      [2, 2, 'B', 'awaits', 'C', 'A main C B'],
      [3, 1, 'A', 'not ready', 'B', 'main C B A'],
      [3, 2, 'main', 'not ready', 'A', 'C B A main'],
      [4, 1, 'C', 'complete', '', 'B A main'],
      [4, 2, 'B', 'complete', '', 'A main'],
      [5, 1, 'A', 'complete', '', 'main'],
      [5, 2, 'main', 'complete', '', ''],
    ]);
    expect(schedule.totals).toEqual({ instructions: 10, byThread: [5, 5], rounds: 5, ticks: 5, speedUp: 2 });
    expect(schedule.outcome).toEqual({ status: 'fulfilled', value: 3 });
  });

  test('prints in the article’s form', async () => {
    const text = renderSchedule(await articleThreadPool({ rule: 'literal FIFO' }));
    expect(text.split('\n').slice(0, 3)).toEqual([
      'Thread 1 | main awaits A             | Queue: [A, main]',
      'Thread 2 | A ready --> awaits B      | Queue: [main, B, A]',
      '',
    ]);
    expect(text.endsWith('Thread 2 | main ready --> complete!  | Queue: []\n\nDONE!')).toBe(true);
  });
});

describe('the article’s tasks', () => {
  test('take as many instructions on one thread and on three: the article’s threads act on each other within a round', async () => {
    const three = await articleThreadPool({ threads: 3 });
    expect(three.totals).toMatchObject({ instructions: 10, byThread: [4, 3, 3] });
    const one = await articleThreadPool({ threads: 1, rule: 'literal FIFO' });
    expect(one.totals).toMatchObject({ instructions: 10, byThread: [10] });
  });

  test('are ordinary tasks, which any executor runs', async () => {
    const executor = new InlineExecutor();
    expect(await executor.run(articleTasks.main())).toBe(3);
    expect(articleTasks.A.portable).toBe(true);
    await executor.close();
  });

  test('refuse a rule that the article does not have', () => {
    // @ts-expect-error -- not a reading of the article
    expect(() => articleThreadPool({ rule: 'lifo' })).toThrow("Expected the thread pool's rule to be 'as printed' or 'literal FIFO', got the string 'lifo'");
  });
});
