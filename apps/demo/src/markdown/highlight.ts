/** Code blocks with highlighted syntax. */

import highlighter from 'highlight.js/lib/common';
import { escapeHtml } from './escape-html.ts';

/** Returns the HTML of a code block. A language that is not known, or not given, stays plain: guessing is slow and often wrong. */
export function highlightBlock(code: string, info: string): string {
  const language = /^[^\s{,:]*/.exec(info)?.[0].toLowerCase() ?? '';
  const label = language === '' ? '' : ` data-language="${escapeHtml(language)}"`;
  const isKnown = language !== '' && highlighter.getLanguage(language) !== undefined;
  const html = isKnown ? highlighter.highlight(code, { language, ignoreIllegals: true }).value : escapeHtml(code);
  return `<pre${label}><code>${html}</code></pre>\n`;
}
