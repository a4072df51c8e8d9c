/** What the index and the search need to know of a page. Plain data, so that it travels between threads. */

import type { PagePlace } from './page-place.ts';

export interface PageSummary extends PagePlace {
  readonly title: string;
  /** The text of every heading but the title. */
  readonly headings: readonly string[];
  readonly summary: string;
  /** Every word of the text once. */
  readonly words: string;
}
