import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Runs a module in a process of its own, as subjects do, with `peers` as the URL of the built peers; gives what it prints. */
function runModule(source: string): string {
  const peers = pathToFileURL(join(import.meta.dirname, '../dist/peers/')).href;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', `const peers = '${peers}';\n${source}`], { encoding: 'utf8', cwd: import.meta.dirname }).trim();
}

describe('a native rival', () => {
  const guard = `const { undisturbed } = await import(peers + 'native.js');
    const { AsyncLocalStorage } = await import('node:async_hooks');
    const execution = undisturbed({ run: () => 1 });`;

  it('is measured where nothing watches promises', () => {
    expect(runModule(`${guard} await import('@heddle/core'); await import('@heddle/multiplexer'); console.log(await execution.run());`)).toBe('1');
  });

  it.skipIf(Number.parseInt(process.versions.node, 10) >= 24)('fails where an AsyncLocalStorage was run, which slows it down', () => {
    const message = runModule(`${guard} new AsyncLocalStorage().run(1, () => {}); console.log(await execution.run().catch((error) => error.message));`);
    expect(message).toMatch(/^Expected native promises undisturbed/);
  });
});

describe('an untraced variant', () => {
  const load = `const { loadVariant, withoutTrace } = await import(peers + 'untraced.js');`;
  const trace = `async (isTraced) => {
    const { core, multiplexer } = await loadVariant({ isTraced });
    const recorder = new core.TraceRecorder();
    const executor = new multiplexer.Multiplexer({ trace: recorder });
    const child = core.task(function* () { yield* core.yieldNow(); return 41; });
    const result = await executor.run(core.task(function* () { return (yield* (yield* core.spawn(child()))) + 1; })());
    await executor.close();
    return [result, recorder.events.length > 0];
  }`;

  it('runs the same tasks, and tells a sink nothing', () => {
    const printed = runModule(`${load} const run = ${trace}; console.log(JSON.stringify([await run(true), await run(false)]));`);
    expect(JSON.parse(printed)).toEqual([[42, true], [42, false]]);
  });

  it('is refused where a check is not a statement of its own', () => {
    const cut = 'if (this.host.trace !== null) this.trace("queued");';
    const source = `    ${cut}\n    const isTraced = host.trace !== null;\n`;
    const printed = runModule(`${load} try { withoutTrace(${JSON.stringify(source)}); } catch (error) { console.log(error.message); }`);
    expect(printed).toBe('Expected every trace check to be a statement of its own, got const isTraced = host.trace !== null;');
  });
});

describe('a queue of another library', () => {
  it.each([
    ['openDenqueAsQueue()', [1, 3, 2]],
    ['openDenqueAsStack()', [2, 3, 1]],
    ['openArrayAsStack()', [2, 3, 1]],
    ['openHeap((a, b) => b.priority - a.priority)', [3, 2, 1]],
    ['openPQueue(() => 0)', [1, 3, 2]],
    ['openPQueue((item) => item.priority)', [3, 2, 1]],
  ])('gives its items in its order: %s', (open, order) => {
    const printed = runModule(`const queues = await import(peers + 'queues.js');
      const queue = await queues.${open};
      for (const priority of [1, 3, 2]) queue.push({ priority });
      console.log(JSON.stringify([0, 1, 2].map(() => queue.pop().priority)));`);
    expect(JSON.parse(printed)).toEqual(order);
  });
});

describe('timers of others', () => {
  it.each(['openTimerClock', 'openHostTimers', 'openHeapTimers'])('fire unless they are cancelled, and then hold nothing: %s', (open) => {
    const printed = runModule(`const { ${open} } = await import(peers + 'timers.js');
      const setTimer = await ${open}();
      const log = [];
      const cancels = [3_600_000, 1, 3_600_001].map((ms) => setTimer(() => log.push('cancelled'), ms));
      for (const ms of [5, 1]) setTimer(() => log.push(ms), ms);
      for (const cancel of cancels) cancel();
      process.on('exit', () => console.log(JSON.stringify(log)));`);
    expect(JSON.parse(printed)).toEqual([1, 5]);
  });
});
