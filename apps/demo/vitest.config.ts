import { defineConfig } from 'vitest/config';
import { base } from '../../vitest.base.ts';

// Many of these tests run the whole command in a process of its own.
export default defineConfig({ ...base, test: { ...base.test, testTimeout: 60_000 } });
