import { fileURLToPath } from 'node:url';
import { defineSuite, equals } from '../harness/index.ts';
import { forkJoinRatios, forkJoinSubjects } from '../peers/fork-join.ts';
import { bytesUnder, walk } from '../workers/steal-walk.ts';

/** What the workspace has installed: some ten thousand files and links in some thousand directories. */
const DIRECTORY = fileURLToPath(new URL('../../../../node_modules', import.meta.url));

export const stealWalk = defineSuite<number>(import.meta, {
  id: 'steal-walk',
  question: "How long does a walk over all files of the workspace's node_modules take, a task for each directory, on 1 and on 2 threads that steal from each other?",
  unit: 'ms',
  lowerIsBetter: true,
  isSlow: true,
  prepare: () => bytesUnder(DIRECTORY),
  subjects: forkJoinSubjects<number, [readonly string[]], number>({
    module: new URL('../workers/steal-walk.js', import.meta.url),
    name: 'walk',
    task: walk,
    piece: (bytes) => ({ args: [[DIRECTORY]], check: equals(bytes) }),
  }),
  ratios: forkJoinRatios(1.8),
});
