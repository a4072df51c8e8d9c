import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';

test("the README shows the example policy as it is tested, and it takes about twenty lines", async () => {
  const [readme, example] = await Promise.all(['../README.md', '../examples/by-turns.ts'].map((path) => readFile(new URL(path, import.meta.url), 'utf8')));
  expect(readme).toContain(`\`\`\`ts\n${example}\`\`\``);
  const body = example?.split('\n').slice(2) ?? [];
  expect(body.length).toBeLessThanOrEqual(25);
});
