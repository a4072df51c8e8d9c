import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DepthFirstQueue } from '../src/worker/depth-first-queue.ts';

interface Call {
  readonly id: number;
  readonly parent: number;
  state: string;
}

/** The same in plain words: generations of siblings, the newest last. */
class Model {
  generations: Call[][] = [];

  push(call: Call): void {
    const newest = this.generations.at(-1);
    if (newest?.[0]?.parent === call.parent) newest.push(call);
    else this.generations.push([call]);
  }

  pop(): Call | undefined {
    return this.#from(this.generations.length - 1);
  }

  steal(): Call | undefined {
    return this.#from(0);
  }

  delete(call: Call): void {
    this.generations = this.generations.map((calls) => calls.filter((other) => other !== call)).filter((calls) => calls.length > 0);
  }

  get all(): Call[] {
    return this.generations.flat();
  }

  #from(index: number): Call | undefined {
    const call = this.generations[index]?.shift();
    this.generations = this.generations.filter((calls) => calls.length > 0);
    return call;
  }
}

type Operation = { readonly do: 'push'; readonly parent: number } | { readonly do: 'pop' | 'steal' } | { readonly do: 'delete'; readonly at: number };

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant('push' as const), parent: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('pop' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('steal' as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('delete' as const), at: fc.nat({ max: 50 }) }) },
);

describe('the depth-first queue', () => {
  test('agrees with a model under any operations', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const queue = new DepthFirstQueue<Call>();
        const model = new Model();
        let nextId = 0;
        for (const step of operations) {
          if (step.do === 'push') {
            const call = { id: nextId++, parent: step.parent, state: 'ready' };
            queue.push(call);
            model.push(call);
          } else if (step.do === 'delete') {
            const { all } = model;
            const call = all[step.at % Math.max(1, all.length)];
            if (call === undefined) continue;
            queue.delete(call);
            call.state = 'complete';
            model.delete(call);
          } else {
            expect(queue[step.do]()).toBe(model[step.do]());
          }
          expect(queue.size).toBe(model.all.length);
        }
        for (let call = model.pop(); call !== undefined; call = model.pop()) expect(queue.pop()).toBe(call);
        expect(queue.pop()).toBeUndefined();
        expect(queue.steal()).toBeUndefined();
        expect(queue.size).toBe(0);
      }),
    );
  });

  test('walks a tree as sequential code would', () => {
    const queue = new DepthFirstQueue<{ readonly name: string; readonly parent: string; readonly children: number; readonly state: string }>();
    const order: string[] = [];
    for (let i = 0; i < 3; i++) queue.push({ name: `${i}`, parent: 'root', children: 2, state: 'ready' });
    for (let call = queue.pop(); call !== undefined; call = queue.pop()) {
      order.push(call.name);
      for (let i = 0; i < call.children; i++) queue.push({ name: `${call.name}.${i}`, parent: call.name, children: 0, state: 'ready' });
    }
    expect(order).toEqual(['0', '0.0', '0.1', '1', '1.0', '1.1', '2', '2.0', '2.1']);
  });

  test('deletes a large family in no order at once, and the rest keeps its order', () => {
    const queue = new DepthFirstQueue<Call>();
    const calls = Array.from({ length: 200_000 }, (_, id) => ({ id, parent: 0, state: 'ready' }));
    for (const call of calls) queue.push(call);
    for (let i = calls.length - 1; i >= 0; i--) {
      const call = calls[i];
      if (call === undefined || i % 1_000 === 7) continue;
      queue.delete(call);
      call.state = 'complete';
    }
    expect(queue.size).toBe(200);
    expect(Array.from({ length: 200 }, () => queue.pop()?.id)).toEqual(Array.from({ length: 200 }, (_, i) => i * 1_000 + 7));
  });

  test('keeps its order while a long-lived family above older calls grows as fast as it is taken', () => {
    const queue = new DepthFirstQueue<Call>();
    const call = (id: number, parent: number): Call => ({ id, parent, state: 'ready' });
    for (let id = 0; id < 40; id++) queue.push(call(id, id));
    for (let id = 100; id < 110; id++) queue.push(call(id, -1));
    for (let id = 110; id < 10_000; id++) {
      queue.push(call(id, -1));
      expect(queue.pop()?.id).toBe(id - 10);
    }
    for (let id = 0; id < 20; id++) expect(queue.steal()?.id).toBe(id);
    for (let id = 9_990; id < 10_000; id++) expect(queue.pop()?.id).toBe(id);
    for (let id = 39; id >= 20; id--) expect(queue.pop()?.id).toBe(id);
    expect(queue.size).toBe(0);
  });
});
