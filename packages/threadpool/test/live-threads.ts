/**
 * Returns how many worker threads this process has. Those that are blocked would keep it waiting.
 */
export function liveThreads(): number {
  // Not in the types of Node 20: leaves out what takes long.
  Object.assign(process.report, { excludeNetwork: true });
  const { workers } = process.report.getReport() as unknown as { workers: unknown[] };
  return workers.length;
}
