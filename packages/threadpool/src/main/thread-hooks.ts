/** What runs on each thread before its first call and after its last. */

import { expectPortable } from './expect-portable.ts';
import { portableOptions, type HookCall } from '../protocol.ts';
import { findObstacle, serializationError } from '../serialization.ts';

/**
 * Returns the call of a hook as it travels to threads.
 *
 * @throws {NotPortableError} when it is no call of a portable task
 * @throws {SerializationError} when its arguments cannot be copied
 */
export function readHook(hook: unknown): HookCall | null {
  if (hook === undefined) return null;
  const { definition, args, options } = expectPortable(hook);
  const call = { taskId: definition.id, args, options: portableOptions(options) };
  try {
    return structuredClone(call);
  } catch (error) {
    throw serializationError(definition.name, 'args', findObstacle('args', args, error), error);
  }
}
