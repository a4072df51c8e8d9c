import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));

/** Module hooks that know no vitest, as where it is not installed. */
const HOOKS = `export async function resolve(name, context, next) {
  if (name === 'vitest') throw new Error('vitest is not installed');
  return next(name, context);
}`;

function inProcessWithoutVitest(code: string): Promise<string> {
  const hooks = JSON.stringify(`data:text/javascript,${encodeURIComponent(HOOKS)}`);
  const program = `import { register } from 'node:module'; register(${hooks}); ${code}`;
  return new Promise((resolve) => {
    // Node 26 deprecates register(), of which Node 20 has no other form.
    execFile(process.execPath, ['--no-deprecation', '--input-type=module', '--eval', program], { cwd: PACKAGE }, (_error, stdout, stderr) => {
      resolve(stdout + stderr);
    });
  });
}

it('the laws, the clock and the tasks can be used where vitest is not installed', async () => {
  const code = `
    const { laws, VirtualClock } = await import('@heddle/testkit');
    const { echo } = await import('@heddle/testkit/tasks');
    const { InlineExecutor } = await import('@heddle/core');
    for (const lawCase of laws[0].cases) await lawCase.run(() => new InlineExecutor({ clock: new VirtualClock() }));
    console.log(await new InlineExecutor().run(echo('works')));`;
  expect(await inProcessWithoutVitest(code)).toBe('works\n');
});

it('the suite needs it', async () => {
  expect(await inProcessWithoutVitest(`await import('@heddle/testkit/conformance');`)).toContain('vitest is not installed');
});
