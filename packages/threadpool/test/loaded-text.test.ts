import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

// V8 keeps a source text in two bytes a character as soon as one of its characters needs them, on every thread anew.
test('what each thread loads is text of one byte a character', () => {
  const core = dirname(createRequire(import.meta.url).resolve('@heddle/core/package.json'));
  const files = readdirSync(join(core, 'dist')).filter((name) => name.endsWith('.js'));
  expect(files).toContain('engine.js');
  const texts = [...files.map((name) => join(core, 'dist', name)), fileURLToPath(new URL('../dist/worker.js', import.meta.url))];
  const wide = texts.flatMap((path) => readFileSync(path, 'utf8').match(/.*[\u0100-\uFFFF].*/gu) ?? []);
  expect(wide).toEqual([]);
});
