/** A channel under random interleavings and cancellations, against a model. fast-check prints the seed of a failure. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Channel, InlineExecutor, task, yieldNow, type Coroutine } from '@heddle/core';
import { settle } from '../fake-clock.ts';
import { CANCELLED, Model, programs, World } from './random-programs.ts';
import { runs } from '../runs.ts';

interface ChannelState {
  items: number[];
  senders: { who: number; item: number }[];
  receivers: number[];
  isClosed: boolean;
}

const CLOSED = { error: 'ERR_HEDDLE_CHANNEL_CLOSED' };
const SENT = { value: 'sent' };
const END = { value: 'end' };

class ChannelModel extends Model<ChannelState> {
  readonly capacity: number;

  constructor(capacity: number) {
    super({ items: [], senders: [], receivers: [], isClosed: false });
    this.capacity = capacity;
  }

  send(who: number, item: number): void {
    if (this.state.isClosed) this.verdicts.set(who, CLOSED);
    else {
      this.state.senders.push({ who, item });
      this.#move();
    }
  }

  receive(who: number): void {
    this.state.receivers.push(who);
    this.#move();
  }

  close(): void {
    this.state.isClosed = true;
    for (const { who } of this.state.senders.splice(0)) this.verdicts.set(who, CLOSED);
    this.#move();
  }

  override interrupt(who: number): void {
    const { senders, receivers } = this.state;
    const hasLeft = senders.some((sender) => sender.who === who) || receivers.includes(who);
    this.state.senders = senders.filter((sender) => sender.who !== who);
    this.state.receivers = receivers.filter((receiver) => receiver !== who);
    if (hasLeft) this.verdicts.set(who, CANCELLED);
  }

  /** Whatever can move does, one thing at a time, the oldest first. */
  #move(): void {
    const { items, senders, receivers } = this.state;
    for (;;) {
      if (items.length > 0 && receivers.length > 0) {
        // Invariant: there is one, see above; likewise below.
        this.verdicts.set(receivers.shift()!, { value: items.shift() });
      }
      else if (senders.length > 0 && (items.length < this.capacity || receivers.length > 0)) {
        const { who, item } = senders.shift()!;
        this.verdicts.set(who, SENT);
        items.push(item);
      } else if (this.state.isClosed && receivers.length > 0) this.verdicts.set(receivers.shift()!, END);
      else return;
    }
  }
}

type ChannelAction = { readonly do: 'send' | 'receive' | 'next' | 'try to send' | 'try to receive' | 'close' };

const action: fc.Arbitrary<ChannelAction> = fc.record({
  do: fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom('send' as const, 'next' as const) },
    { weight: 4, arbitrary: fc.constantFrom('receive' as const, 'try to send' as const, 'try to receive' as const) },
    { weight: 1, arbitrary: fc.constant('close' as const) },
  ),
});

const capacities = fc.constantFrom(0, 1, 2, 3, Infinity);

function told(received: IteratorResult<number, undefined>): unknown {
  return received.done === true ? 'end' : received.value;
}

/** `receive` throws where `next` gives the end. */
function* receiveOrEnd(channel: Channel<number>): Coroutine<number | 'end'> {
  try {
    return yield* channel.receive();
  } catch (error) {
    if ((error as { code?: unknown }).code !== CLOSED.error) throw error;
    return 'end';
  }
}

/** Someone who is not a task of the program. */
const OUTSIDE = 99;

it('a channel serves senders and receivers in order of arrival, and no item is lost, made up or given twice', async () => {
  await fc.assert(
    fc.asyncProperty(programs(action), capacities, async (program, capacity) => {
      const channel = new Channel<number>(capacity);
      const model = new ChannelModel(capacity);
      const sent: number[] = [];
      const received: number[] = [];
      let lastItem = 0;
      const check = (): void => {
        const { items, senders, receivers, isClosed } = model.state;
        expect(channel.statistics()).toEqual({ capacity, buffered: items.length, sending: senders.length, receiving: receivers.length, isClosed });
      };
      /** What the model says to someone who does not wait. */
      const atOnce = (begin: () => void): unknown => {
        begin();
        const verdict = model.verdicts.get(OUTSIDE);
        if (verdict === undefined) model.interrupt(OUTSIDE);
        model.verdicts.delete(OUTSIDE);
        return verdict;
      };
      await new World(program, model, check, function* (world, me, each) {
        const item = ++lastItem;
        try {
          if (each.do === 'send') {
            yield* world.await(me, () => model.send(me, item), channel.send(item), () => 'sent');
            sent.push(item);
          } else if (each.do === 'next') {
            const next = yield* world.await(me, () => model.receive(me), channel.next(), told);
            if (next.done !== true) received.push(next.value);
          } else if (each.do === 'receive') {
            const next = yield* world.await(me, () => model.receive(me), receiveOrEnd(channel), (got) => got);
            if (next !== 'end') received.push(next);
          } else if (each.do === 'try to send') {
            const expected = world.tell(() => atOnce(() => model.send(OUTSIDE, item)));
            if (expected === CLOSED) expect(() => channel.trySend(item)).toThrow(expect.objectContaining({ code: CLOSED.error }));
            else expect(channel.trySend(item)).toBe(expected === SENT);
            if (expected === SENT) sent.push(item);
          } else if (each.do === 'try to receive') {
            const expected = world.tell(() => atOnce(() => model.receive(OUTSIDE)));
            const got = channel.tryReceive();
            expect(got === undefined ? undefined : { value: told(got) }).toEqual(expected);
            if (got?.done === false) received.push(got.value);
          } else {
            world.tell(() => model.close());
            channel.close();
          }
        } catch (error) {
          if ((error as { code?: unknown }).code !== CLOSED.error) throw error;
        }
      }).run();
      for (let left = channel.tryReceive(); left !== undefined && left.done !== true; left = channel.tryReceive()) received.push(left.value);
      expect(received.toSorted(byNumber)).toEqual(sent.toSorted(byNumber));
    }),
    { numRuns: runs(500) },
  );
});

function byNumber(one: number, other: number): number {
  return one - other;
}

it('plain loops and tasks share the items, and a loop that is left takes none with it', async () => {
  const senders = fc.array(fc.array(fc.nat(2), { maxLength: 6 }), { minLength: 1, maxLength: 3 });
  const loops = fc.array(fc.record({ items: fc.integer({ min: 1, max: 5 }), turns: fc.nat(2) }), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(senders, loops, fc.nat(3), capacities, async (scripts, plans, taskItems, capacity) => {
      const executor = new InlineExecutor();
      const channel = new Channel<string>(capacity);
      const sent: string[] = [];
      const received: string[] = [];
      const sender = task(function* (me: number) {
        for (const [index, pause] of (scripts[me] ?? []).entries()) {
          for (let turn = 0; turn < pause; turn++) yield* yieldNow();
          yield* channel.send(`${me}.${index}`);
          sent.push(`${me}.${index}`);
        }
      });
      const receiver = task(function* () {
        for (let left = taskItems; left > 0; left--) {
          const item = yield* channel.next();
          if (item.done === true) return;
          received.push(item.value);
        }
      });
      const loop = async (items: number, pause: number): Promise<void> => {
        let left = items;
        for await (const item of channel) {
          received.push(item);
          for (let turn = 0; turn < pause; turn++) await Promise.resolve();
          if (--left === 0) break;
        }
      };
      const loopEnds = plans.map((plan) => loop(plan.items, plan.turns));
      const handles = [...scripts.map((_, me) => executor.submit(sender(me))), executor.submit(receiver())];
      const ends = handles.map((handle) => handle.result.catch((error: unknown) => error));
      await settle();
      channel.close();
      await Promise.all([...ends, ...loopEnds]);
      for (let left = channel.tryReceive(); left?.done === false; left = channel.tryReceive()) received.push(left.value);
      expect(received.toSorted()).toEqual(sent.toSorted());
      expect(channel.statistics()).toEqual({ capacity, buffered: 0, sending: 0, receiving: 0, isClosed: true });
      await executor.close();
    }),
    { numRuns: runs(200) },
  );
});
