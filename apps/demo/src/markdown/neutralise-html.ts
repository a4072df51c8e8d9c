/**
 * HTML inside Markdown, made harmless: READMEs are not trusted, so no tag of theirs reaches a page. Their words do, escaped.
 * Every expression here takes time linear in its input, because the input may be made to hurt.
 */

import { escapeHtml, escapeKeepingEntities } from './escape-html.ts';

const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
const SCRIPT_OR_STYLE = /<(script|style)\b[\s\S]*?(?:<\/\1\b[^<>]*>|$)/gi;
const TAG = /<[^<>]*>/g;
const IMAGE = /<img\b([^<>]*)>/gi;
const ALT = /\balt\s*=\s*(?:"([^"]*)"|'([^']*)')/i;

/** Returns HTML of our own making with the words of some foreign HTML, its images as their `alt` texts; may be empty. */
export function neutraliseHtml(html: string): string {
  const visible = html.replace(COMMENT, '').replace(SCRIPT_OR_STYLE, '');
  const parts: string[] = [];
  let end = 0;
  for (const image of visible.matchAll(IMAGE)) {
    parts.push(words(visible.slice(end, image.index)));
    const alt = ALT.exec(image[1] ?? '');
    parts.push(imageHtml(alt?.[1] ?? alt?.[2] ?? ''));
    end = image.index + image[0].length;
  }
  parts.push(words(visible.slice(end)));
  return parts.filter((part) => part !== '').join(' ');
}

/** What is shown for an image: its text. A relative image is not here, and a remote one would tell a stranger who reads the page. */
export function imageHtml(text: string, source?: string): string {
  if (text === '') return '';
  const title = source === undefined ? '' : ` title="${escapeHtml(source)}"`;
  return `<span class="image"${title}>${escapeKeepingEntities(text)}</span>`;
}

/** Returns the text of the first `h1` element, or `undefined`. */
export function firstHtmlHeading(html: string): string | undefined {
  const opening = /<h1\b[^<>]*>/i.exec(html);
  if (opening === null) return undefined;
  const rest = html.slice(opening.index + opening[0].length);
  const end = rest.search(/<\/h1\b/i);
  const text = rest.slice(0, end < 0 ? 0 : end).replace(COMMENT, '').replace(TAG, ' ').replace(/\s+/g, ' ').trim();
  return text === '' ? undefined : text;
}

function words(html: string): string {
  return escapeKeepingEntities(html.replace(TAG, ' ').replace(/\s+/g, ' ').trim());
}
