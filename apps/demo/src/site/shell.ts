/** What every document of the site has in common. */

import { escapeHtml } from '../markdown/escape-html.ts';

export interface Shell {
  readonly title: string;
  /** The way to the top of the site: empty, or `../` so many times. */
  readonly root: string;
  /** More elements for the head. */
  readonly head: string;
  readonly body: string;
}

/** The mark of the project: warp threads, two of them lifted, and the weft that passes. */
export const LOGO = `<svg class="logo" viewBox="0 0 24 24" aria-hidden="true"><path class="warp" d="M4 2v8M4 14v8M9.3 2v20M14.7 2v8M14.7 14v8M20 2v20"/><path class="weft" d="M1 12h6.300M11.300 12h6.700M22 12h1"/></svg>`;

/** Returns a whole HTML document. */
export function documentShell({ title, root, head, body }: Shell): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${root}assets/style.css">
${head}</head>
<body>
${body}
</body>
</html>
`;
}
