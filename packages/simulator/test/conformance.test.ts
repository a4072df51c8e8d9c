import { parkingRule, Simulator } from '@heddle/simulator';
import { testExecutor } from '@heddle/testkit/conformance';

// Deadlines of the laws are moments of real time, so virtual time begins there too.
const startMs = Date.now();

testExecutor({ name: 'Simulator with one thread', create: () => new Simulator({ startMs }) });
testExecutor({ name: 'Simulator with two threads', create: () => new Simulator({ threads: 2, rule: parkingRule({ policy: 'fifo' }), startMs }) });
