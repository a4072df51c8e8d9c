import { readdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { expect, it } from 'vitest';
import { runDemo } from './run-demo.ts';
import { temporaryTree } from './temporary-tree.ts';

const EXECUTORS = ['inline', 'multiplexer', 'threadpool'];

/** Contents by path of every file under a directory. */
async function filesUnder(directory: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) files.set(path.slice(directory.length + 1), await readFile(path, 'utf8'));
  }
  return files;
}

async function brokenTree(): Promise<string> {
  const root = await temporaryTree({
    'pack/README.md': '# Pack\n\nPacks many things together.\n\n```js\nconst a = 1;\n```\n',
    'pack/docs/use.md': '# How to use it\n\nUnpack <script>alert(1)</script> it first.\n',
    'pack/docs/USE.md': '# Namesake\n',
    'latin1.md': Uint8Array.of(0x67, 0x72, 0xfc, 0x6e),
    'folder.md/inner.md': '# Inner\n',
  });
  await symlink('nowhere', join(root, 'dangling.md'));
  return root;
}

it('every executor builds the same site, and broken files are reported without stopping the rest', async () => {
  const input = await brokenTree();
  const output = await temporaryTree();
  const { code, out, err } = await runDemo(['--input', input, '--output', output, '--threads', '2']);

  expect(err.trim().split('\n')).toEqual([
    '3 broken in the input, left out:',
    '  dangling.md is a link to nowhere, which cannot be reached (ENOENT)',
    '  folder.md is a directory, where a file was expected',
    '  latin1.md is not valid UTF-8',
  ]);
  expect(code).toBe(0);
  expect(out).toContain('A ready --> awaits B        | queue: [main, A, B]');
  expect(out).toContain('5 Markdown files under');
  expect(out).toContain('The 3 sites are equal, byte by byte.');
  for (const name of EXECUTORS) expect(out).toMatch(new RegExp(`^${name} +\\d+ +\\d+\\.\\d\\d s +\\d+\\.\\d\\d x +\\d+ ms +\\d+ %$`, 'm'));

  const [first, ...others] = await Promise.all(EXECUTORS.map((name) => filesUnder(join(output, name))));
  for (const other of others) expect(other).toEqual(first);
  expect([...(first?.keys() ?? [])].sort()).toEqual([
    'assets/minisearch.js',
    'assets/search.js',
    'assets/style.css',
    'index.html',
    'pages/folder.md/inner.html',
    'pages/pack/docs/use-2.html',
    'pages/pack/docs/use.html',
    'pages/pack/readme.html',
    'search-index/part-1.js',
  ]);
  expect(first?.get('index.html')).toContain('4 pages from 2 packages');
  expect(first?.get('pages/pack/docs/use-2.html')).toContain('<p>Unpack alert(1) it first.</p>');

  for (const name of EXECUTORS) {
    const trace = JSON.parse(await readFile(join(output, `${name}.trace.json`), 'utf8')) as { traceEvents: { ph: string; name: string }[] };
    const slices = trace.traceEvents.filter(({ ph }) => ph === 'X').map((event) => event.name);
    expect(slices).toContain('pages/pack/readme.html');
  }
});

it('the search finds pages by what they say', async () => {
  const output = await temporaryTree();
  await runDemo(['--input', await brokenTree(), '--output', output, '--executor', 'inline']);
  const site = await filesUnder(join(output, 'inline'));
  const browser = createContext({});
  for (const script of ['assets/minisearch.js', 'search-index/part-1.js']) runInContext(site.get(script) ?? '', browser);
  const search = (query: string): unknown => runInContext(`heddleSearch.flatMap(({ options, index }) => MiniSearch.loadJS(index, options).search(${JSON.stringify(query)})).map(({ id }) => id).join()`, browser);
  expect(search('unpack first')).toBe('pages/pack/docs/use-2.html');
  expect(search('things togeth')).toBe('pages/pack/readme.html');
  expect(search('inner')).toBe('pages/folder.md/inner.html');
  expect(search('nothing of the sort')).toBe('');
});

it('a second run takes the place of the first', async () => {
  const output = await temporaryTree();
  const args = ['--output', output, '--executor', 'inline'];
  await runDemo([...args, '--input', await temporaryTree({ 'a/old.md': '# Old' })]);
  const { code } = await runDemo([...args, '--input', await temporaryTree({ 'a/new.md': '# New' })]);
  expect(code).toBe(0);
  expect(await readdir(join(output, 'inline/pages/a'))).toEqual(['new.html']);
});

it('Ctrl-C stops it with exit code 130 and leaves no half-written file', async () => {
  const page = '# Page\n\n```js\nconst a = [1, 2, 3];\n```\n'.repeat(20);
  const input = await temporaryTree(Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`a/${at}.md`, page])));
  for (const executor of EXECUTORS) {
    const output = await temporaryTree();
    let isStopped = false;
    const { code, err, out } = await runDemo(['--input', input, '--output', output, '--executor', executor, '--threads', '2'], (text, signal) => {
      if (isStopped || !text.includes('Markdown files under')) return;
      isStopped = true;
      signal('SIGINT');
    });
    expect({ code, err: err.trim() }).toEqual({ code: 130, err: 'Cancelled. Every page that was written is whole.' });
    expect(out).not.toContain('speed-up');
    for (const [path, text] of await filesUnder(output)) {
      expect(path).not.toMatch(/\.part$/);
      if (path.endsWith('.html')) expect(text).toMatch(/<\/html>\n$/);
    }
  }
});
