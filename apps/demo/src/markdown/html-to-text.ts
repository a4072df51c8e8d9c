/**
 * HTML inside Markdown, made harmless: READMEs are not trusted, so no tag of theirs reaches a page. Their words do, escaped.
 * Every expression here is linear in the length of its input, because the input may be made to hurt.
 */

const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
const SCRIPT_OR_STYLE = /<(script|style)\b[\s\S]*?(?:<\/\1\b[^<>]*>|$)/gi;
const IMAGE_TEXT = /<img\b[^<>]*?\balt=(?:"([^"<>]*)"|'([^'<>]*)')[^<>]*>/gi;
const TAG = /<[^<>]*>/g;

/** Returns the words of some HTML: tags and comments are gone, images are their `alt` texts. Entities stay as they are. */
export function htmlToText(html: string): string {
  return html
    .replace(COMMENT, '')
    .replace(SCRIPT_OR_STYLE, '')
    .replace(IMAGE_TEXT, (_, double: string | undefined, single: string | undefined) => ` ${double ?? single ?? ''} `)
    .replace(TAG, ' ')
    .replace(/[^\S\n]+/g, ' ')
    .trim();
}

/** Returns the text of the first `h1` element, or `undefined`. */
export function firstHtmlHeading(html: string): string | undefined {
  const text = /<h1\b[^<>]*>([\s\S]*?)<\/h1/i.exec(html)?.[1];
  return text === undefined ? undefined : htmlToText(text) || undefined;
}

/** Escapes a text for HTML, and leaves entities such as `&nbsp;` alone: they cannot become a tag. */
export function escapeKeepingEntities(text: string): string {
  return escapeTags(text.replace(/&(?!#?[a-z0-9]{1,32};)/gi, '&amp;'));
}

/** Escapes a text for HTML, in elements and in double-quoted attributes. */
export function escapeHtml(text: string): string {
  return escapeTags(text.replaceAll('&', '&amp;'));
}

function escapeTags(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
