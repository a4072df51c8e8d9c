import { defineConfig } from 'vitest/config';

/** All packages in one process: watch mode, coverage, and the runs on other versions of Node. */
export default defineConfig({
  test: { projects: ['packages/*', 'apps/*'] },
});
