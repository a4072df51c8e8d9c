import { defineConfig, type Options } from 'tsup';
import { base } from '../../tsup.base.ts';

/**
 * Keeps tasks.js a module of its own, imported by the others and never inlined into a chunk: worker threads find the tasks by the
 * URL of the module that defines them.
 */
const tasksApart: NonNullable<Options['esbuildPlugins']>[number] = {
  name: 'tasks-apart',
  setup(build) {
    build.onResolve({ filter: /\/tasks\.ts$/ }, ({ kind }) => (kind === 'entry-point' ? undefined : { path: './tasks.js', external: true }));
  },
};

export default defineConfig({ ...base, entry: ['src/index.ts', 'src/conformance.ts', 'src/tasks.ts'], esbuildPlugins: [tasksApart] });
