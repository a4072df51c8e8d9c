/**
 * Finds tasks of which the data costs more to copy than the task takes to run, so that the pool can say so once.
 *
 * Watched by message, not by call: the time that sending takes, against the time that the thread was occupied by the calls. On a busy
 * machine that alone would often accuse small data, because whoever wakes a thread by a message may have to make way for it. So
 * before a task is reported, a copy of the data of one call is made for the clock alone.
 */

import type { TaskDefinition } from '@heddle/core/engine';

/** Below this a call's data is no matter, in microseconds: about what copying half a megabyte takes. */
export const LEAST_COPY_US = 500;

/** A task is looked at more closely after so many costly messages in a row. */
const MESSAGES_IN_A_ROW = 3;

/** How often a task is looked at without a finding; then it is left alone. */
const MOST_LOOKS = 8;

/** Copies that are made for the clock; the fastest counts, because only that one may have had the processor to itself. */
const COPIES = 2;

const US_PER_MS = 1000;

/** What a call of a task was found to cost. */
export interface CopyCost {
  readonly copyUs: number;
  readonly runUs: number;
}

/** What is known of a task that was found costly before. */
interface Suspect {
  inARow: number;
  looks: number;
}

export class CostlyCopies {
  readonly #suspects = new Map<TaskDefinition, Suspect>();

  /** Whether a message that was sent so fast is worth a look. */
  isOfInterest(copyUs: number): boolean {
    return copyUs >= LEAST_COPY_US || this.#suspects.size > 0;
  }

  /**
   * Takes the measurement of a message that carried `count` calls or results of one task.
   *
   * @param us the time that the calls took, in microseconds; negative when that is not known
   * @param data gives the data of one of them
   * @returns what a call costs, when it is time to say so
   */
  measured(definition: TaskDefinition, count: number, copyUs: number, us: number, data: () => unknown): CopyCost | null {
    if (us < 0) return null;
    const runUs = us / count;
    const suspect = this.#suspects.get(definition);
    if (copyUs / count < Math.max(LEAST_COPY_US, runUs)) {
      if (suspect !== undefined) suspect.inARow = 0;
      return null;
    }
    if (suspect === undefined) this.#suspects.set(definition, { inARow: 1, looks: 0 });
    else if (suspect.looks < MOST_LOOKS && ++suspect.inARow >= MESSAGES_IN_A_ROW) return look(suspect, runUs, data);
    return null;
  }
}

function look(suspect: Suspect, runUs: number, data: () => unknown): CopyCost | null {
  suspect.inARow = 0;
  suspect.looks++;
  const copyUs = timeToCopy(data());
  if (copyUs < Math.max(LEAST_COPY_US, runUs)) return null;
  suspect.looks = MOST_LOOKS;
  return { copyUs, runUs };
}

/** Microseconds that a copy takes; 0 if it cannot be made again, because something of it was moved. */
function timeToCopy(data: unknown): number {
  let fastestMs = Infinity;
  try {
    for (let i = 0; i < COPIES; i++) {
      const beforeMs = performance.now();
      structuredClone(data);
      fastestMs = Math.min(fastestMs, performance.now() - beforeMs);
    }
  } catch {
    return 0;
  }
  return fastestMs * US_PER_MS;
}
