import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InlineExecutor } from '@heddle/core';
import { Multiplexer } from '@heddle/multiplexer';
import { expect, it } from 'vitest';
import { buildSite, filesOfSite } from '../src/build-site.ts';
import { readInput } from '../src/input.ts';
import { OutputDirectory } from '../src/output-directory.ts';
import { temporaryTree } from './temporary-tree.ts';

/** A tree of `pages` pages, and an output directory that is ready for its site. */
async function prepare(pages: number) {
  const page = '# Page\n\n```js\nconst a = [1, 2, 3];\n```\n'.repeat(10);
  const { signal } = new AbortController();
  const input = await readInput(await temporaryTree(Object.fromEntries(Array.from({ length: pages }, (_, at) => [`a/${at}.md`, page]))), signal);
  const target = await temporaryTree();
  await (await OutputDirectory.claim(target)).prepare(filesOfSite(input));
  return { input, target };
}

for (const Local of [InlineExecutor, Multiplexer]) {
  it(`cancelling a build on ${Local.name} stops it, and every page that is there is whole`, async () => {
    const { input, target } = await prepare(200);
    const controller = new AbortController();
    const reason = new Error('enough');
    const executor = new Local();
    const building = buildSite(executor, input, target, {
      signal: controller.signal,
      onProgress: (pages) => {
        if (pages >= 3) controller.abort(reason);
      },
    });
    await expect(building).rejects.toMatchObject({ code: 'ERR_HEDDLE_CANCELLED', cause: reason });
    await executor.close();

    const written = (await readdir(join(target, 'pages/a'))).filter((name) => name.endsWith('.html'));
    expect(written.length).toBeGreaterThanOrEqual(3);
    expect(written.length).toBeLessThan(200);
    for (const name of written) expect(await readFile(join(target, 'pages/a', name), 'utf8')).toMatch(/<\/html>\n$/);
    expect(await readdir(target)).not.toContain('index.html');
  });
}

it('a page that cannot be written stops the build with the reason', async () => {
  const { input, target } = await prepare(20);
  const [first] = input.files;
  // Its directory is not there.
  const places = input.files.map((file) => (file === first ? { ...file, place: { ...file.place, slug: 'pages/nowhere/0.html' } } : file));
  const executor = new InlineExecutor();
  const options = { signal: new AbortController().signal, onProgress: () => {} };
  await expect(buildSite(executor, { ...input, files: places }, target, options)).rejects.toMatchObject({ code: 'ENOENT', syscall: 'open' });
  await executor.close();
});

it('more pages than a part of the search index holds make more parts', async () => {
  const { input, target } = await prepare(130);
  const executor = new InlineExecutor();
  await buildSite(executor, input, target, { signal: new AbortController().signal, onProgress: () => {} });
  await executor.close();
  expect((await readdir(join(target, 'search-index'))).sort()).toEqual(['part-1.js', 'part-2.js', 'part-3.js']);
  const index = await readFile(join(target, 'index.html'), 'utf8');
  for (const part of [1, 2, 3]) expect(index).toContain(`<script defer src="search-index/part-${part}.js">`);
});
