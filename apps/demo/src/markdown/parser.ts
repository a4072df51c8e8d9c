/** markdown-it, set up for untrusted READMEs that are read away from their repository. */

import createMarkdownIt, { type MarkdownIt, type Token } from 'markdown-it';
import { highlightBlock } from './highlight.ts';
import { imageHtml, neutraliseHtml } from './neutralise-html.ts';

/**
 * Makes the parser.
 *
 * @remarks `html: true` only makes markdown-it recognise HTML, so that the rules here can take it out; with `false` every tag
 * would show up as text. Nothing that it recognises is put through.
 */
export function createParser(): MarkdownIt {
  const parser = createMarkdownIt({ html: true, linkify: true });
  const { rules } = parser.renderer;
  rules.html_block = (tokens, at) => paragraph(neutraliseHtml(contentOf(tokens, at)));
  rules.html_inline = (tokens, at) => inlineHtml(contentOf(tokens, at));
  rules.fence = (tokens, at) => highlightBlock(contentOf(tokens, at), tokens[at]?.info.trim() ?? '');
  rules.code_block = (tokens, at) => highlightBlock(contentOf(tokens, at), '');
  rules.image = (tokens, at) => image(tokens[at]);
  rules.link_open = (tokens, at, options, _env, self) => {
    neutraliseLink(tokens[at]);
    return self.renderToken(tokens, at, options);
  };
  return parser;
}

function contentOf(tokens: readonly Token[], at: number): string {
  return tokens[at]?.content ?? '';
}

function paragraph(html: string): string {
  return html === '' ? '' : `<p>${html}</p>\n`;
}

/** A single tag or comment: the text between two tags comes by itself. */
function inlineHtml(html: string): string {
  return /^<br\b/i.test(html) ? '<br>' : neutraliseHtml(html);
}

function image(token: Token | undefined): string {
  const source = String(token?.attrGet('src') ?? '');
  const fileName = source.split(/[?#]/)[0]?.split('/').at(-1) ?? '';
  return imageHtml(token?.content === '' ? fileName : (token?.content ?? ''), source);
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
