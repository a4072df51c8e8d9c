/** The laws, in the order in which a reader meets them. */

import type { Law } from './law.ts';
import { cancel } from './laws/cancel.ts';
import { close } from './laws/close.ts';
import { errors } from './laws/errors.ts';
import { isolation } from './laws/isolation.ts';
import { nesting } from './laws/nesting.ts';
import { order } from './laws/order.ts';
import { outcome } from './laws/outcome.ts';
import { settleOnce } from './laws/settle-once.ts';
import { timeouts } from './laws/timeouts.ts';

/** Every law that an executor keeps. */
export const laws: readonly Law[] = [settleOnce, outcome, errors, order, cancel, timeouts, nesting, isolation, close];
