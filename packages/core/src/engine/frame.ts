/** Frames: the bodies of a fiber that are suspended, from the innermost outwards. */

/**
 * What one step of a body gives: its value when `done`, else what the body waits for, which is then the step object itself. Looser
 * than the library's iterator types, so that whatever can suspend may hand out itself.
 */
export interface FrameStep {
  readonly done?: boolean | undefined;
  readonly value?: unknown;
}

/** The body of a frame: a coroutine, or what stands in for one. */
export interface FrameBody {
  next(value?: unknown): FrameStep;
  throw(error: unknown): FrameStep;
}

/** One body below the outermost one, and the frame that awaits it. Small, because a chain of awaits is as long as the program makes it (bench `deep-chain`). */
export class Frame {
  declare body: FrameBody;
  /** `null` where the fiber's outermost body awaits this one. */
  declare parent: Frame | null;

  constructor(body: FrameBody, parent: Frame | null) {
    this.body = body;
    this.parent = parent;
  }
}
