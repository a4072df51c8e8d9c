/** Where a page belongs: which package (or directory) its file is from, and where its HTML goes. A pure function of the paths. */

/** The place of one page in the site. */
export interface PagePlace {
  /** What the page is listed under: `commander@14.0.3`, or a directory of the tree. */
  readonly group: string;
  /** The file within its group, such as `docs/options.md`. */
  readonly path: string;
  /** The page's file within the site, such as `pages/commander@14.0.3/docs/options.html`. Unique, also where case is ignored. */
  readonly slug: string;
}

/** File systems allow 255 bytes a name; this leaves room for `.html`, `.part` and a number that tells namesakes apart. */
const MAX_SEGMENT_LENGTH = 100;

/**
 * Gives each file its place.
 *
 * @param files paths relative to the tree, with `/`, sorted: namesakes are numbered in this order
 * @param treeName the name of the tree's own directory; files at its top are listed under it
 */
export function placePages(files: readonly string[], treeName: string): PagePlace[] {
  const taken = new Set<string>();
  return files.map((file) => {
    const { group, path } = locate(treeName === 'node_modules' ? `node_modules/${file}` : file, treeName);
    return { group, path, slug: uniqueSlug(slugOf(group, path), taken) };
  });
}

/** The last package on the path, with its version where the path tells it (pnpm's `.pnpm/NAME@VERSION_PEERS/node_modules/NAME`). */
const PACKAGE = /^(?:.*\/)?node_modules\/((?:@[^/]+\/)?[^/]+)\/(.+)$/;

function locate(file: string, treeName: string): { group: string; path: string } {
  const match = PACKAGE.exec(file);
  const [name, path] = [match?.[1], match?.[2]];
  if (name !== undefined && path !== undefined) {
    const version = versionIn(file, name);
    return { group: version === undefined ? name : `${name}@${version}`, path };
  }
  const at = file.indexOf('/');
  return at < 0 ? { group: treeName, path: file } : { group: file.slice(0, at), path: file.slice(at + 1) };
}

function versionIn(file: string, name: string): string | undefined {
  const before = file.slice(0, file.lastIndexOf('node_modules/'));
  const store = before.split('/').at(-2);
  const prefix = `${name.replace('/', '+')}@`;
  return store?.startsWith(prefix) === true ? store.slice(prefix.length).split(/[_(]/)[0] : undefined;
}

function slugOf(group: string, path: string): string {
  const segments = `${group}/${path}`.split('/');
  // Invariant: splitting a text gives at least one part.
  const file = segments.pop()!.replace(/\.(md|markdown)$/i, '');
  // A directory must not have the name of a page: `a.html/` and `a.html` cannot stand side by side.
  const directories = segments.map((segment) => plain(segment).replace(/\.html$/, '-html'));
  return ['pages', ...directories, plain(file)].join('/');
}

/** What is safe in a URL and as a file name everywhere, in lower case because some file systems ignore case. */
function plain(segment: string): string {
  const safe = segment.toLowerCase().replace(/[^a-z0-9@._+-]+/g, '-').slice(0, MAX_SEGMENT_LENGTH);
  // No hidden files, and nothing that ends in a dot, which Windows drops.
  return safe.replace(/^\./, '_').replace(/\.$/, '_') || '-';
}

function uniqueSlug(base: string, taken: Set<string>): string {
  let slug = `${base}.html`;
  for (let number = 2; taken.has(slug); number++) slug = `${base}-${number}.html`;
  taken.add(slug);
  return slug;
}
