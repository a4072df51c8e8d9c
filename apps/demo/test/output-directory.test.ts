import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { OutputDirectory, partOf } from '../src/output-directory.ts';
import { writeWhole } from '../src/write-whole.ts';
import { temporaryTree } from './temporary-tree.ts';

const MANIFEST = '.heddle-demo.json';

it('makes a directory that does not exist, with those that its files need', async () => {
  const path = join(await temporaryTree(), 'a/b');
  await (await OutputDirectory.claim(path)).prepare(['x/y/z.html']);
  await writeWhole(join(path, 'x/y/z.html'), 'z');
  expect(await readFile(join(path, 'x/y/z.html'), 'utf8')).toBe('z');
});

it('refuses a directory with files of somebody else, and touches none', async () => {
  const path = await temporaryTree({ 'thesis.txt': 'precious' });
  await expect(OutputDirectory.claim(path)).rejects.toThrow(`Expected --output to be an empty directory or one that the demo made, got one with other files: ${path}`);
  expect(await readdir(path)).toEqual(['thesis.txt']);
});

it('refuses a file, and a path below a file', async () => {
  const root = await temporaryTree({ file: '' });
  await expect(OutputDirectory.claim(join(root, 'file'))).rejects.toThrow(`Expected --output to be a directory, got a file: ${root}/file`);
  await expect(OutputDirectory.claim(join(root, 'file/below'))).rejects.toThrow(/^Expected --output to be a directory that can be written, got .*ENOTDIR/);
});

it('removes what the demo made before, and nothing that was added since', async () => {
  const path = await temporaryTree();
  await (await OutputDirectory.claim(path)).prepare(['site/old.html', 'site/deep/old.html', 'gone/old.html']);
  for (const file of ['site/old.html', 'site/deep/old.html', partOf('gone/old.html'), 'site/mine.txt']) await writeFile(join(path, file), '');

  await (await OutputDirectory.claim(path)).prepare(['site/new.html']);
  expect((await readdir(path)).sort()).toEqual([MANIFEST, 'site']);
  expect(await readdir(join(path, 'site'))).toEqual(['mine.txt']);
});

it('refuses a manifest that names files outside of its directory', async () => {
  for (const file of ['../x', '/etc/passwd', 'a/../../x', 'c:\\x', '']) {
    const path = await temporaryTree({ [MANIFEST]: JSON.stringify({ files: ['fine', file] }) });
    await expect(OutputDirectory.claim(path)).rejects.toThrow(/^Expected a list of files that the demo made/);
  }
});

it('refuses a manifest that is none', async () => {
  for (const text of ['', '[]', '{"files":3}', 'null']) {
    const path = await temporaryTree({ [MANIFEST]: text });
    await expect(OutputDirectory.claim(path)).rejects.toThrow(/^Expected a list of files that the demo made/);
  }
});

it('removes unfinished files and leaves whole ones', async () => {
  const path = await temporaryTree();
  const output = await OutputDirectory.claim(path);
  await output.prepare(['a.html', 'b.html']);
  await writeWhole(join(path, 'a.html'), 'a');
  await writeFile(partOf(join(path, 'b.html')), 'half');
  await output.removeParts();
  expect((await readdir(path)).sort()).toEqual([MANIFEST, 'a.html']);
});
