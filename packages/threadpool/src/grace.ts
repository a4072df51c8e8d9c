/** Beyond the grace period that a thread gives a cancelled task itself: time for its answer to arrive, in milliseconds. */
export const ANSWER_MARGIN_MS = 500;
