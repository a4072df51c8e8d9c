/** The work of the demo that keeps a processor busy: from Markdown to HTML. */

import { task, yieldNow } from '@heddle/core';
import type { MarkdownIt, Token } from 'markdown-it';
import { outlineOf, type Outline } from '../markdown/outline.ts';
import { createParser } from '../markdown/parser.ts';

export interface RenderedMarkdown extends Outline {
  readonly html: string;
}

let sharedParser: MarkdownIt | undefined;

/**
 * Renders a document block by block, and makes way for other tasks after each highlighted one: a long page does not hold up
 * the short ones, nor the event loop.
 */
export const renderMarkdown = task(import.meta, 'renderMarkdown', function* (source: string) {
  // One for each thread, made on first use.
  const parser = (sharedParser ??= createParser());
  const environment = {};
  const tokens = parser.parse(source, environment);
  const outline = outlineOf(tokens);
  let html = '';
  for (const block of blocksOf(tokens)) {
    html += parser.renderer.render(block, parser.options, environment);
    if (block[0]?.type === 'fence') yield* yieldNow();
  }
  return { ...outline, html } satisfies RenderedMarkdown;
});

/** The tokens of each block at the top level of the document. */
function* blocksOf(tokens: readonly Token[]): Generator<Token[]> {
  let begin = 0;
  for (const [at, token] of tokens.entries()) {
    if (token.level > 0 || token.nesting > 0) continue;
    yield tokens.slice(begin, at + 1);
    begin = at + 1;
  }
}
