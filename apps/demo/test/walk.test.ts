import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findMarkdown } from '../src/walk.ts';
import { temporaryTree } from './temporary-tree.ts';

const { signal } = new AbortController();

it('finds Markdown files at every depth, sorted by path, and nothing else', async () => {
  const root = await temporaryTree({ 'b/c/NOTES.markdown': '', 'a.md': '', 'b/README.MD': '', 'b/code.js': '', 'b/md': '', '.hidden/x.md': '' });
  expect(await findMarkdown(root, signal)).toEqual({ files: ['.hidden/x.md', 'a.md', 'b/README.MD', 'b/c/NOTES.markdown'], problems: [] });
});

it('finds a real file once, however many links lead to it', async () => {
  const root = await temporaryTree({ 'real/a.md': '' });
  await symlink('real', join(root, 'again'));
  await symlink('real/a.md', join(root, 'b.md'));
  expect(await findMarkdown(root, signal)).toEqual({ files: ['real/a.md'], problems: [] });
});

it('ends in a tree that links to itself', async () => {
  const root = await temporaryTree({ 'a/a.md': '' });
  await symlink('..', join(root, 'a/up'));
  expect(await findMarkdown(root, signal)).toEqual({ files: ['a/a.md'], problems: [] });
});

it('follows links out of the tree into node_modules, and no others', async () => {
  const outside = await temporaryTree({ 'node_modules/pack/README.md': '', 'secret/README.md': '' });
  const root = await temporaryTree({ 'own.md': '' });
  await symlink(join(outside, 'node_modules/pack'), join(root, 'pack'));
  await symlink(join(outside, 'secret'), join(root, 'secret'));
  const { files, problems } = await findMarkdown(root, signal);
  expect(files).toEqual([expect.stringMatching(/^\.\..*\/node_modules\/pack\/README\.md$/), 'own.md']);
  expect(problems).toEqual([]);
});

it('reports a link to a file outside of the tree', async () => {
  const outside = await temporaryTree({ 'README.md': '' });
  const root = await temporaryTree();
  await symlink(join(outside, 'README.md'), join(root, 'x.md'));
  expect(await findMarkdown(root, signal)).toEqual({ files: [], problems: [{ path: 'x.md', reason: `is a link to ${outside}/README.md, outside of the tree` }] });
});

it('reports what has the name of a Markdown file and is none, and goes on', async () => {
  const root = await temporaryTree({ 'z.md': '', 'folder.md/inner.md': '' });
  await symlink('nowhere', join(root, 'dangling.md'));
  await symlink('loop.md', join(root, 'loop.md'));
  await symlink('nowhere', join(root, 'dangling-without-the-name'));
  await mkdir(join(root, 'empty'));
  const { files, problems } = await findMarkdown(root, signal);
  expect(files).toEqual(['folder.md/inner.md', 'z.md']);
  expect(problems).toEqual([
    { path: 'dangling.md', reason: 'is a link to nowhere, which cannot be reached (ENOENT)' },
    { path: 'folder.md', reason: 'is a directory, where a file was expected' },
    { path: 'loop.md', reason: 'is a link to loop.md, which cannot be reached (ELOOP)' },
  ]);
});

it('stops when its signal aborts', async () => {
  const root = await temporaryTree({ 'a.md': '' });
  await expect(findMarkdown(root, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
});
