import { defineConfig } from 'vitest/config';
import { base } from '../../vitest.base.ts';

// Threads start slowly on a busy machine. Only a test that hangs takes as long.
export default defineConfig({ ...base, test: { ...base.test, testTimeout: 20_000, hookTimeout: 20_000 } });
