import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.ts';

// Entries side by side keep `new URL('./thread-entry.cjs', import.meta.url)` and its `import('./worker.js')` true after the build.
export default defineConfig({ ...base, entry: ['src/index.ts', 'src/worker.ts', 'src/thread-entry.cjs'], loader: { '.cjs': 'copy' } });
