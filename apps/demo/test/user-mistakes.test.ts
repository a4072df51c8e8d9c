import { join } from 'node:path';
import { expect, it } from 'vitest';
import { runDemo } from './run-demo.ts';
import { temporaryTree } from './temporary-tree.ts';

/** Expects one line, exit code 2 and nothing else: no stack, no output. */
async function expectMistake(args: readonly string[], line: RegExp | string): Promise<void> {
  const { code, out, err } = await runDemo(args);
  expect(err).toMatch(line);
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect({ code, out }).toEqual({ code: 2, out: '' });
}

it('an unknown executor is named beside those that there are', async () => {
  await expectMistake(['--executor', 'inline,threads'], "heddle-demo: Expected --executor to be one of inline, multiplexer, threadpool, got 'threads'\n");
});

it('an unknown option, a stray argument and a missing value are named', async () => {
  await expectMistake(['--exekutor', 'inline'], /got unknown option '--exekutor'/);
  await expectMistake(['inline'], /got too many arguments/);
  await expectMistake(['--input'], /got option '--input <dir>' argument missing/);
});

it('an impossible number of threads is named', async () => {
  for (const threads of ['0', '-1', '1.5', 'two', '5000', '']) {
    await expectMistake(['--threads', threads], `Expected --threads to be an integer from 1 to 1024, got '${threads}'`);
  }
});

it('an input that is missing, a file, or without Markdown is named', async () => {
  const root = await temporaryTree({ 'file.md': '', 'empty/x.txt': '' });
  await expectMistake(['--input', join(root, 'nowhere')], `Expected --input to be a directory, got a path that does not exist: ${root}/nowhere`);
  await expectMistake(['--input', join(root, 'file.md')], `Expected --input to be a directory, got a file: ${root}/file.md`);
  await expectMistake(['--input', join(root, 'empty')], /Expected --input to hold Markdown files .* got none/);
  await expectMistake(['--input', ''], 'Expected --input to name a directory, got an empty text');
});

it('an output that cannot be taken is named', async () => {
  const root = await temporaryTree({ 'in/a.md': '', 'taken/x.txt': '', file: '' });
  const input = ['--input', join(root, 'in')];
  await expectMistake([...input, '--output', join(root, 'taken')], /Expected --output to be an empty directory or one that the demo made/);
  await expectMistake([...input, '--output', join(root, 'file')], /Expected --output to be a directory, got a file/);
  await expectMistake([...input, '--output', join(root, 'file/sub')], /Expected --output to be a directory that can be written/);
});

it('--help tells about every option and every exit code', async () => {
  const { code, out, err } = await runDemo(['--help']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  for (const word of ['--input', '--output', '--executor', '--threads', 'inline, multiplexer, threadpool', 'Exit code', 'ui.perfetto.dev']) expect(out).toContain(word);
});
