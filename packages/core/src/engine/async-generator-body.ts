/** An async generator as the body of a task: what it yields is emitted, what it returns is the task's value. */

import type { Coroutine } from '../coroutine.ts';
import { emit } from '../operations/emit.ts';
import { until } from '../operations/until.ts';
import { contextStore } from './async-context.ts';
import { engine } from './state.ts';

type AsyncGeneratorFunction = (...args: readonly unknown[]) => AsyncGenerator;

/** Makes a coroutine body of an async generator function. */
export function fromAsyncGenerator(body: AsyncGeneratorFunction): (...args: readonly unknown[]) => Coroutine<unknown> {
  return Object.defineProperty(
    function* (...args: readonly unknown[]): Coroutine<unknown> {
      const generator = body(...args);
      let isDone = false;
      try {
        for (;;) {
          const step = yield* until(inTask(() => generator.next()));
          isDone = step.done === true;
          if (isDone) return step.value;
          yield* emit(step.value);
        }
      } finally {
        // Its `finally` blocks are part of the task. One that has thrown is done, and knows it.
        if (!isDone) yield* until(inTask(() => generator.return(undefined)));
      }
    },
    'length',
    { value: body.length },
  );
}

/** Lets `current()` find the running task in what `start` calls, also after an `await`. */
function inTask<R>(start: () => R): () => R {
  const { fiber } = engine;
  const store = contextStore();
  return store === null || fiber === null ? start : () => store.run(fiber, start);
}
