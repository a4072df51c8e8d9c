/** The article's two tables, each from a real execution of its four tasks on virtual threads. */

import { articleMultiplexer, articleThreadPool, renderSchedule } from '@heddle/simulator';

/** Returns the tables with their headings, ready to print. */
export async function articleTables(): Promise<string> {
  const multiplexer = renderSchedule(await articleMultiplexer());
  const threadPool = renderSchedule(await articleThreadPool());
  return `Four tasks on one thread\n\n${multiplexer}\n\nThe same on two threads\n\n${threadPool}\n`;
}
