import { defineConfig } from 'tsup';
import { base } from '../../tsup.base.ts';

// Neutral, because this package runs in browsers too.
export default defineConfig({ ...base, platform: 'neutral', entry: ['src/index.ts', 'src/engine.ts'] });
