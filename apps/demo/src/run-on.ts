/** One executor's run of the whole job, measured. */

import { join } from 'node:path';
import { renderPerfetto, TraceRecorder } from '@heddle/core';
import { buildSite, filesOfSite, warmUp, warmUpFiles } from './build-site.ts';
import { hashSite, type SiteHashes } from './compare-sites.ts';
import { executors, type ExecutorName } from './executors.ts';
import type { Input } from './input.ts';
import { measure } from './measure.ts';
import { showProgress, type ProgressStream } from './progress.ts';
import type { RunReport } from './report.ts';
import { utilisationOf } from './utilisation.ts';
import type { Problem } from './walk.ts';
import { writeWhole } from './write-whole.ts';

/** Most pages a thread that are rendered unmeasured: by then the hot code is compiled. */
const WARM_UP_PAGES_A_THREAD = 500;

export interface RunSettings {
  readonly input: Input;
  /** Absolute path of the demo's own directory. */
  readonly output: string;
  readonly threads: number;
  readonly signal: AbortSignal;
  readonly terminal: ProgressStream;
}

export interface Run {
  readonly report: RunReport;
  /** Files that could be found and not be made into pages. */
  readonly problems: readonly Problem[];
  readonly hashes: SiteHashes;
}

/** Where the site of an executor is, within the output directory. */
export function siteOf(name: ExecutorName): string {
  return name;
}

/** Where the trace of an executor is, within the output directory. */
export function traceOf(name: ExecutorName): string {
  return `${name}.trace.json`;
}

/** Builds the site of `input` on the executor called `name`, and closes the executor, also when the run fails or is cancelled. */
export async function runOn(name: ExecutorName, { input, output, threads, signal, terminal }: RunSettings): Promise<Run> {
  const trace = new TraceRecorder();
  const executor = executors[name]({ trace, threads });
  const directory = join(output, siteOf(name));
  try {
    const files = warmUpFiles(input, WARM_UP_PAGES_A_THREAD, executor);
    const warming = showProgress(terminal, `${name}, warming up`, files.length);
    await warmUp(executor, files, { signal, onProgress: warming.show }).finally(warming.stop);
    const warmUpEvents = trace.events.length;
    const building = showProgress(terminal, name, input.files.length);
    const { value: problems, wallMs, stallMs } = await measure(() => buildSite(executor, input, directory, { signal, onProgress: building.show })).finally(building.stop);
    const events = trace.events.slice(warmUpEvents);
    await writeWhole(join(output, traceOf(name)), renderPerfetto(events, { processName: `heddle demo, ${name}` }));
    const { capacity } = executor;
    return {
      report: { name, capacity, wallMs, stallMs, utilisation: utilisationOf(events, capacity, wallMs) },
      problems,
      hashes: await hashSite(directory, filesOfSite(input)),
    };
  } finally {
    // After a success nothing is left to cancel.
    await executor.close({ deadlineMs: 0 });
  }
}
