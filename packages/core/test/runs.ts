/** How many random programs a property is tried on: as many as a test run has time for, or so many times more by `pnpm run soak`. */
export function runs(count: number): number {
  return count * Number(process.env['HEDDLE_SOAK'] ?? 1);
}
