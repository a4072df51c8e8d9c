import { defineConfig } from 'tsup';
import { base, lean } from '../../tsup.base.ts';

// Neutral, because this package runs in browsers too. Lean, because every thread of a pool loads it (bench `cold-start`, `idle-memory`).
export default defineConfig({ ...base, ...lean, platform: 'neutral', entry: ['src/index.ts', 'src/engine.ts'] });
