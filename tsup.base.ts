import type { Options } from 'tsup';

/** What every package's bundle has in common; `tsc -p tsconfig.build.json` adds the declarations. */
export const base = {
  format: ['esm'],
  target: 'node20',
  platform: 'node',
  sourcemap: true,
  clean: true,
  // TypeScript 7 has no JavaScript compiler API, which tsup needs to make declarations.
  dts: false,
  treeshake: false,
  // tsup would otherwise write `worker_threads` for `node:worker_threads`.
  removeNodeProtocol: false,
} satisfies Options;
