import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { recordLength, ToPool } from '../src/protocol.ts';
import { Outbox } from '../src/worker/outbox.ts';

/** Takes messages as a port does: copies them, and refuses what cannot be copied. */
class FakePort {
  readonly messages: unknown[][] = [];
  postMessage(message: unknown): void {
    this.messages.push(structuredClone(message) as unknown[]);
  }
}

const replaced = (record: readonly unknown[]): unknown[] => [ToPool.Uncopiable, record[1], record[2], 'obstacle'];

function outbox(): { port: FakePort; out: Outbox } {
  const port = new FakePort();
  return { port, out: new Outbox(port as never, replaced) };
}

describe('the outbox', () => {
  test('sends all records of a turn in one message, and none when there are none', () => {
    const { port, out } = outbox();
    out.flush();
    out.done(1, 0, 'a');
    out.push(ToPool.Retired, 1, 5);
    out.flush();
    out.flush();
    expect(port.messages).toEqual([[ToPool.Done, 1, 0, 1, 'a', ToPool.Retired, 1, 5]]);
  });

  test('says once what items have in common that end one after the other', () => {
    const { port, out } = outbox();
    out.done(1, 0, 'a');
    out.done(1, 1, 'b');
    out.done(2, 2, 'c');
    out.done(2, 4, 'd');
    out.push(ToPool.Retired, 2, 5);
    out.done(2, 5, 'e');
    out.flush();
    out.done(2, 6, 'f');
    out.flush();
    expect(port.messages).toEqual([
      [ToPool.Done, 1, 0, 2, 'a', 'b', ToPool.Done, 2, 2, 1, 'c', ToPool.Done, 2, 4, 1, 'd', ToPool.Retired, 2, 5, ToPool.Done, 2, 5, 1, 'e'],
      [ToPool.Done, 2, 6, 1, 'f'],
    ]);
  });

  test('keeps the order when something has to go at once', () => {
    const { port, out } = outbox();
    out.done(1, 0, 'a');
    out.sendNow([ToPool.Pong]);
    expect(port.messages).toEqual([[ToPool.Done, 1, 0, 1, 'a'], [ToPool.Pong]]);
    expect(() => {
      out.sendNow([ToPool.Progress, 1, 0, () => 1]);
    }).toThrow('could not be cloned');
  });

  test('replaces exactly the records that cannot be copied, and keeps the order of all', () => {
    const record = fc.constantFrom('fine', 'uncopiable', 'retired', 'failed');
    fc.assert(
      fc.property(fc.array(record, { maxLength: 40 }), (kinds) => {
        const { port, out } = outbox();
        const expected = kinds.map((kind, index): unknown[] => {
          switch (kind) {
            case 'fine':
              return [ToPool.Done, 1, index, 1, { value: index }];
            case 'uncopiable':
              return [ToPool.Uncopiable, 1, index, 'obstacle'];
            case 'retired':
              return [ToPool.Retired, index, 1.5];
            default:
              return [ToPool.Failed, 1, index, null];
          }
        });
        for (const [index, sent] of expected.entries()) {
          if (kinds[index] === 'uncopiable') out.done(1, index, () => 1);
          else if (kinds[index] === 'fine') out.done(1, index, { value: index });
          else out.push(...sent);
        }
        out.flush();
        const records = port.messages.flatMap(split);
        expect(records).toEqual(expected);
        if (!kinds.includes('uncopiable')) expect(port.messages.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

/** Takes a message apart into records, and those of several values into one for each. */
function split(message: readonly unknown[]): unknown[][] {
  const records: unknown[][] = [];
  for (let at = 0; at < message.length; at += recordLength(message, at)) {
    const record = message.slice(at, at + recordLength(message, at));
    const [kind, batch, first, , ...values] = record;
    if (kind === ToPool.Done) values.forEach((value, offset) => records.push([kind, batch, (first as number) + offset, 1, value]));
    else records.push(record);
  }
  return records;
}
