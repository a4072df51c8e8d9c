/** markdown-it, set up for untrusted READMEs that are read away from their repository. */

import createMarkdownIt, { type MarkdownIt, type Token } from 'markdown-it';
import { escapeHtml, escapeKeepingEntities, htmlToText } from './html-to-text.ts';
import { highlightBlock } from './highlight.ts';

/**
 * Makes the parser.
 *
 * @remarks `html: true` only makes markdown-it recognise HTML, so that the rules here can take it out; with `false` every tag
 * would show up as text. Nothing that it recognises is put through.
 */
export function createParser(): MarkdownIt {
  const parser = createMarkdownIt({ html: true, linkify: true });
  const { rules } = parser.renderer;
  rules.html_block = (tokens, at) => paragraph(htmlToText(contentOf(tokens, at)));
  rules.html_inline = (tokens, at) => inlineText(contentOf(tokens, at));
  rules.fence = (tokens, at) => highlightBlock(contentOf(tokens, at), tokens[at]?.info.trim() ?? '');
  rules.code_block = (tokens, at) => highlightBlock(contentOf(tokens, at), '');
  rules.image = (tokens, at) => imageText(tokens[at]);
  rules.link_open = (tokens, at, options, _env, self) => {
    neutraliseLink(tokens[at]);
    return self.renderToken(tokens, at, options);
  };
  return parser;
}

function contentOf(tokens: readonly Token[], at: number): string {
  return tokens[at]?.content ?? '';
}

function paragraph(text: string): string {
  return text === '' ? '' : `<p>${escapeKeepingEntities(text)}</p>\n`;
}

function inlineText(html: string): string {
  if (/^<br\b/i.test(html)) return '<br>';
  const text = htmlToText(html);
  return text === '' ? '' : `<span class="image">${escapeKeepingEntities(text)}</span>`;
}

/** An image is its text: a relative one is not here, and a remote one would tell a stranger who reads the page. */
function imageText(token: Token | undefined): string {
  const source = String(token?.attrGet('src') ?? '');
  const text = token?.content ?? '';
  const shown = text === '' ? (source.split(/[?#]/)[0]?.split('/').at(-1) ?? '') : text;
  return shown === '' ? '' : `<span class="image" title="${escapeHtml(source)}">${escapeHtml(shown)}</span>`;
}

/** Keeps links into the web and within the page. Any other leads to a file that is not part of the site. */
function neutraliseLink(token: Token | undefined): void {
  const target = token?.attrGet('href');
  if (token === undefined || typeof target !== 'string' || target.startsWith('#')) return;
  if (/^(https?:)?\/\//i.test(target) || /^mailto:/i.test(target)) {
    token.attrSet('rel', 'noopener noreferrer nofollow');
    return;
  }
  token.attrs = [
    ['class', 'elsewhere'],
    ['title', `${target} (not part of this site)`],
  ];
}
