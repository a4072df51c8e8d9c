import { renderRows } from '@heddle/core';
import type { Schedule } from './schedule.ts';

/**
 * Renders a schedule as the article prints its tables: by iterations for the multiplexer rule, by rounds of threads otherwise.
 *
 * @returns lines without a line break at the end
 */
export function renderSchedule(schedule: Pick<Schedule, 'form' | 'rows'>): string {
  return renderRows(schedule.rows, schedule.form);
}
