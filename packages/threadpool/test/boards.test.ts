import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BegunLoans } from '../src/begun-loans.ts';
import { HungerBoard } from '../src/hunger-board.ts';
import { isUpTo, OccupancyBoard, OwnOccupancy } from '../src/occupancy-board.ts';

describe('the hunger board', () => {
  test('agrees with a set of hungry incarnations under any operations', () => {
    const THREADS = 4;
    const step = fc.record({ do: fc.constantFrom('declare', 'withdraw', 'withdraw another', 'restore', 'replace'), thread: fc.integer({ min: 1, max: THREADS }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
        const board = new HungerBoard(HungerBoard.allocate(THREADS));
        const incarnations = Array.from({ length: THREADS + 1 }, (_, thread) => thread);
        const hungry = new Map<number, number>();
        let next = THREADS + 1;
        for (const { do: what, thread } of steps) {
          const incarnation = incarnations[thread] ?? 0;
          if (what === 'declare') {
            board.declare(thread, incarnation);
            hungry.set(thread, incarnation);
          } else if (what === 'withdraw') {
            expect(board.withdraw(thread, incarnation)).toBe(hungry.get(thread) === incarnation);
            if (hungry.get(thread) === incarnation) hungry.delete(thread);
          } else if (what === 'restore') {
            board.restore(thread, incarnation);
            if (!hungry.has(thread)) hungry.set(thread, incarnation);
          } else if (what === 'withdraw another') {
            // One that never lived there.
            expect(board.withdraw(thread, next + 100)).toBe(false);
          } else {
            // The thread dies, hungry or not, and nobody has taken that back yet.
            incarnations[thread] = next++;
          }
          expect(board.isAnyHungry).toBe(hungry.size > 0);
        }
      }),
    );
  });

  test('a call for a dead thread is not given to the one that took its number', () => {
    const board = new HungerBoard(HungerBoard.allocate(2));
    board.declare(1, 10);
    board.declare(1, 11);
    expect(board.withdraw(1, 10)).toBe(false);
    expect(board.withdraw(1, 11)).toBe(true);
    expect(board.isAnyHungry).toBe(false);
  });

  test('restoring the hunger of a dead thread leaves that of the one that took its number', () => {
    const board = new HungerBoard(HungerBoard.allocate(1));
    board.declare(1, 10);
    expect(board.withdraw(1, 10)).toBe(true);
    board.declare(1, 11);
    board.restore(1, 10);
    expect(board.withdraw(1, 11)).toBe(true);
    expect(board.isAnyHungry).toBe(false);
  });

  test('only one of several claims a hungry thread', () => {
    const memory = HungerBoard.allocate(3);
    const boards = [new HungerBoard(memory), new HungerBoard(memory), new HungerBoard(memory)];
    boards[0]?.declare(2, 7);
    expect(boards.filter((board) => board.withdraw(2, 7))).toHaveLength(1);
  });
});

describe('the occupancy board', () => {
  test('tells which items a thread has begun, also when their numbers wrap around', () => {
    const memory = OccupancyBoard.allocate(2);
    const board = new OccupancyBoard(memory);
    const own = new OwnOccupancy(memory, 2);
    expect(board.hasBegun(2, 1)).toBe(false);
    const start = 2 ** 31 - 3;
    for (let i = 0; i < 6; i++) own.begin((start + i) | 0);
    expect(board.hasBegun(2, (start + 5) | 0)).toBe(true);
    expect(board.hasBegun(2, (start + 6) | 0)).toBe(false);
    expect(board.hasBegun(1, 1)).toBe(false);
  });

  test('tells whose step a thread makes, and forgets it with the thread', () => {
    const memory = OccupancyBoard.allocate(2);
    const board = new OccupancyBoard(memory);
    const own = new OwnOccupancy(memory, 1);
    expect(board.occupant(1)).toEqual({ owner: 0, number: 0 });
    own.occupy(5, 42);
    own.begin(42);
    expect(board.occupant(1)).toEqual({ owner: 5, number: 42 });
    expect(board.occupant(2).owner).toBe(0);
    own.vacate();
    expect(board.occupant(1).owner).toBe(0);
    board.putMail(1);
    board.reset(1);
    expect(board.hasBegun(1, 42)).toBe(false);
    expect(own.takeMail()).toBe(false);
  });

  test('gives mail once', () => {
    const memory = OccupancyBoard.allocate(1);
    const own = new OwnOccupancy(memory, 1);
    expect(own.takeMail()).toBe(false);
    new OccupancyBoard(memory).putMail(1);
    expect(own.takeMail()).toBe(true);
    expect(own.takeMail()).toBe(false);
  });

  test('compares numbers by their difference', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 0, max: 2 ** 31 - 1 }), (last, back) => {
        expect(isUpTo((last - back) | 0, last)).toBe(true);
        if (back > 0) expect(isUpTo((last + back) | 0, last)).toBe(false);
      }),
    );
  });
});

test('begun loans are told to the lender, for each direction apart', () => {
  const memory = BegunLoans.allocate();
  const [one, two] = [new BegunLoans(memory, 0), new BegunLoans(memory, 1)];
  one.begin(3);
  expect([1, 3, 4].map((loan) => two.hasBegun(loan))).toEqual([true, true, false]);
  expect(one.hasBegun(1)).toBe(false);
  two.begin(9);
  expect(one.hasBegun(9)).toBe(true);
});
