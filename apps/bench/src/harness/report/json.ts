import type { Machine } from '../environment.ts';
import type { SuiteResult } from '../run-suite.ts';

/** What `--json` writes. The form is fixed: reports are compared across versions. */
export interface Report {
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  /** `null` where the sources are in no repository. */
  readonly commit: string | null;
  readonly results: readonly SuiteResult[];
}

/** Renders a report for a file. */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}
