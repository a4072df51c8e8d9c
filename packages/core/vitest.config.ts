import { defineConfig } from 'vitest/config';
import { base } from '../../vitest.base.ts';

// Some tests run processes of their own or chains a million deep, and the machine may be busy.
export default defineConfig({ test: { ...base.test, testTimeout: 60_000 } });
