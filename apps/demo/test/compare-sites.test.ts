import { expect, it } from 'vitest';
import { differingFiles, hashSite } from '../src/compare-sites.ts';
import { temporaryTree } from './temporary-tree.ts';

it('sites differ in the files of which one byte is another, and in those that only one has', async () => {
  const files = ['same.html', 'bytes.html', 'only-here.html', 'nowhere.html'];
  const one = await hashSite(await temporaryTree({ 'same.html': 'a', 'bytes.html': 'b', 'only-here.html': '' }), files);
  const other = await hashSite(await temporaryTree({ 'same.html': 'a', 'bytes.html': 'B' }), files);
  expect(differingFiles(one, one)).toEqual([]);
  expect(differingFiles(one, other)).toEqual(['bytes.html', 'only-here.html']);
});
