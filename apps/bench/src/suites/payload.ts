import { defineSuite, type Execution, type Ratio, type Subject } from '../harness/index.ts';
import { openHeddle, openPiscina, openRaw, type Carrier, type Way } from '../peers/payload-ways.ts';

const BYTES = 100_000_000;

/** What a pool may cost beyond the bare port. Copies are bound by the copying itself, and shown beside. */
const LIMIT = 1.1;

const WAYS: readonly Way[] = ['moved', 'shared', 'copied'];

/** Trips of one execution: what takes microseconds is repeated, or the timer would be what is measured. */
const TRIPS: Readonly<Record<Way, number>> = { moved: 100, shared: 100, copied: 1 };

export const payload = defineSuite(import.meta, {
  id: 'payload',
  question: 'How long do 100 MB take to a thread and back, one task at a time?',
  unit: 'ms per trip',
  lowerIsBetter: true,
  subjects: WAYS.flatMap((way) => [
    payloadSubject('heddle', way, openHeddle),
    payloadSubject('raw worker_threads', way, openRaw),
    payloadSubject('piscina', way, openPiscina),
  ]),
  ratios: WAYS.flatMap((way): Ratio[] => [
    {
      name: `heddle / raw worker_threads time, ${way}`,
      numerator: `heddle, ${way}`,
      denominator: `raw worker_threads, ${way}`,
      ...(way === 'copied' ? {} : { atMost: LIMIT }),
    },
    { name: `heddle / piscina time, ${way}`, numerator: `heddle, ${way}`, denominator: `piscina, ${way}` },
  ]),
});

function payloadSubject(name: string, way: Way, open: (way: Way) => Promise<Carrier>): Subject {
  return {
    name: `${name}, ${way}`,
    async setup(): Promise<Execution> {
      const carrier = await open(way);
      let bytes = new Uint8Array(way === 'shared' ? new SharedArrayBuffer(BYTES) : new ArrayBuffer(BYTES));
      const trips = TRIPS[way];
      return {
        async run() {
          const before = bytes[0] ?? 0;
          const startMs = performance.now();
          for (let trip = 0; trip < trips; trip++) bytes = (await carrier.carry(bytes)) as Uint8Array<ArrayBuffer>;
          const elapsedMs = performance.now() - startMs;
          if (bytes.length !== BYTES || bytes[0] !== ((before + trips) & 0xff)) throw new Error(`Expected ${BYTES} bytes touched ${trips} times, got ${bytes.length} that begin with ${bytes[0]}`);
          return elapsedMs / trips;
        },
        teardown: async () => {
          await carrier.close();
        },
      };
    },
  };
}
