import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.ts';

// Entries side by side keep `new URL('./thread-entry.cjs', import.meta.url)` and its `import('./worker.js')` true after the build.
export default defineConfig([
  // Neither may clean up after the other: they are built at the same time.
  { ...base, clean: false, entry: ['src/index.ts', 'src/thread-entry.cjs'], loader: { '.cjs': 'copy' } },
  // Every thread loads it. So it is one file that brings the multiplexer along (but not core: there must be one copy of the registry),
  // and has no comments, which a thread would keep with its source (bench `cold-start`, `idle-memory`).
  {
    ...base,
    clean: false,
    entry: ['src/worker.ts'],
    splitting: false,
    noExternal: ['@heddle/multiplexer'],
    minifyWhitespace: true,
    esbuildOptions(options) {
      // Node prints the line that an uncaught error comes from.
      options.lineLimit = 120;
    },
  },
]);
