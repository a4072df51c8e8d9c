import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';

/** A program bundled for browsers. */
export interface BrowserBundle {
  /** A classic script that puts what the entry exports into the global `bundled`. */
  readonly script: string;
  /** The modules that went into it. */
  readonly modules: readonly string[];
  /** Modules of Node's own that any of these imports, whether or not the bundler could leave the import out. */
  readonly nodeModules: readonly string[];
}

const TEST = fileURLToPath(new URL('.', import.meta.url));

/** Bundles a module of this directory, or the text of one. */
export async function bundleForBrowsers(entry: { readonly path: string } | { readonly text: string }): Promise<BrowserBundle> {
  const input: BuildOptions = 'path' in entry ? { entryPoints: [entry.path] } : { stdin: { contents: entry.text, resolveDir: TEST } };
  const { metafile, outputFiles } = await build({
    ...input,
    absWorkingDir: TEST,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'browser',
    format: 'iife',
    globalName: 'bundled',
    target: 'es2022',
    logLevel: 'silent',
    // Kept as imports, so that they are found below instead of failing the build.
    external: ['node:*', ...builtinModules],
  });
  const inputs = Object.entries(metafile.inputs);
  const nodeModules = inputs.flatMap(([, { imports }]) => imports.filter(({ external }) => external === true).map(({ path }) => path));
  return { script: outputFiles?.[0]?.text ?? '', modules: inputs.map(([path]) => path), nodeModules: [...new Set(nodeModules)] };
}
