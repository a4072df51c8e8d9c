/** What is left of closed pools: resources that keep the process alive, and worker threads, which do not. */
export function leftovers(): string[] {
  // Not in the types of Node 20: leaves out what takes long.
  Object.assign(process.report, { excludeNetwork: true });
  const { workers } = process.report.getReport() as unknown as { workers: unknown[] };
  const resources = process.getActiveResourcesInfo().filter((resource) => resource === 'MessagePort' || resource === 'Worker');
  return [...resources, ...workers.map(() => 'thread')];
}
