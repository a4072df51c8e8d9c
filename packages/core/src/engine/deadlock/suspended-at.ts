/**
 * Where in the source tasks are suspended. Nothing is noted while tasks run: V8 knows the place of every suspended generator, and
 * its inspector tells. Asking takes milliseconds, so it is done for tasks that are stuck for good, and for nothing else.
 */

import type { Fiber } from '../fiber.ts';
import type { Frame } from '../frame.ts';
import { builtinModule } from '../host-builtins.ts';

/** The part of Node's inspector module that is used here. */
interface InspectorModule {
  readonly Session: new () => InspectorSession;
}

interface InspectorSession {
  connect(): void;
  disconnect(): void;
  on(event: string, listener: (message: { readonly params: { readonly scriptId: string; readonly url: string } }) => void): void;
  /** In a session with its own thread the callback is called before `post` returns. */
  post(method: string, params?: object, callback?: (error: Error | null, reply: unknown) => void): void;
}

/** A place as the inspector tells it; lines and columns count from 0. */
interface Location {
  readonly scriptId: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

/** By which name the inspector finds what it is asked about. */
const KEY = 'heddle.suspended';

/** Returns `url:line:column` for each fiber of which that can be found out; an empty map on hosts without an inspector. */
export function suspendedAt(fibers: readonly Fiber[]): ReadonlyMap<Fiber, string> {
  const places = new Map<Fiber, string>();
  const inspector = fibers.length === 0 ? undefined : builtinModule<InspectorModule>('node:inspector');
  if (inspector === undefined) return places;
  try {
    const session = new inspector.Session();
    session.connect();
    try {
      const urls = urlsOfScripts(session);
      for (const fiber of fibers) {
        const location = locationOf(session, fiber);
        const url = location === undefined ? undefined : urls.get(location.scriptId);
        if (location !== undefined && url !== undefined) places.set(fiber, `${url}:${location.lineNumber + 1}:${location.columnNumber + 1}`);
      }
    } finally {
      session.disconnect();
    }
  } catch {
    // Built without an inspector, or forbidden to use it: the report does without places.
  }
  return places;
}

/** Returns the address of each script by its id. */
function urlsOfScripts(session: InspectorSession): ReadonlyMap<string, string> {
  const urls = new Map<string, string>();
  session.on('Debugger.scriptParsed', ({ params }) => {
    if (params.url !== '') urls.set(params.scriptId, params.url);
  });
  session.post('Debugger.enable');
  session.post('Debugger.disable');
  return urls;
}

function locationOf(session: InspectorSession, fiber: Fiber): Location | undefined {
  let location: Location | undefined;
  const global = globalThis as Record<symbol, unknown>;
  const key = Symbol.for(KEY);
  global[key] = innermostGenerator(fiber) ?? fiber.definition.body;
  try {
    session.post('Runtime.evaluate', { expression: `globalThis[Symbol.for('${KEY}')]` }, (_error, reply) => {
      const { objectId } = (reply as { result: { objectId?: string } }).result;
      session.post('Runtime.getProperties', { objectId, ownProperties: true }, (_failure, answer) => {
        location = findLocation(answer);
      });
    });
  } finally {
    delete global[key];
  }
  return location;
}

function findLocation(answer: unknown): Location | undefined {
  const { internalProperties = [] } = answer as { internalProperties?: { name: string; value?: { value?: Location } }[] };
  const property = internalProperties.find(({ name }) => name === '[[GeneratorLocation]]') ?? internalProperties.find(({ name }) => name === '[[FunctionLocation]]');
  return property?.value?.value;
}

/** Returns the innermost body that is a coroutine. */
function innermostGenerator({ frame: innermost, body }: Fiber): unknown {
  for (let frame: Frame | null = innermost; frame !== null; frame = frame.parent) if (isGenerator(frame.body)) return frame.body;
  return isGenerator(body) ? body : undefined;
}

function isGenerator(body: unknown): boolean {
  return Object.prototype.toString.call(body) === '[object Generator]';
}
