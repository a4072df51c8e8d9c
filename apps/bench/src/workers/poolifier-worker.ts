import { ThreadWorker } from 'poolifier';
import { addOne, echo, spin, spinItem } from './functions.ts';

type Functions = Record<string, (data?: unknown) => unknown>;

export default new ThreadWorker({ echo, spin, spinItem, addOne } as unknown as Functions);
