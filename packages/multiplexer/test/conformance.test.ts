import { fifo, lifo, Multiplexer, priority } from '@heddle/multiplexer';
import { testExecutor } from '@heddle/testkit/conformance';

testExecutor({ name: 'Multiplexer with fifo()', create: () => new Multiplexer({ policy: fifo() }) });
testExecutor({ name: 'Multiplexer with priority()', create: () => new Multiplexer({ policy: priority() }) });
testExecutor({ name: 'Multiplexer with a budget of one step', create: () => new Multiplexer({ budget: { steps: 1 } }) });
testExecutor({ name: 'Multiplexer that awaits by queue', create: () => new Multiplexer({ awaits: 'queue' }) });
testExecutor({
  name: 'Multiplexer with lifo()',
  create: () => new Multiplexer({ policy: lifo() }),
  exemptions: { order: 'it runs the newest first' },
});
