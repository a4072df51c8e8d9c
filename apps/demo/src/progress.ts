/** Progress of a run: a bar on a terminal, a few plain lines elsewhere. */

import cliProgress from 'cli-progress';

/** Where progress is shown. */
export interface ProgressStream {
  readonly isTTY?: boolean | undefined;
  write(text: string): unknown;
}

export interface Progress {
  /** So many are done. */
  readonly show: (done: number) => void;
  /** No more will come. Idempotent. */
  readonly stop: () => void;
}

/** Plain lines come after each of so many equal parts. */
const LINES = 2;

/** Shows the progress of `total` pages. */
export function showProgress(stream: ProgressStream, name: string, total: number): Progress {
  return stream.isTTY === true ? showBar(stream as NodeJS.WriteStream, name, total) : showLines(stream, name, total);
}

function showBar(stream: NodeJS.WriteStream, name: string, total: number): Progress {
  const format = `${name} {bar} {value} of {total} pages`;
  const bar = new cliProgress.SingleBar({ format, stream, hideCursor: true, gracefulExit: false }, cliProgress.Presets.shades_classic);
  bar.start(total, 0);
  return {
    show: (done) => {
      bar.update(done);
    },
    stop: () => {
      bar.stop();
    },
  };
}

function showLines(stream: ProgressStream, name: string, total: number): Progress {
  let told = 0;
  return {
    show: (done) => {
      const part = Math.floor((done * LINES) / total);
      if (part === told) return;
      told = part;
      stream.write(`${name} ${done} of ${total} pages\n`);
    },
    stop: () => {},
  };
}
