import { edf, fair, fifo, lifo, Multiplexer, priority, random, type MultiplexerOptions } from '@heddle/multiplexer';
import type { Exemptions } from '@heddle/testkit';
import { testExecutor } from '@heddle/testkit/conformance';

const multiplexers: { name: string; options: MultiplexerOptions; exemptions?: Exemptions }[] = [
  { name: 'fifo()', options: { policy: fifo() } },
  { name: 'lifo()', options: { policy: lifo() }, exemptions: { order: 'it runs the newest first' } },
  { name: 'priority()', options: { policy: priority() } },
  { name: 'priority() with ageing', options: { policy: priority({ agingMs: 10 }) } },
  { name: 'edf()', options: { policy: edf() } },
  { name: 'fair()', options: { policy: fair() } },
  { name: 'random()', options: { policy: random(1) }, exemptions: { order: 'it runs any task next' } },
  { name: 'a budget of one step', options: { budget: { steps: 1 } } },
  { name: "awaits: 'queue'", options: { awaits: 'queue' } },
];

for (const { name, options, exemptions } of multiplexers) {
  testExecutor({ name: `Multiplexer with ${name}`, create: () => new Multiplexer(options), ...(exemptions && { exemptions }) });
}
