/** Which module the process runs: importing that one on a thread would run the program once more. */

import { realpathSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** Returns the URL of the program's main module as its `import.meta.url` gives it; `null` where there is none, as in a REPL. */
export function findProgramUrl(): string | null {
  const path = process.argv[1];
  if (path === undefined) return null;
  try {
    return pathToFileURL(realpathSync(path)).href;
  } catch {
    // Given without its extension, as CommonJS allows.
    return null;
  }
}
