import workerpool from 'workerpool';
import { addOne, echo, spin, spinItem } from './functions.ts';

workerpool.worker({ echo, spin, spinItem, addOne });
