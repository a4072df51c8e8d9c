/** The process of one subject: does what the harness asks, and ends with it. */

import { collectGarbage } from './heap.ts';
import type { Answer, Request } from './protocol.ts';
import { loadSubject, type Execution } from './suite.ts';
import { takeTurn } from './turn.ts';

let execution: Execution | undefined;

async function answer(request: Request): Promise<readonly number[]> {
  switch (request.type) {
    case 'setup': {
      const subject = await loadSubject(request.moduleUrl, request.suite, request.subject);
      execution = await subject.setup(request.parameters);
      return [];
    }
    case 'warm-up':
      await takeTurn(ready(), request.forMs);
      collectGarbage();
      return [];
    case 'turn':
      return await takeTurn(ready(), request.forMs);
    case 'teardown':
      await execution?.teardown?.();
      return [];
  }
}

function ready(): Execution {
  if (execution === undefined) throw new Error('Expected a setup before the first turn');
  return execution;
}

function send(message: Answer, then?: () => void): void {
  process.send?.(message, undefined, undefined, then);
}

/** Whether this side closed the channel. Then nothing may keep the process alive; what still does is the subject's fault. */
let isLeaving = false;

function leave(): void {
  isLeaving = true;
  process.disconnect();
}

process.on('message', (request: Request) => {
  answer(request).then(
    (values) => {
      send({ type: 'done', values }, request.type === 'teardown' ? leave : undefined);
    },
    (error: unknown) => {
      send({ type: 'failed', stack: error instanceof Error ? (error.stack ?? error.message) : String(error) });
    },
  );
});

process.on('disconnect', () => {
  // The harness is gone: it was interrupted.
  if (!isLeaving) process.exit(1);
});
