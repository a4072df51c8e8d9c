import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InlineExecutor } from '@heddle/core';
import { renderMarkdown } from '../src/tasks/render-markdown.ts';

const render = (source: string) => new InlineExecutor().run(renderMarkdown(source));
const htmlOf = async (source: string) => (await render(source)).html;

describe('code', () => {
  it('is highlighted in its language', async () => {
    const html = await htmlOf('```js\nconst answer = 42;\n```');
    expect(html).toContain('<pre data-language="js"><code><span class="hljs-keyword">const</span> answer');
    expect(html).toContain('<span class="hljs-number">42</span>');
  });

  it('is highlighted whatever follows the language', async () => {
    for (const info of ['ts {1,3}', 'ts title="a.ts"', 'TS', 'ts,ignore', 'ts:twoslash']) {
      expect(await htmlOf(`\`\`\`${info}\nlet a\n\`\`\``)).toContain('<pre data-language="ts"><code><span class="hljs-keyword">let</span>');
    }
  });

  it('of an unknown language, or of none, stays plain and is escaped', async () => {
    expect(await htmlOf('```nonsense\n<b> & "c"\n```')).toBe('<pre data-language="nonsense"><code>&lt;b&gt; &amp; &quot;c&quot;\n</code></pre>\n');
    expect(await htmlOf('```\n<b>\n```')).toBe('<pre><code>&lt;b&gt;\n</code></pre>\n');
    expect(await htmlOf('    <b>\n')).toBe('<pre><code>&lt;b&gt;\n</code></pre>\n');
  });
});

describe('links and images', () => {
  it('into the web are kept', async () => {
    expect(await htmlOf('[a](https://example.org/b)')).toContain('<a href="https://example.org/b" rel="noopener noreferrer nofollow">a</a>');
  });

  it('within the page lead to the heading that GitHub would take', async () => {
    const { html, headings } = await render('[go](#hello-wörld-20)\n\n## Hello, *Wörld* `2.0`!\n\n## Hello, Wörld 2.0\n');
    expect(html).toContain('<a href="#hello-w%C3%B6rld-20">go</a>');
    expect(headings.map(({ id }) => id)).toEqual(['hello-wörld-20', 'hello-wörld-20-1']);
    expect(html).toContain('<h2 id="hello-wörld-20">');
  });

  it('to other files lead nowhere, and say so', async () => {
    expect(await htmlOf('[a](docs/b.md)')).toContain('<a class="elsewhere" title="docs/b.md (not part of this site)">a</a>');
  });

  it('that would run code are no links', async () => {
    for (const url of ['javascript:alert(1)', 'JaVaScRiPt:alert(1)', 'vbscript:x', 'data:text/html,x', 'file:///etc/passwd']) {
      expect(await htmlOf(`[a](${url})\n\n<${url}>`)).not.toContain('href');
    }
  });

  it('of images load nothing: their text is shown', async () => {
    expect(await htmlOf('![the <logo>](https://example.org/x.png)')).toContain('<span class="image" title="https://example.org/x.png">the &lt;logo&gt;</span>');
    expect(await htmlOf('![](img/logo.svg?raw)')).toContain('>logo.svg</span>');
  });
});

describe('HTML in Markdown', () => {
  it('leaves its words and its images as text', async () => {
    const html = await htmlOf('<p align="center">\n  <img src="x.png" alt="Our logo">\n  <b>fast</b> &amp; small\n</p>\n\nand <kbd>inline</kbd><br>too');
    expect(html).toBe('<p><span class="image">Our logo</span> fast &amp; small</p>\n<p>and inline<br>too</p>\n');
  });

  it('leaves nothing of comments, scripts and styles', async () => {
    expect(await htmlOf('<!-- a\n<b>c</b> -->\n\n<script>\nalert(1)\n</script>\n\n<style>p{}</style>\n')).toBe('');
    expect(await htmlOf('<!-- never closed')).toBe('');
  });

  it('gives the title where a document begins with it', async () => {
    expect((await render('<h1 align="center"><img src="a" alt="no"> The <i>name</i></h1>\n\n# Other')).title).toBe('The name');
  });

  it('never reaches the page', async () => {
    const piece = fc.constantFrom('<', '>', '"', "'", '&', '<!--', '-->', '<script>', '</script>', '<img alt=', 'onerror=x', '<a href=', '`', '```', '\n', '\n\n', '# ', '[', '](', ')', '![', 'x', ' ', '\\', '&lt;', '\t', '|', '- ');
    // What our own rules and markdown-it's make. Attributes are double-quoted, so a quote that got through would break the pattern.
    const ours = /<\/?(?:p|h[1-6]|em|strong|code|pre|a|span|ul|ol|li|blockquote|br|hr|table|thead|tbody|tr|th|td|s)(?: (?:id|class|href|title|rel|data-language|style|start)="[^"<>]*")*>/g;
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 60 }), async (pieces) => {
        const html = await htmlOf(pieces.join(''));
        expect(html.replace(ours, '')).not.toMatch(/[<>]/);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the outline', () => {
  it('has the title, the first sentence and every word once', async () => {
    const { title, summary, words } = await render('# Some `name`\n\n[![badge](b.svg)](https://example.org)\n\n> The first sentence of it.\n\nWords, words: 1234567 deadbeef01 `code_here`.\n');
    expect(title).toBe('Some name');
    expect(summary).toBe('The first sentence of it.');
    expect(words.split(' ')).toEqual(['some', 'name', 'the', 'first', 'sentence', 'of', 'it', 'words', 'code', 'here']);
  });

  it('of an empty document is empty', async () => {
    expect(await render('')).toEqual({ title: undefined, headings: [], summary: '', words: '', html: '' });
  });

  it('cuts a long first paragraph between words', async () => {
    const { summary } = await render('word '.repeat(100));
    expect(summary).toMatch(/^(word )+…$/);
    expect(summary.length).toBeLessThanOrEqual(162);
  });
});
