// vitest ends its worker processes by a signal, before V8 writes by itself what they covered.
import { takeCoverage } from 'node:v8';
import { afterAll } from 'vitest';

afterAll(() => takeCoverage());
