/** Random graphs of tasks, and the plain recursive function that says what each of them must come to, in whatever order it runs. */

import fc from 'fast-check';

/** A task as plain data: how it runs its children, and what it makes of what they come to. */
export type Graph =
  | { readonly kind: 'value'; readonly value: number; readonly us: number }
  | { readonly kind: 'throw'; readonly error: string }
  | { readonly kind: 'pause'; readonly turns: number; readonly child: Graph }
  /** Children one after the other; side by side; or in a group. The first failure is the task's. */
  | { readonly kind: 'await' | 'all' | 'group'; readonly children: readonly Graph[] }
  /** In a group that runs all to their end and tells how many have failed. */
  | { readonly kind: 'collect'; readonly children: readonly Graph[] }
  | { readonly kind: 'join'; readonly children: readonly [Graph, Graph] }
  | { readonly kind: 'race'; readonly children: readonly [Graph, ...Graph[]] }
  | { readonly kind: 'spawn'; readonly children: readonly Graph[]; readonly isJoined: readonly boolean[] }
  /** Spawns the child, cancels it after some turns, and does not mind what it comes to. */
  | { readonly kind: 'cancel'; readonly turns: number; readonly child: Graph }
  | { readonly kind: 'catch' | 'tidy' | 'immovable'; readonly child: Graph }
  | { readonly kind: 'urgent'; readonly priority: number; readonly children: readonly Graph[] };

/** What a graph must come to: a value, or one of some errors, which of them being a matter of the order of execution. */
export type Expected = { readonly value: unknown } | { readonly errors: readonly string[] };

export function expected(graph: Graph): Expected {
  switch (graph.kind) {
    case 'value':
      return { value: graph.value };
    case 'throw':
      return { errors: [graph.error] };
    case 'pause':
    case 'tidy':
    case 'immovable':
      return expected(graph.child);
    case 'cancel':
      return { value: 'cancelled' };
    case 'race':
      // Which of them wins is a matter of the order of execution; none of them fails.
      return { value: 'raced' };
    case 'catch': {
      const inner = expected(graph.child);
      return 'errors' in inner ? { value: 'caught' } : inner;
    }
    case 'await': {
      const ends = graph.children.map(expected);
      return ends.find((end) => 'errors' in end) ?? { value: valuesOf(ends) };
    }
    case 'all':
    case 'group':
    case 'join':
    case 'urgent': {
      const ends = graph.children.map(expected);
      const errors = errorsOf(ends);
      return errors.length > 0 ? { errors } : { value: valuesOf(ends) };
    }
    case 'collect': {
      const failures = graph.children.map(expected).filter((end) => 'errors' in end).length;
      if (failures === 0) return { value: 'collected' };
      return { errors: [`Expected all of a group to succeed, got ${failures} ${failures === 1 ? 'failure' : 'failures'}`] };
    }
    case 'spawn': {
      const ends = graph.children.map(expected);
      const joined = ends.filter((_, index) => graph.isJoined[index]);
      const failed = joined.find((end) => 'errors' in end);
      if (failed !== undefined) return failed;
      const errors = errorsOf(ends);
      return errors.length > 0 ? { errors } : { value: valuesOf(joined) };
    }
  }
}

function valuesOf(ends: readonly Expected[]): unknown[] {
  return ends.map((end) => ('value' in end ? end.value : undefined));
}

function errorsOf(ends: readonly Expected[]): string[] {
  return ends.flatMap((end) => ('errors' in end ? end.errors : []));
}

/** Makes random graphs; every error in one is another. */
export const graphs: fc.Arbitrary<Graph> = fc.letrec<{ graph: Graph }>((tie) => {
  const graph = tie('graph');
  const children = fc.array(graph, { maxLength: 5 });
  return {
    graph: fc.oneof(
      { maxDepth: 6, depthSize: 'large', withCrossShrink: true },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('value' as const), value: fc.nat(9), us: fc.constantFrom(0, 0, 20, 100) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant('throw' as const), error: fc.uuid() }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('pause' as const), turns: fc.nat(3), child: graph }) },
      { weight: 8, arbitrary: fc.record({ kind: fc.constantFrom('await' as const, 'all' as const, 'group' as const, 'collect' as const), children }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('join' as const), children: fc.tuple(graph, graph) }) },
      { weight: 2, arbitrary: fc.tuple(graph, fc.array(graph, { maxLength: 2 })).map(([first, rest]) => ({ kind: 'race' as const, children: [first, ...rest] as const })) },
      { weight: 4, arbitrary: fc.array(fc.tuple(graph, fc.boolean()), { maxLength: 5 }).map(spawning) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('cancel' as const), turns: fc.nat(3), child: graph }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('catch' as const, 'tidy' as const, 'immovable' as const), child: graph }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('urgent' as const), priority: fc.integer({ min: -2, max: 2 }), children }) },
    ),
  };
}).graph;

function spawning(pairs: readonly (readonly [Graph, boolean])[]): Graph {
  return { kind: 'spawn', children: pairs.map(([child]) => child), isJoined: pairs.map(([, isJoined]) => isJoined) };
}
