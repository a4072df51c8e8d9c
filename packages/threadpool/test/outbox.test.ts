import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RECORD_LENGTH, ToPool } from '../src/protocol.ts';
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
    out.records.push(ToPool.Done, 1, 0, 'a');
    out.records.push(ToPool.Retired, 1, 5);
    out.flush();
    out.flush();
    expect(port.messages).toEqual([[ToPool.Done, 1, 0, 'a', ToPool.Retired, 1, 5]]);
  });

  test('keeps the order when something has to go at once', () => {
    const { port, out } = outbox();
    out.records.push(ToPool.Done, 1, 0, 'a');
    out.sendNow([ToPool.Pong]);
    expect(port.messages).toEqual([[ToPool.Done, 1, 0, 'a'], [ToPool.Pong]]);
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
              return [ToPool.Done, 1, index, { value: index }];
            case 'uncopiable':
              return [ToPool.Uncopiable, 1, index, 'obstacle'];
            case 'retired':
              return [ToPool.Retired, index, 1.5];
            default:
              return [ToPool.Failed, 1, index, null];
          }
        });
        for (const [index, sent] of expected.entries()) {
          if (kinds[index] === 'uncopiable') out.records.push(ToPool.Done, 1, index, () => 1);
          else out.records.push(...sent);
        }
        out.flush();
        const records = port.messages.flatMap(split);
        expect(records).toEqual(expected);
        if (!kinds.includes('uncopiable')) expect(port.messages.length).toBeLessThanOrEqual(1);
      }),
    );
  });
});

function split(message: readonly unknown[]): unknown[][] {
  const records: unknown[][] = [];
  for (let at = 0; at < message.length; ) {
    const length = RECORD_LENGTH[message[at] as number] ?? Infinity;
    records.push(message.slice(at, at + length));
    at += length;
  }
  return records;
}
