import { quotientOfTimes, type PairedWork } from '@heddle/bench/harness';
import { describe, expect, it } from 'vitest';

function recorder(): { readonly log: string[]; readonly work: (name: string) => PairedWork } {
  const log: string[] = [];
  const work = (name: string): PairedWork => ({ work: () => log.push(name), check: () => log.push(name.toLowerCase()) });
  return { log, work };
}

describe('two pieces of work in one process', () => {
  it('take turns in mirrored groups, of which the first third do not count, and each result is checked', async () => {
    const { log, work } = recorder();
    const quotient = await quotientOfTimes(work('A'), work('B'), 3);
    expect(log.join('')).toBe('AaBbBbAa'.repeat(4));
    expect(quotient).toBeGreaterThan(0);
  });

  it('are void when one of them comes to a wrong result', async () => {
    const wrong: PairedWork = {
      work: () => 41,
      check: (result) => {
        throw new Error(`Expected the result 42, got ${String(result)}`);
      },
    };
    await expect(quotientOfTimes(recorder().work('A'), wrong, 3)).rejects.toThrow('Expected the result 42, got 41');
  });
});
