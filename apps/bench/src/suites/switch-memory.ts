import { defineSuite, liveHeapBytes, type Execution } from '../harness/index.ts';
import { bare, effect, inline, multiplexer, native, stateMachine, type Rotation, type RotatorPeer } from './switch-rotations.ts';

/** Enough for what is not theirs to vanish. A million gave the same figures, within 2 %, in ten times the time. */
const TASKS = 100_000;

/** The most that a parked task may take. */
const LIMIT_BYTES = 220;

export const switchMemory = defineSuite(import.meta, {
  id: 'switch-memory',
  question: `How much memory does a task take while it is parked, with ${TASKS.toLocaleString('en')} of them?`,
  unit: 'bytes of heap per task',
  lowerIsBetter: true,
  isSlow: true,
  subjects: [multiplexer, stateMachine, inline, bare, native, effect].map((peer) => ({ name: peer.name, note: peer.note, setup: () => openWeighing(peer) })),
  ratios: [
    { name: 'heddle multiplexer, bytes', numerator: multiplexer.name, atMost: LIMIT_BYTES },
    { name: 'heddle machine, bytes', numerator: stateMachine.name, atMost: LIMIT_BYTES },
    { name: 'bare generators, bytes', numerator: bare.name },
    { name: 'heddle multiplexer / native async memory', numerator: multiplexer.name, denominator: native.name },
    { name: 'heddle multiplexer / effect memory', numerator: multiplexer.name, denominator: effect.name },
  ],
});

async function openWeighing(peer: RotatorPeer): Promise<Execution> {
  const { rotate, close } = await peer.open();
  return {
    async run() {
      const rotation = new WeighedRotation(TASKS);
      const emptyBytes = liveHeapBytes();
      await rotate(rotation, TASKS);
      return (rotation.finish() - emptyBytes) / TASKS;
    },
    ...(close === undefined ? {} : { teardown: close }),
  };
}

/** Looks at the heap when the first task is through: all others have started, have given way twice, and are parked. */
class WeighedRotation implements Rotation {
  readonly turns = 2;
  switches = 0;
  readonly #tasks: number;
  #started = 0;
  #left = 0;
  #heapBytes = 0;

  constructor(tasks: number) {
    this.#tasks = tasks;
  }

  enter(): void {
    this.#started++;
  }

  leave(): void {
    if (this.#left++ > 0) return;
    if (this.#started !== this.#tasks) throw new Error(`Expected all ${this.#tasks} tasks to have started before the first one ended, got ${this.#started}`);
    this.#heapBytes = liveHeapBytes();
  }

  /** @throws {Error} when not all tasks came and went */
  finish(): number {
    if (this.#left !== this.#tasks) throw new Error(`Expected ${this.#tasks} tasks, got ${this.#left}`);
    return this.#heapBytes;
  }
}
