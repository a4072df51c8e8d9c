import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.ts';

// Two entries side by side keep `new URL('./worker.js', import.meta.url)` true after the build.
export default defineConfig({ ...base, entry: ['src/index.ts', 'src/worker.ts'] });
