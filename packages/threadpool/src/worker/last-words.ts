/**
 * Whose doing it is when a thread ends by itself, noted on the occupancy board for whoever finds it dead. A task that exits or
 * crashes within a step stands there already; after an `await` of an async body, in a timer or a rejected promise of one, only
 * the AsyncLocalStorage of the moment tells.
 */

import { currentFiber } from '@heddle/core/engine';
import type { OwnOccupancy } from '../occupancy-board.ts';
import { RootFiber } from './root-fiber.ts';

/** Notes the task that ends this thread, when one does. */
export function leaveLastWords(occupancy: OwnOccupancy): void {
  process.once('exit', () => {
    const root = currentFiber()?.root;
    if (root instanceof RootFiber && root.state !== 'complete') occupancy.occupy(root.ownerIncarnation, root.number);
  });
}
