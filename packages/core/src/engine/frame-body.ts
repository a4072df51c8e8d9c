/** The shapes in which a body and the engine talk. Looser than the library's iterator types, so that whatever can suspend may hand out itself. */

/** What one step of a body gives: its value when `done`, else what the body waits for, which is then the step object itself. */
export interface FrameStep {
  readonly done?: boolean | undefined;
  readonly value?: unknown;
}

/** The body of a frame: a coroutine, or what stands in for one. */
export interface FrameBody {
  next(value?: unknown): FrameStep;
  throw(error: unknown): FrameStep;
}
