/** Where a call was submitted, to be read at the end of a failure's stack. */

/** Frames of the pool itself between a user's code and the place where the site is captured. */
const POOL_FRAMES = 2;

/** Failures whose stack has its site: one error may end several calls. */
const told = new WeakSet<Error>();

/** Capturing takes some microseconds, telling the place from the frames far more: that is left for when it is needed. */
export class SubmitSite {
  /** Written by `captureStackTrace`. */
  declare readonly stack?: string;

  constructor() {
    Error.captureStackTrace(this, SubmitSite);
  }

  /** Adds the place to the end of the stack of what a call failed with, if that is an error. */
  addTo(failure: unknown): void {
    if (!(failure instanceof Error) || told.has(failure)) return;
    told.add(failure);
    const frames = (this.stack ?? '').split('\n').slice(1 + POOL_FRAMES);
    const { stack } = failure;
    if (frames.length === 0 || typeof stack !== 'string') return;
    const [first, ...rest] = frames;
    try {
      // As V8 writes `at async` where one stack goes on in another.
      failure.stack = [stack, first?.replace(/^(\s+at )/, '$1submit '), ...rest].join('\n');
    } catch {
      // Frozen.
    }
  }
}
