/** What a document says about itself: its title, headings with ids, a first sentence, and its words for the search. */

import type { Token } from 'markdown-it';
import { firstHtmlHeading } from './neutralise-html.ts';

/** A heading that can be linked to. */
export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly id: string;
}

export interface Outline {
  /** The first heading of the first level, if there is one. */
  readonly title: string | undefined;
  readonly headings: readonly Heading[];
  /** The beginning of the first paragraph that says something; may be empty. */
  readonly summary: string;
  /** Every word of the text once, separated by spaces. */
  readonly words: string;
}

const SUMMARY_LENGTH = 160;
/** Shorter paragraphs are badges, bylines and the like. */
const MIN_SUMMARY_LENGTH = 16;

/** Reads the outline of a parsed document, and gives each heading token its id. */
export function outlineOf(tokens: readonly Token[]): Outline {
  const headings: Heading[] = [];
  const ids = new Map<string, number>();
  let htmlTitle: string | undefined;
  let summary = '';
  const texts: string[] = [];
  tokens.forEach((token, at) => {
    if (token.type === 'html_block' && headings.length === 0) htmlTitle ??= firstHtmlHeading(token.content);
    if (token.type !== 'inline') return;
    const text = textOf(token);
    texts.push(text);
    const opening = tokens[at - 1];
    if (opening?.type === 'heading_open' && text !== '') {
      const id = uniqueId(text, ids);
      opening.attrSet('id', id);
      headings.push({ level: Number(opening.tag.slice(1)), text, id });
    } else if (summary === '' && opening?.type === 'paragraph_open' && text.length >= MIN_SUMMARY_LENGTH) {
      // Many READMEs put their one sentence in a quotation. What stands in a list or a table says nothing by itself.
      if (opening.level === 0 || tokens[at - 2]?.type === 'blockquote_open') summary = shorten(text);
    }
  });
  const title = htmlTitle ?? headings.find((heading) => heading.level === 1)?.text;
  return { title, headings, summary, words: wordsOf(texts.join(' ')) };
}

/** The text of a line as a reader sees it, without images. */
function textOf(inline: Token): string {
  let text = '';
  for (const child of inline.children ?? []) {
    if (child.type === 'text' || child.type === 'text_special' || child.type === 'code_inline') text += child.content;
    else if (child.type === 'softbreak' || child.type === 'hardbreak') text += ' ';
  }
  return text.replace(/\s+/g, ' ').trim();
}

/** The id that GitHub gives the heading, because links within READMEs are written for it. */
function uniqueId(text: string, taken: Map<string, number>): string {
  const base = text.toLowerCase().replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '').replaceAll(' ', '-') || 'section';
  const count = taken.get(base) ?? 0;
  taken.set(base, count + 1);
  return count === 0 ? base : `${base}-${count}`;
}

function shorten(text: string): string {
  if (text.length <= SUMMARY_LENGTH) return text;
  const cut = text.slice(0, SUMMARY_LENGTH);
  return `${cut.slice(0, Math.max(cut.lastIndexOf(' '), SUMMARY_LENGTH / 2))} …`;
}

/** As minisearch splits texts by default, so that what it makes of a query is found here. */
const SEPARATORS = /[\n\r\p{Z}\p{P}]+/u;
const MAX_WORD_LENGTH = 40;
const COMMIT_HASH = /^[0-9a-f]{7,}$/;

/**
 * Each word once: finding them here, page by page, takes work from the search index, which is built in one piece at the end.
 * Numbers, commit hashes and whatever is too long to be typed are no words.
 */
function wordsOf(text: string): string {
  const words = new Set<string>();
  for (const word of text.toLowerCase().split(SEPARATORS)) {
    if (word.length > 1 && word.length <= MAX_WORD_LENGTH && /\p{L}/u.test(word) && !COMMIT_HASH.test(word)) words.add(word);
  }
  return [...words].join(' ');
}
