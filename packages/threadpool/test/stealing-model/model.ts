/**
 * The protocol of `src/STEALING.md` as a transition system: a task on thread 0 spawns calls, may cancel some, and awaits all; the
 * threads share them out. Each step is one atomic access to shared memory, one message, or work on private data. A thread may die
 * between any two of its steps, or leave when it holds nothing.
 *
 * `faults` leaves out or swaps single steps, to show that the exploration would find it.
 */

import type { Model, ModelStep } from '@heddle/testkit';

/** A single mistake in the protocol. */
export type Fault =
  | 'counts hunger after the slot' // instead of before
  | 'does not declare again' // when a lender could lend nothing
  | 'stays silent when a peer is lost' // instead of declaring hunger anew
  | 'begins without a look at the mail'
  | 'recalls without mail'
  | 'looks before it recalls' // reads `begun` before the message is sent
  | 'withdraws hunger without compare' // stores instead of compare-and-set
  | 'takes back what has begun' // when the borrower has died
  | 'forgets what had not begun' // when the borrower has died
  | 'runs what it has lent'; // leaves the call in its deque

export interface Scenario {
  readonly threads: number;
  /** What the task on thread 0 does before it awaits all: spawns call n, or cancels it. */
  readonly program: readonly (readonly ['spawn' | 'cancel', number])[];
  /** Calls of which the arguments cannot be copied. */
  readonly immovable?: readonly number[];
  /** Calls that may run again after their thread has died. */
  readonly idempotent?: readonly number[];
  /** How many threads may die. */
  readonly deaths?: number;
  /** Threads that may leave. */
  readonly leaving?: readonly number[];
  /** Calls that are lent at once at most. @default 1 */
  readonly portion?: number;
  readonly faults?: readonly Fault[];
}

type Message = readonly ['lend' | 'recall' | 'ended', loan: number, call: number] | readonly ['closed'];

/** A call on its way through a thread's queue of what is ready: the task itself, or a loan. */
type Ready = 'task' | { readonly lender: number; readonly loan: number; readonly call: number };

interface Thread {
  /** What it does next. */
  at: string;
  /** Whom or what that is about. */
  peer: number;
  current: Ready | { readonly home: number } | null;
  lent: number;
  alive: boolean;
  isLeaving: boolean;
  isHungry: boolean;
  /** Own calls that have not begun, oldest first. */
  deque: number[];
  ready: Ready[];
}

interface Call {
  at: 'not spawned' | 'in the deque' | 'lent' | 'running' | 'settled';
  /** Where it was lent, and the number of the loan. */
  borrower: number;
  loan: number;
  isCancelled: boolean;
  isPinned: boolean;
  runs: number;
  outcome: 'none' | 'done' | 'cancelled' | 'lost';
  /** Settled on the word that it had not begun and never would. */
  mustNotRun: boolean;
}

export interface State {
  threads: Thread[];
  calls: Call[];
  /** How far the task is in its program. */
  line: number;
  isTaskDone: boolean;
  /** Shared memory. */
  count: number;
  slots: boolean[];
  mail: boolean[];
  /** By lender, then borrower: the last loan that has begun. */
  begun: number[][];
  /** By receiver, then sender. */
  boxes: Message[][][];
  nextLoan: number;
  deathsLeft: number;
  /** Threads of which the pool has not withdrawn the hunger yet. */
  buried: number[];
}

/** Steps at which a thread owes a loan, or a declaration, to the thread in `peer`. */
const OWING = new Set(['uncount', 'lend', 'count again', 'declare again', 'lend more']);

export function stealing(scenario: Scenario): Model<State> {
  const { threads: count, program, immovable = [], idempotent = [], deaths = 0, leaving = [], portion = 1, faults = [] } = scenario;
  const has = (fault: Fault): boolean => faults.includes(fault);
  const calls = new Set(program.map(([, call]) => call)).size;

  return {
    initial: {
      threads: Array.from({ length: count }, (_, index): Thread => ({
        at: index === 0 ? 'look' : 'count',
        peer: -1, current: null, lent: 0, alive: true, isLeaving: false, isHungry: false, deque: [],
        ready: index === 0 ? ['task'] : [],
      })),
      calls: Array.from({ length: calls }, (): Call => ({ at: 'not spawned', borrower: -1, loan: 0, isCancelled: false, isPinned: false, runs: 0, outcome: 'none', mustNotRun: false })),
      line: 0, isTaskDone: false, count: 0,
      slots: Array.from({ length: count }, () => false),
      mail: Array.from({ length: count }, () => false),
      begun: Array.from({ length: count }, () => Array.from({ length: count }, () => 0)),
      boxes: Array.from({ length: count }, () => Array.from({ length: count }, () => [])),
      nextLoan: 1, deathsLeft: deaths, buried: [],
    },
    *steps(state) {
      for (let thread = 0; thread < count; thread++) if (state.threads[thread]?.alive === true) yield* stepsOf(state, thread);
      yield* stepsOfPool(state);
    },
    check(state) {
      expect(state.count >= state.slots.filter(Boolean).length, 'the count of the hungry not to be behind the slots');
      for (const [index, thread] of state.threads.entries()) if (thread.at === 'idle' && thread.alive) expectWakable(state, index);
      for (const [index, call] of state.calls.entries()) {
        expect(!call.mustNotRun || call.at === 'settled', `call ${index} never to run`);
        expect(call.runs <= 1 || (idempotent.includes(index) && state.deathsLeft < deaths), `call ${index} to run once`);
      }
    },
    isDone: ({ threads, isTaskDone, calls: all }) => threads[0]?.alive === false || (isTaskDone && all.every(({ at }) => at === 'settled')),
  };

  function expect(condition: boolean, what: string): void {
    if (!condition) throw new Error(`Expected ${what}`);
  }

  /** Whoever has nothing to do is known to be hungry, or will hear of something. */
  function expectWakable({ threads, slots, boxes }: State, index: number): void {
    const thread = threads[index];
    if (thread?.isLeaving === true || !threads.some((other, at) => at !== index && other.alive)) return;
    const isOwed = threads.some((other) => other.alive && OWING.has(other.at) && other.peer === index);
    const hasMail = boxes[index]?.some((box) => box.length > 0) === true;
    expect(slots[index] === true || isOwed || hasMail, `thread ${index}, which has nothing to do, to be hungry or owed a call`);
  }

  function make(state: State, name: string, change: (draft: State) => void): ModelStep<State> {
    const draft = structuredClone(state);
    change(draft);
    return { name, next: draft };
  }

  function* stepsOfPool(state: State): Iterable<ModelStep<State>> {
    for (const thread of state.buried) {
      yield make(state, `the pool withdraws the hunger of lost thread ${thread}`, (draft) => {
        draft.buried = draft.buried.filter((other) => other !== thread);
        if (!draft.slots[thread]) return;
        draft.slots[thread] = false;
        draft.count--;
      });
    }
    for (const [index, { alive, isLeaving, at }] of state.threads.entries()) {
      if (!alive) continue;
      if (state.deathsLeft > 0) yield make(state, `thread ${index} dies`, (draft) => { draft.deathsLeft--; end(draft, index); });
      if (leaving.includes(index) && !isLeaving && at === 'idle') {
        yield make(state, `thread ${index} is told to leave`, (draft) => { draft.threads[index]!.isLeaving = true; draft.threads[index]!.at = 'take back hunger'; });
      }
    }
  }

  /** The thread is gone, and its ports close once what it has sent is read. */
  function end(draft: State, index: number): void {
    draft.threads[index]!.alive = false;
    draft.buried.push(index);
    for (let other = 0; other < count; other++) {
      draft.boxes[index]![other] = [];
      if (other !== index && draft.threads[other]!.alive) draft.boxes[other]![index]!.push(['closed']);
    }
  }

  function* stepsOf(state: State, me: number): Iterable<ModelStep<State>> {
    const { at, peer, current } = state.threads[me]!;
    const step = (what: string, change: (draft: State, my: Thread) => void): ModelStep<State> => make(state, `thread ${me} ${what}`, (draft) => change(draft, draft.threads[me]!));
    switch (at) {
      // -- between two steps: mail, then the hungry, then work --
      case 'look':
        yield step('looks at its mail', (draft, my) => { my.at = draft.mail[me]! ? 'clear mail' : afterMail(my, my.current !== null); });
        break;
      case 'clear mail':
        yield step('clears its mail', (draft, my) => { draft.mail[me] = false; my.at = 'read'; });
        break;
      case 'read':
        yield step('reads its messages', (draft, my) => {
          const isBeginning = my.current !== null;
          readAll(draft, me);
          my.at = afterMail(my, isBeginning);
        });
        break;
      case 'feed':
        yield step('looks for the hungry', (draft, my) => {
          my.at = draft.count > 0 && my.deque.length > 0 ? 'claim' : 'pick';
          my.peer = 0;
        });
        break;
      case 'claim':
        yield step(`claims thread ${peer}`, (draft, my) => {
          if (peer === me || !draft.slots[peer] || !draft.threads[peer]!.alive) {
            my.peer++;
            if (my.peer >= count) my.at = 'pick';
          } else {
            draft.slots[peer] = false;
            my.at = 'uncount';
          }
        });
        break;
      case 'uncount':
        yield step(`counts thread ${peer} no more`, (draft, my) => { draft.count--; my.at = 'lend'; my.lent = 0; });
        break;
      case 'lend':
      case 'lend more': {
        yield step(`lends to thread ${peer}`, (draft, my) => { lendOne(draft, me, my, peer); });
        if (at === 'lend more') yield step(`lends no more to thread ${peer}`, (_, my) => { my.at = my.lent > 1 ? 'put mail' : 'pick'; });
        break;
      }
      case 'put mail':
        yield step(`puts mail for thread ${peer}`, (draft, my) => { draft.mail[peer] = true; my.at = 'pick'; });
        break;
      case 'count again':
        yield step(`counts thread ${peer} again`, (draft, my) => { draft.count++; my.at = 'declare again'; });
        break;
      case 'declare again':
        yield step(`declares thread ${peer} hungry again`, (draft, my) => {
          if (draft.slots[peer]) draft.count--;
          draft.slots[peer] = true;
          my.at = 'pick';
        });
        break;
      case 'pick':
        yield step('picks what to step', (_, my) => {
          const next = my.ready.shift() ?? (my.deque.length > 0 ? { home: my.deque.pop()! } : null);
          my.current = next;
          my.peer = -1;
          if (next === null) my.at = my.isLeaving ? 'close' : 'count';
          else if (next === 'task') my.at = 'task';
          else if ('home' in next) my.at = 'run';
          else my.at = 'begin';
        });
        break;
      // -- running --
      case 'task':
        yield step('steps the task', (draft, my) => { stepTask(draft, my); });
        break;
      case 'send recall':
        yield step(`recalls call ${peer}`, (draft, my) => {
          const { borrower, loan } = draft.calls[peer]!;
          if (draft.threads[borrower]!.alive) draft.boxes[borrower]![me]!.push(['recall', loan, peer]);
          my.at = has('looks before it recalls') ? 'give up' : has('recalls without mail') ? 'has it begun' : 'mail recall';
        });
        break;
      case 'mail recall':
        yield step(`puts mail about call ${peer}`, (draft, my) => {
          draft.mail[draft.calls[peer]!.borrower] = true;
          my.at = has('looks before it recalls') ? 'task' : 'has it begun';
        });
        break;
      case 'has it begun':
        yield step(`looks whether call ${peer} has begun`, (draft, my) => {
          const call = draft.calls[peer]!;
          const hasBegun = draft.begun[me]![call.borrower]! >= call.loan;
          if (has('looks before it recalls')) {
            my.at = 'send recall';
            call.mustNotRun = !hasBegun;
            return;
          }
          my.at = 'task';
          if (!hasBegun) giveUp(draft, peer);
        });
        break;
      case 'give up':
        yield step(`gives up call ${peer}`, (draft, my) => {
          my.at = 'mail recall';
          if (draft.calls[peer]!.mustNotRun) giveUp(draft, peer);
        });
        break;
      case 'begin':
        yield step('notes that a loan begins', (draft, my) => {
          const { lender, loan } = current as Exclude<Ready, 'task'>;
          draft.begun[lender]![me] = loan;
          my.at = has('begins without a look at the mail') ? 'run' : 'look';
        });
        break;
      case 'run':
        yield step('runs a call', (draft, my) => {
          const index = 'home' in (current as object) ? (current as { home: number }).home : (current as Exclude<Ready, 'task'>).call;
          const call = draft.calls[index]!;
          call.runs++;
          if (call.mustNotRun) throw new Error(`Expected call ${index} never to run`);
          if (!('home' in (current as object))) my.at = 'send outcome';
          else {
            my.at = 'look';
            my.current = null;
            settle(draft, index, 'done');
          }
        });
        break;
      case 'send outcome':
        yield step('sends the outcome', (draft, my) => {
          const { lender, loan, call } = current as Exclude<Ready, 'task'>;
          if (draft.threads[lender]!.alive) draft.boxes[lender]![me]!.push(['ended', loan, call]);
          my.peer = lender;
          my.at = 'mail outcome';
        });
        break;
      case 'mail outcome':
        yield step(`puts mail for thread ${peer}`, (draft, my) => { draft.mail[peer] = true; my.at = 'look'; my.current = null; });
        break;
      // -- having nothing to do --
      case 'count':
        yield step('counts itself hungry', (draft, my) => {
          if (has('counts hunger after the slot')) {
            draft.slots[me] = true;
            my.at = 'declare late';
          } else {
            draft.count++;
            my.at = 'declare';
          }
        });
        break;
      case 'declare late':
        yield step('counts itself hungry', (draft, my) => { draft.count++; my.isHungry = true; my.at = 'idle'; });
        break;
      case 'declare':
        yield step('declares its hunger', (draft, my) => {
          if (draft.slots[me]) draft.count--;
          draft.slots[me] = true;
          my.isHungry = true;
          my.at = 'idle';
        });
        break;
      case 'idle':
        for (const [sender, box] of state.boxes[me]!.entries()) {
          if (box.length > 0) yield step(`is woken by thread ${sender}`, (draft, my) => { wake(draft, me, my, sender); });
        }
        break;
      case 'take back hunger':
        yield step('takes back its hunger', (draft, my) => {
          my.at = my.isLeaving && my.ready.length === 0 && my.deque.length === 0 ? 'close' : 'look';
          if (!my.isHungry) return;
          my.isHungry = false;
          if (has('withdraws hunger without compare')) {
            draft.slots[me] = false;
            draft.count--;
          } else if (draft.slots[me]) {
            draft.slots[me] = false;
            my.at = my.at === 'close' ? 'uncount and close' : 'uncount itself';
          }
        });
        break;
      case 'uncount itself':
      case 'uncount and close':
        yield step('counts itself no more', (draft, my) => { draft.count--; my.at = at === 'uncount itself' ? 'look' : 'close'; });
        break;
      case 'close':
        yield step('closes its ports', (draft) => { end(draft, me); });
        break;
      default:
        throw new Error(`Expected a step of thread ${me}, got ${at}`);
    }
  }

  /** What a thread does once it has no mail: it begins a loan, unless that was recalled just now, or goes on to look for work. */
  function afterMail({ current }: Thread, isBeginning: boolean): string {
    if (!isBeginning) return 'feed';
    return current === null ? 'look' : 'run';
  }

  function wake(draft: State, me: number, my: Thread, sender: number): void {
    const [message] = draft.boxes[me]![sender]!.splice(0, 1);
    receive(draft, me, sender, message!);
    if (my.ready.length > 0 || my.deque.length > 0) my.at = 'take back hunger';
    else if (message![0] === 'closed' && !has('stays silent when a peer is lost')) my.at = 'count';
  }

  function readAll(draft: State, me: number): void {
    for (let sender = 0; sender < count; sender++) {
      const messages = draft.boxes[me]![sender]!;
      draft.boxes[me]![sender] = [];
      for (const message of messages) receive(draft, me, sender, message);
    }
  }

  function receive(draft: State, me: number, sender: number, message: Message): void {
    const my = draft.threads[me]!;
    switch (message[0]) {
      case 'lend':
        my.ready.push({ lender: sender, loan: message[1], call: message[2] });
        break;
      case 'ended': {
        const call = draft.calls[message[2]]!;
        // One that was given up is forgotten.
        if (call.at === 'lent' && call.loan === message[1]) settle(draft, message[2], 'done');
        break;
      }
      case 'recall': {
        const isRecalled = (ready: Thread['current']): boolean => ready !== null && ready !== 'task' && 'loan' in ready && ready.lender === sender && ready.loan === message[1];
        const waited = my.ready.some(isRecalled);
        my.ready = my.ready.filter((ready) => !isRecalled(ready));
        const isCurrent = isRecalled(my.current);
        if (isCurrent) my.current = null;
        if ((waited || isCurrent) && draft.threads[sender]!.alive) draft.boxes[sender]![me]!.push(['ended', message[1], message[2]]);
        break;
      }
      case 'closed':
        lose(draft, me, sender);
        break;
    }
  }

  /** The other thread is gone. */
  function lose(draft: State, me: number, other: number): void {
    const my = draft.threads[me]!;
    my.ready = my.ready.filter((ready) => ready === 'task' || ready.lender !== other);
    if (me !== 0) return;
    for (const [index, call] of draft.calls.entries()) {
      if (call.at !== 'lent' || call.borrower !== other) continue;
      const hasBegun = draft.begun[me]![other]! >= call.loan;
      if (call.isCancelled) settle(draft, index, 'cancelled');
      else if (hasBegun && !idempotent.includes(index) && !has('takes back what has begun')) settle(draft, index, 'lost');
      else if (!hasBegun && has('forgets what had not begun')) call.borrower = -1;
      else {
        call.at = 'in the deque';
        call.isPinned = true;
        my.deque.push(index);
      }
    }
  }

  function lendOne(draft: State, me: number, my: Thread, peer: number): void {
    const oldest = my.deque.findIndex((index) => !draft.calls[index]!.isPinned && !immovable.includes(index));
    if (oldest === -1) {
      // Those that cannot be copied were tried, and stay.
      for (const index of my.deque) draft.calls[index]!.isPinned = true;
      if (my.lent > 0) my.at = my.lent > 1 ? 'put mail' : 'pick';
      else my.at = has('does not declare again') ? 'pick' : 'count again';
      return;
    }
    const index = my.deque[oldest]!;
    if (!has('runs what it has lent')) my.deque.splice(oldest, 1);
    const call = draft.calls[index]!;
    call.at = 'lent';
    call.borrower = peer;
    call.loan = draft.nextLoan++;
    if (draft.threads[peer]!.alive) draft.boxes[peer]![me]!.push(['lend', call.loan, index]);
    my.lent++;
    my.at = my.lent < portion && my.deque.length > 0 ? 'lend more' : my.lent > 1 ? 'put mail' : 'pick';
  }

  function stepTask(draft: State, my: Thread): void {
    const line = program[draft.line];
    if (line === undefined) {
      my.current = null;
      my.at = 'look';
      if (draft.calls.every(({ at }) => at === 'settled')) draft.isTaskDone = true;
      return;
    }
    draft.line++;
    const [what, index] = line;
    const call = draft.calls[index]!;
    if (what === 'spawn') {
      call.at = 'in the deque';
      my.deque.push(index);
      // The rest of its program another time: a spawn is a scheduling point.
      my.ready.unshift('task');
      my.current = null;
      my.at = 'feed';
    } else if (call.at === 'in the deque') {
      my.deque = my.deque.filter((other) => other !== index);
      settle(draft, index, 'cancelled');
      call.mustNotRun = true;
    } else if (call.at === 'lent') {
      call.isCancelled = true;
      my.peer = index;
      my.at = has('looks before it recalls') ? 'has it begun' : 'send recall';
    }
  }

  function giveUp(draft: State, index: number): void {
    draft.calls[index]!.mustNotRun = true;
    settle(draft, index, 'cancelled');
  }

  function settle(draft: State, index: number, outcome: Call['outcome']): void {
    const call = draft.calls[index]!;
    if (call.at === 'settled') throw new Error(`Expected call ${index} to settle once, got a second outcome: ${outcome}`);
    call.at = 'settled';
    call.outcome = outcome;
    const [home] = draft.threads;
    // The task waits for all of them.
    if (draft.line >= program.length && !draft.isTaskDone && draft.calls.every(({ at }) => at === 'settled') && home!.current !== 'task' && !home!.ready.includes('task')) home!.ready.push('task');
  }
}
