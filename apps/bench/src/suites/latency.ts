import { defineSuite, equals, microsecondsEach, timed, type Subject } from '../harness/index.ts';
import type { PoolPeer } from '../peers/worker-functions.ts';
import { CONTENDERS } from './pool-subjects.ts';

/** Each task is timed by itself, so the suite's p99 is that of a task. */
export const latency = defineSuite(import.meta, {
  id: 'latency',
  question: 'How long does one empty task take to a pool of 2 threads and back, when nothing else is under way?',
  unit: 'us per task',
  lowerIsBetter: true,
  subjects: CONTENDERS.map(latencySubject),
  ratios: [
    { name: 'heddle / piscina time', numerator: 'heddle', denominator: 'piscina', atMost: 1.15 },
    { name: 'heddle / raw worker_threads time', numerator: 'heddle', denominator: 'raw worker_threads' },
  ],
});

function latencySubject(peer: PoolPeer): Subject {
  return {
    name: peer.name,
    note: peer.note,
    async setup() {
      const pool = await peer.open('echo');
      return timed({
        as: microsecondsEach,
        work: () => pool.run(42),
        check: equals(42),
        teardown: async () => {
          await pool.close();
        },
      });
    },
  };
}
