/** @heddle/parallel: map, filter, forEach and reduce, in place or over any Heddle executor. */

export { map } from './map.ts';
export { filter } from './filter.ts';
export { forEach } from './for-each.ts';
export { reduce } from './reduce.ts';
export type { Items, MapOptions, ParallelOptions, Progress } from './options.ts';
