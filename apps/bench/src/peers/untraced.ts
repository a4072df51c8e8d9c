/**
 * Variants of the built packages, to find out what tracing costs when it is off.
 *
 * Where the engine could tell a trace sink something it asks `if (trace !== null)` first, or `if (host.trace !== null)`. A variant
 * is a copy of the built `@heddle/core` and `@heddle/multiplexer` in a directory of its own; for the untraced one these statements
 * are taken out of the text of the copy, and nothing else. The other is a plain copy, so that both are loaded in the same way.
 */

import { cp, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** One statement: asks whether there is a sink, and if so tells it something. tsup keeps the statements of the source in lines of their own. */
const TRACE_STATEMENT = /^ *if \((?:\w+\.)*trace !== null[^\n]*\) \w+\.trace\([^\n]*\);\n/gm;

/** Any question after a sink at all, so that none is overlooked when the engine's code changes. */
const TRACE_CHECK = /\btrace !== null/;

/** Fewer would mean that the pattern fits no longer. */
const LEAST_STATEMENTS = 6;

/** The packages as they can be imported, of the variant. */
export interface Variant {
  readonly core: typeof import('@heddle/core');
  readonly multiplexer: typeof import('@heddle/multiplexer');
}

/** Loads a fresh copy of the packages, without the trace statements if so asked. */
export async function loadVariant({ isTraced }: { readonly isTraced: boolean }): Promise<Variant> {
  const directory = await mkdtemp(join(tmpdir(), 'heddle-variant-'));
  try {
    const scope = join(directory, 'node_modules/@heddle');
    await copyPackage('@heddle/core', join(scope, 'core'));
    await copyPackage('@heddle/multiplexer', join(scope, 'multiplexer'));
    if (!isTraced) await takeTraceOut(join(scope, 'core/dist'));
    // From within the directory, so that both names mean the copies.
    const entry = join(directory, 'entry.mjs');
    await writeFile(entry, "export * as core from '@heddle/core';\nexport * as multiplexer from '@heddle/multiplexer';\n");
    return (await import(pathToFileURL(entry).href)) as Variant;
  } finally {
    // Everything is loaded by now, or failed to.
    await rm(directory, { recursive: true });
  }
}

async function copyPackage(name: string, target: string): Promise<void> {
  const manifest = import.meta.resolve(`${name}/package.json`);
  await cp(fileURLToPath(manifest), join(target, 'package.json'));
  await cp(fileURLToPath(new URL('dist', manifest)), join(target, 'dist'), { recursive: true, filter: (source) => !/\.(map|d\.ts)$/.test(source) });
}

async function takeTraceOut(directory: string): Promise<void> {
  let statements = 0;
  for (const file of await readdir(directory)) {
    if (!file.endsWith('.js')) continue;
    const path = join(directory, file);
    const { text, removed } = withoutTrace(await readFile(path, 'utf8'));
    statements += removed;
    await writeFile(path, text);
  }
  if (statements < LEAST_STATEMENTS) throw new Error(`Expected at least ${LEAST_STATEMENTS} trace statements in ${directory}, got ${statements}`);
}

/**
 * Takes the trace statements out of a built module.
 *
 * @throws {Error} when a check would be left over
 */
export function withoutTrace(built: string): { readonly text: string; readonly removed: number } {
  let removed = 0;
  const text = built.replace(TRACE_STATEMENT, () => {
    removed++;
    return '';
  });
  const left = text.split('\n').find((line) => TRACE_CHECK.test(line));
  if (left !== undefined) throw new Error(`Expected every trace check to be a statement of its own, got ${left.trim()}`);
  return { text, removed };
}
