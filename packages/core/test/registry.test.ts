import { describe, expect, it } from 'vitest';
import { findTask, loadTask, task, TaskNotFoundError } from '@heddle/core';
import { splitTaskId } from '@heddle/core/engine';
import { failureOf } from './failure-of.ts';
import { inChildProcess } from './in-child-process.ts';

// Data URLs, because what is tested is the loading of a module, and Node 20 loads no TypeScript.
function moduleUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

describe('findTask', () => {
  it('finds what a module that was imported has defined', () => {
    const here = task(import.meta, 'here', () => 1);
    expect(findTask(here.id)).toMatchObject({ id: here.id, name: 'here', portable: true });
    expect(findTask(`${import.meta.url}#elsewhere`)).toBe(undefined);
  });

  it('does not find local tasks', () => {
    expect(findTask(task(function local() {}).id)).toBe(undefined);
  });
});

describe('loadTask', () => {
  it('imports the module that defines the task', async () => {
    const tasks = moduleUrl(`import { task } from '${import.meta.resolve('@heddle/core')}'; task(import.meta, 'remote', () => 'loaded');`);
    expect(findTask(`${tasks}#remote`)).toBe(undefined);
    const definition = await loadTask(`${tasks}#remote`);
    expect(definition.body()).toBe('loaded');
    expect(findTask(`${tasks}#remote`)).toBe(definition);
    expect(await loadTask(`${tasks}#remote`)).toBe(definition);
  });

  it.each(['nonsense', '', '#', '#name', 'local#name', 'module#'])('refuses the id %j, which is none', async (id) => {
    const error = await failureOf(loadTask(id));
    expect(error).toBeInstanceOf(TaskNotFoundError);
    expect(error).toMatchObject({ code: 'ERR_HEDDLE_TASK_NOT_FOUND', message: `Expected a task id of the form moduleUrl#name, got '${id}'` });
  });

  it('tells which module failed to load, and why', async () => {
    const broken = moduleUrl(`throw new RangeError('this module is broken')`);
    const error = await failureOf(loadTask(`${broken}#weave`));
    expect(error).toBeInstanceOf(TaskNotFoundError);
    expect(error).toMatchObject({
      message: `Task 'weave' cannot be found: its module ${broken} failed to load (RangeError: this module is broken)`,
      cause: { name: 'RangeError', message: 'this module is broken' },
    });
  });

  it('tells of a module that throws something else than an error', async () => {
    const broken = moduleUrl(`throw null`);
    expect(await failureOf(loadTask(`${broken}#weave`))).toMatchObject({ message: `Task 'weave' cannot be found: its module ${broken} failed to load (null)` });
  });

  it('tells of a module that does not exist', async () => {
    const missing = new URL('no-such-module.js', import.meta.url).href;
    const error = await failureOf(loadTask(`${missing}#weave`));
    expect(error).toMatchObject({ message: expect.stringMatching(/^Task 'weave' cannot be found: its module file:.*no-such-module\.js failed to load \(Error\b/) });
  });

  it('tells which tasks the module defines when it is not the one that was asked for', async () => {
    const core = import.meta.resolve('@heddle/core');
    const tasks = moduleUrl(`import { task } from '${core}'; task(import.meta, 'warp', () => 1); task(import.meta, 'weft', () => 2);`);
    expect(await failureOf(loadTask(`${tasks}#weave`))).toMatchObject({
      message: `Expected module ${tasks} to define task 'weave', got only 'warp', 'weft'. A portable task must be defined while its module loads`,
    });
    const none = moduleUrl(`export {}`);
    expect(await failureOf(loadTask(`${none}#weave`))).toMatchObject({ message: expect.stringContaining('got no tasks at all') });
  });
});

describe('splitTaskId', () => {
  it('takes an id apart at its last #', () => {
    expect(splitTaskId('file:///tasks.js?v=1#part#name')).toEqual({ moduleUrl: 'file:///tasks.js?v=1#part', name: 'name' });
    expect(splitTaskId('nonsense')).toEqual({ moduleUrl: '', name: 'nonsense' });
  });
});

describe('two copies of the package in one process', () => {
  it('see each other’s tasks', async () => {
    const code = `
      import { task } from '@heddle/core';
      const { findTask } = await import(import.meta.resolve('@heddle/core') + '?copy');
      const { id } = task({ url: 'file:///tasks.js' }, 'shared', () => 'found');
      console.log(findTask(id).body());`;
    expect((await inChildProcess(code)).stdout.trim()).toBe('found');
  });
});
