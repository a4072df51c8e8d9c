import { fileURLToPath } from 'node:url';
import type { ViteUserConfig } from 'vitest/config';

const isCovered = process.env['NODE_V8_COVERAGE'] !== undefined;

/** What every package's test run has in common. */
export const base = {
  test: {
    include: ['test/**/*.test.ts'],
    // Tests import the built package by its own name, and Node loads it natively, as it does for users.
    server: { deps: { external: [/\/(packages|apps)\/[^/]+\/dist\//] } },
    setupFiles: isCovered ? [fileURLToPath(new URL('./vitest.coverage.ts', import.meta.url))] : [],
    // Only there to end a test that hangs. Nothing is timed, and a busy machine may take many times as long as a quiet one.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: ['default', 'json'],
    // .ci/run sums these reports. They are written outside CI too, so that a cached test task restores its own.
    outputFile: { json: 'coverage/vitest-report.json' },
  },
} satisfies ViteUserConfig;
