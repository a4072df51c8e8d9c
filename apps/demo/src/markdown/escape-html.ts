/** Escapes a text for HTML, in elements and in double-quoted attributes. */
export function escapeHtml(text: string): string {
  return escapeTags(text.replaceAll('&', '&amp;'));
}

/** Escapes a text for HTML, and leaves entities such as `&nbsp;` alone: they cannot become a tag. */
export function escapeKeepingEntities(text: string): string {
  return escapeTags(text.replace(/&(?!#?[a-z0-9]{1,32};)/gi, '&amp;'));
}

function escapeTags(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
