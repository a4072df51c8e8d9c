import { defineSuite, type Execution, type Subject, type Suite } from '../harness/index.ts';
import { undisturbed } from '../peers/native.ts';
import { bare, effect, inline, loop, multiplexer, native, stateMachine, type Rotation, type RotatorPeer } from './switch-rotations.ts';

/** The tasks that have given way when the first one is through: at least this part of all, or the order was no round robin. */
const ROUND_ROBIN = 0.95;

export const switch10000 = switchSuite('switch-10000', 10_000, 20, [multiplexer, inline, stateMachine, bare, loop, native, effect]);
// Fewer turns, because a round takes seconds as it is, and the number of tasks is what this suite is about. Without effect, which
// would take minutes for a few rounds (10 us and more a switch).
export const switch1000000 = switchSuite('switch-1000000', 1_000_000, 3, [multiplexer, inline, stateMachine, bare, loop, native], true);

function switchSuite(id: string, tasks: number, turns: number, peers: readonly RotatorPeer[], isSlow = false): Suite {
  const subjectOf = (peer: RotatorPeer): Subject => ({ name: peer.name, note: peer.note, setup: () => openRotating(peer, tasks, turns) });
  return defineSuite(import.meta, {
    id,
    question: `What does it cost to give way to the next of ${tasks.toLocaleString('en')} tasks that take turns on one thread?`,
    unit: 'ns per switch',
    lowerIsBetter: true,
    isSlow,
    subjects: peers.map(subjectOf),
    ratios: [
      { name: 'heddle multiplexer / native async time', numerator: multiplexer.name, denominator: native.name, atMost: 0.5 },
      ...(peers.includes(effect) ? [{ name: 'heddle multiplexer / effect time', numerator: multiplexer.name, denominator: effect.name, atMost: 0.1 }] : []),
      { name: 'bare generators / native async time', numerator: bare.name, denominator: native.name },
      { name: 'heddle machine / native async time', numerator: stateMachine.name, denominator: native.name },
    ],
  });
}

async function openRotating(peer: RotatorPeer, tasks: number, turns: number): Promise<Execution> {
  const { rotate, close } = await peer.open();
  const execution: Execution = {
    async run() {
      const rotation = new TimedRotation(tasks, turns);
      await rotate(rotation, tasks);
      return rotation.finish();
    },
    ...(close === undefined ? {} : { teardown: close }),
  };
  return peer === native ? undisturbed(execution) : execution;
}

/**
 * Counts the switches of a number of tasks between the moment when the last of them has started and the moment when the first
 * one is through. So neither starting the tasks nor ending them is part of the figure.
 */
class TimedRotation implements Rotation {
  readonly turns: number;
  switches = 0;
  readonly #tasks: number;
  #started = 0;
  #left = 0;
  #startMs = 0;
  #switchesAtStart = 0;
  #elapsedMs = 0;
  #counted = 0;

  constructor(tasks: number, turns: number) {
    this.#tasks = tasks;
    this.turns = turns;
  }

  enter(): void {
    if (++this.#started < this.#tasks) return;
    this.#switchesAtStart = this.switches;
    this.#startMs = performance.now();
  }

  leave(): void {
    if (this.#left++ > 0) return;
    this.#elapsedMs = performance.now() - this.#startMs;
    this.#counted = this.switches - this.#switchesAtStart;
  }

  /**
   * Gives nanoseconds a switch.
   *
   * @throws {Error} when not all tasks came and went, or they did not take turns
   */
  finish(): number {
    const tasks = this.#tasks;
    if (this.#started !== tasks || this.#left !== tasks || this.switches !== tasks * this.turns) {
      throw new Error(`Expected ${tasks} tasks of ${this.turns} turns, got ${this.#left} with ${this.switches} turns in all`);
    }
    if (this.#counted < ROUND_ROBIN * (this.turns - 1) * tasks) {
      throw new Error(`Expected the tasks to take turns, got only ${this.#counted} switches before the first one ended`);
    }
    return (this.#elapsedMs * 1e6) / this.#counted;
  }
}
