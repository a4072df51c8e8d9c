import fc from 'fast-check';
import { expect, it } from 'vitest';
import { placePages } from '../src/page-place.ts';

const placeOf = (file: string, treeName = 'node_modules') => placePages([file], treeName)[0];

it('lists a page of a pnpm store under its package and version', () => {
  expect(placeOf('.pnpm/commander@14.0.3/node_modules/commander/Readme.md')).toEqual({
    group: 'commander@14.0.3',
    path: 'Readme.md',
    slug: 'pages/commander@14.0.3/readme.html',
  });
  expect(placeOf('.pnpm/@changesets+cli@2.31.1_@types+node@20.19.43/node_modules/@changesets/cli/docs/a b.md')).toEqual({
    group: '@changesets/cli@2.31.1',
    path: 'docs/a b.md',
    slug: 'pages/@changesets/cli@2.31.1/docs/a-b.html',
  });
});

it('lists a page of a flat node_modules under its package', () => {
  expect(placeOf('markdown-it/README.md')).toMatchObject({ group: 'markdown-it', path: 'README.md' });
  expect(placeOf('@scope/name/README.md')).toMatchObject({ group: '@scope/name', path: 'README.md' });
});

it('lists a page of any other tree under its first directory, or the tree itself', () => {
  expect(placeOf('guide/part/one.md', 'docs')).toMatchObject({ group: 'guide', path: 'part/one.md', slug: 'pages/guide/part/one.html' });
  expect(placeOf('one.md', 'docs')).toMatchObject({ group: 'docs', path: 'one.md', slug: 'pages/docs/one.html' });
});

it('tells namesakes apart in their order, also where only case or odd characters differ', () => {
  const slugs = placePages(['a/README.md', 'a/Readme.md', 'a/ä.md', 'a/ö.md'], 'docs').map(({ slug }) => slug);
  expect(slugs).toEqual(['pages/a/readme.html', 'pages/a/readme-2.html', 'pages/a/-.html', 'pages/a/--2.html']);
});

it('keeps a directory from having the name of a page', () => {
  const slugs = placePages(['a.md', 'a.html/b.md'], 'a').map(({ slug }) => slug);
  expect(slugs).toEqual(['pages/a/a.html', 'pages/a-html/b.html']);
});

it('gives every file a slug of its own that is safe in a URL and on every file system', () => {
  const segment = fc.string({ unit: 'binary', minLength: 1, maxLength: 150 }).map((text) => text.replaceAll('/', '_'));
  const path = fc.array(segment, { minLength: 1, maxLength: 4 }).map((segments) => `${segments.join('/')}.md`);
  fc.assert(
    fc.property(fc.uniqueArray(path, { maxLength: 20 }), (files) => {
      const slugs = placePages(files, 'docs').map(({ slug }) => slug);
      expect(new Set(slugs).size).toBe(slugs.length);
      for (const slug of slugs) {
        expect(slug).toMatch(/^pages\/([a-z0-9@_+-][a-z0-9@._+-]{0,120}\/)*[a-z0-9@_+-][a-z0-9@._+-]{0,120}\.html$/);
        expect(slug).not.toMatch(/\.html\//);
      }
    }),
  );
});
