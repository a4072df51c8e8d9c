/**
 * What the programs of `timed-tree.ts` must come to: a function of time, without any scheduler. A program is looked at from the
 * outside: it begins at a moment, things that may cancel it come at known moments, and it ends at a moment with an outcome. Where one
 * child's failure cancels the others, the children are first followed as if nothing happened, to find out when the first one fails,
 * and then once more.
 *
 * The rules, as the documentation has them:
 * - A cancellation is thrown once, at the suspension that it finds the body in, or at the next one.
 * - What it leads to is not cut short: while a place cleans up, nothing is thrown that comes from around it, and what comes from inside
 *   of it counts only if it was opened since.
 * - Inside a shield nothing is thrown from outside.
 * - The end of a scope, of an awaited task and of a hop is waited for; a cancellation that came meanwhile is thrown then.
 * - The first failure is thrown, the others are kept with it; a cancellation from outside stays what it is, and failures are kept with it.
 */

import type { Timed } from './timed-tree.ts';

/** An error: what it is called, and what must be kept with it. */
export interface Failure {
  /** `error 4`, `timeout 8`, `aggregate`, or `cancelled`. */
  readonly name: string;
  /** For a cancellation: which one it is. */
  readonly by?: number;
  readonly kept: ReadonlySet<string>;
}

/** How a program ends. */
export interface End {
  readonly atMs: number;
  readonly outcome: { readonly value: unknown } | Failure;
  /** What has run to its end on the way. */
  readonly notes: readonly string[];
}

/** Something that may cancel what runs inside of it: a task, a group, a timeout. Or a shield, which nothing passes. */
interface Place {
  readonly id: number;
  /** When it is cancelled; Infinity if it never is. */
  readonly cancelledAtMs: number;
  readonly isShield: boolean;
  /** The places around it that had been cancelled, and thrown, before it was opened: they do not concern it. */
  readonly immuneTo: ReadonlySet<number>;
  readonly openedAtMs: number;
  /** When its cancellation was thrown into the body, or went along with one from further outside; Infinity before that. */
  readonly thrownAtMs: number;
  /** Whether it only went along. */
  readonly isOvertaken: boolean;
  /** Whether a failure that came of it is one of cleaning up. */
  readonly isMet: boolean;
}

function isThrown({ thrownAtMs }: Place): boolean {
  return thrownAtMs < Infinity;
}

/** How a stretch of a body has ended, and which of the places around it have thrown by now. */
interface Passed extends End {
  readonly places: readonly Place[];
}

/** How a child has ended. */
interface Child extends End {
  readonly wasCancelled: boolean;
  readonly hasFailedToCleanUp: boolean;
}

/** When a child is cancelled, and by which place. */
interface Reach {
  readonly atMs: number;
  readonly by: number;
}

const NEVER: Reach = { atMs: Infinity, by: -1 };
let lastId = 0;
/** Whether something depended on which of two things comes first that happen at one moment. */
let isAmbiguous = false;

/** What a program comes to that is cancelled at a moment; `null` where that is a matter of the order of execution. */
export function modelOf(tree: Timed, cancelAtMs: number): End | null {
  isAmbiguous = false;
  const end = follow(tree, 0, { atMs: cancelAtMs, by: -1 });
  return isAmbiguous ? null : end;
}

// -- tasks --

function follow(tree: Timed, startMs: number, reach: Reach): Child {
  if (reach.atMs <= startMs) return { atMs: startMs, outcome: cancelled(reach.by), notes: [], wasCancelled: true, hasFailedToCleanUp: false };
  const place = open([], startMs, reach.atMs);
  const { atMs, outcome, notes, places } = run(tree, startMs, [place]);
  const wasCancelled = isFailure(outcome) && isCancelled(outcome) && reach.atMs <= atMs;
  const hasFailedToCleanUp = isFailure(outcome) && !isCancelled(outcome) && places[0]?.isMet === true;
  return { atMs, notes, wasCancelled, hasFailedToCleanUp, outcome: wasCancelled ? { ...outcome, by: reach.by } : outcome };
}

function open(around: readonly Place[], openedAtMs: number, cancelledAtMs: number, isShield = false): Place {
  const immuneTo = new Set(around.filter(isThrown).map(({ id }) => id));
  return { id: ++lastId, cancelledAtMs, isShield, immuneTo, openedAtMs, thrownAtMs: Infinity, isOvertaken: false, isMet: false };
}

// -- what is thrown, and when --

/** Whether a cancellation of the place at `outer` reaches what was opened at `inner`, inside of it, and so makes one from there void. */
function reaches(places: readonly Place[], outer: number, inner: number): boolean {
  const from = places[outer];
  const to = places[inner];
  if (from === undefined || to === undefined || to.immuneTo.has(from.id)) return false;
  const between = places.slice(outer + 1, inner);
  // Opened to clean up after one in between: what comes later from around that has to wait for its end.
  return !between.some((place) => place.isShield || to.immuneTo.has(place.id)) && !to.isShield;
}

/** Whether the cancellation of the place at `at` comes when one from further outside has reached it already. */
function isVoid(places: readonly Place[], at: number): boolean {
  const place = places[at];
  if (place === undefined) return false;
  return places.some((outer, index) => {
    // One that was due before the place was opened reaches it when it is thrown.
    const reachedMs = outer.cancelledAtMs < place.openedAtMs ? outer.thrownAtMs : outer.cancelledAtMs;
    return index < at && reachedMs < place.cancelledAtMs && reaches(places, index, at) && !isVoid(places, index);
  });
}

/** Finds the cancellation that is thrown first into a body that is suspended from `startMs` on, at the latest at `endMs`. */
function nextThrow(places: readonly Place[], startMs: number, endMs: number): { at: number; atMs: number } | null {
  let next: { at: number; atMs: number } | null = null;
  for (const [at, place] of places.entries()) {
    const inside = places.slice(at + 1);
    if (isThrown(place) || place.cancelledAtMs > endMs || inside.some((one) => one.isShield || isThrown(one)) || isVoid(places, at)) continue;
    const atMs = Math.max(startMs, place.cancelledAtMs);
    if (next === null || atMs < next.atMs) next = { at, atMs };
  }
  return next;
}

/** The places after the cancellation of the one at `at` was thrown: it goes for those inside, too. */
function thrown(places: readonly Place[], at: number, atMs: number, isMet = true): Place[] {
  return places.map((place, index) => {
    if (index < at || (index > at && (place.cancelledAtMs > atMs || isVoid(places, index)))) return place;
    return { ...place, thrownAtMs: atMs, isOvertaken: index > at, isMet: index === at && isMet };
  });
}

/** Suspends until `endMs`. Returns when it went on, and the failure that was thrown, if one was. */
function suspend(places: readonly Place[], startMs: number, endMs: number): { atMs: number; failure: Failure | null; places: readonly Place[] } {
  const next = nextThrow(places, startMs, endMs);
  if (next === null) return { atMs: endMs, failure: null, places };
  return { atMs: next.atMs, failure: cancelled(places[next.at]?.id ?? 0), places: thrown(places, next.at, next.atMs) };
}

/** When a child that is spawned now into the innermost place is cancelled by what is around it. Cancellations that are due already come at `dueMs`. */
function reachOf(places: readonly Place[], spawnedMs: number, dueMs = spawnedMs): Reach {
  let reach = NEVER;
  for (const [at, place] of places.entries()) {
    const inside = places.slice(at + 1);
    if (isThrown(place) || inside.some((one) => one.isShield || isThrown(one)) || isVoid(places, at)) continue;
    const atMs = place.cancelledAtMs <= spawnedMs ? dueMs : place.cancelledAtMs;
    if (atMs < reach.atMs) reach = { atMs, by: place.id };
  }
  return reach;
}

function earlier(one: Reach, other: Reach): Reach {
  return one.atMs <= other.atMs ? one : other;
}

// -- bodies --

function run(tree: Timed, startMs: number, places: readonly Place[]): Passed {
  switch (tree.kind) {
    case 'work': {
      const passed = suspend(places, startMs, startMs + tree.ms);
      return { ...passed, outcome: passed.failure ?? (tree.fails ? named(tree.ms) : { value: tree.ms }), notes: [] };
    }
    case 'tidy': {
      const child = run(tree.child, startMs, places);
      const passed = suspend(child.places, child.atMs, child.atMs + tree.ms);
      if (passed.failure !== null) return { ...passed, outcome: passed.failure, notes: child.notes };
      return { ...passed, outcome: tree.fails ? named(tree.ms) : child.outcome, notes: [...child.notes, `${passed.atMs}: tidy ${tree.ms}`] };
    }
    case 'use':
      return runUse(tree, startMs, places);
    case 'timeout': {
      const place = open(places, startMs, startMs + tree.ms);
      const child = run(tree.child, startMs, [...places, place]);
      const isLate = isFailure(child.outcome) && child.outcome.by === place.id;
      return close(child, places, isLate ? { name: `timeout ${tree.ms}`, kept: child.outcome.kept } : child.outcome);
    }
    case 'catch': {
      const child = run(tree.child, startMs, places);
      return { ...child, outcome: isFailure(child.outcome) ? { value: 'caught' } : child.outcome };
    }
    case 'shield':
      return close(run(tree.child, startMs, [...places, open(places, startMs, Infinity, true)]), places);
    case 'limited':
      return runLimited(tree.child, startMs, places);
    case 'on':
      return runElsewhere(tree.child, startMs, places);
    case 'sequence':
      return runSequence(tree.children, startMs, places);
    case 'all':
      return runAll(tree.children, startMs, places);
    case 'allSettled':
      return runAllSettled(tree.children, startMs, places);
    case 'race':
    case 'any':
      return runRace(tree.kind, tree.children, startMs, places);
    case 'group':
      return runGroup(tree, startMs, places);
    case 'spawn':
      return runSpawn(tree, startMs, places);
  }
}

/** Leaves the place that `passed` ended in. */
function close(passed: Passed, around: readonly Place[], outcome = passed.outcome): Passed {
  return { ...passed, outcome, places: passed.places.slice(0, around.length) };
}

function runSequence(children: readonly Timed[], startMs: number, places: readonly Place[]): Passed {
  const values: unknown[] = [];
  const notes: string[] = [];
  let atMs = startMs;
  let current = places;
  for (const child of children) {
    const passed = run(child, atMs, current);
    ({ atMs, places: current } = passed);
    notes.push(...passed.notes);
    if (isFailure(passed.outcome)) return { ...passed, notes };
    values.push(passed.outcome.value);
  }
  return { atMs, outcome: { value: values }, notes, places: current };
}

function runUse(tree: Timed & { kind: 'tidy' | 'use' }, startMs: number, places: readonly Place[]): Passed {
  const child = run(tree.child, startMs, places);
  const atMs = child.atMs + tree.ms;
  const failures = tree.fails ? [named(tree.ms)] : [];
  const outcome = isFailure(child.outcome) ? keep(child.outcome, failures) : (failures[0] ?? child.outcome);
  return meet({ ...child, atMs, outcome, notes: [...child.notes, `${atMs}: closed ${tree.ms}`] });
}

/** A cancellation that came while the end of a scope was awaited takes the place of its outcome. */
function meet(passed: Passed, kept: readonly Failure[] = []): Passed {
  const { atMs, places, outcome } = passed;
  const next = nextThrow(places, atMs, atMs);
  if (next === null) return passed;
  const failures = isFailure(outcome) ? [outcome, ...kept] : kept;
  return { ...passed, outcome: keep(cancelled(places[next.at]?.id ?? 0), failures), places: thrown(places, next.at, atMs) };
}

// -- tasks that are awaited --

function runLimited(tree: Timed, startMs: number, places: readonly Place[]): Passed {
  const early = throwNow(places, startMs);
  if (early !== null) return early;
  return supersede(follow(tree, startMs, reachOf(places, startMs)), places);
}

function runElsewhere(tree: Timed, startMs: number, places: readonly Place[]): Passed {
  const early = throwNow(places, startMs);
  if (early !== null) return early;
  // The task there is told when the one that waits here would be interrupted.
  const next = nextThrow(places, startMs, Infinity);
  const child = follow(tree, startMs, next === null ? NEVER : { atMs: next.atMs, by: places[next.at]?.id ?? 0 });
  return supersede({ ...child, hasFailedToCleanUp: false }, places);
}

function throwNow(places: readonly Place[], atMs: number): Passed | null {
  const next = nextThrow(places, atMs, atMs);
  if (next === null) return null;
  return { atMs, outcome: cancelled(places[next.at]?.id ?? 0), notes: [], places: thrown(places, next.at, atMs) };
}

/** A failure is what a cancellation that has waited for it leads to. */
function supersede(child: Child, places: readonly Place[]): Passed {
  const { atMs, outcome, notes } = child;
  const next = isFailure(outcome) ? nextThrow(places, atMs, atMs) : null;
  if (next === null || !isFailure(outcome)) return { atMs, outcome, notes, places };
  if (isCancelled(outcome)) return { atMs, notes, outcome: { ...outcome, by: places[next.at]?.id ?? 0 }, places: thrown(places, next.at, atMs) };
  return { atMs, notes, outcome, places: thrown(places, next.at, atMs, child.hasFailedToCleanUp) };
}

// -- scopes without a body --

function runAll(children: readonly Timed[], startMs: number, places: readonly Place[]): Passed {
  const outer = reachOf(places, startMs);
  const natural = children.map((child) => follow(child, startMs, outer));
  const first = firstOf(natural, (child) => isFailure(child.outcome) && !child.wasCancelled);
  const ended = stop(children, natural, startMs, earlier(outer, { atMs: first?.atMs ?? Infinity, by: -1 }));
  const failures = failuresOf(ended);
  const [failure, ...others] = failures;
  const outcome = failure === undefined ? { value: ended.map(valueOf) } : keep(failure, others);
  return meet({ atMs: lastOf(ended), notes: notesOf(ended), places, outcome });
}

function runAllSettled(children: readonly Timed[], startMs: number, places: readonly Place[]): Passed {
  const ended = children.map((child) => follow(child, startMs, reachOf(places, startMs)));
  const value = ended.map(({ outcome }) => (isFailure(outcome) ? 'rejected' : 'fulfilled'));
  return meet({ atMs: lastOf(ended), notes: notesOf(ended), places, outcome: { value } }, failuresToCleanUp(ended));
}

function runRace(kind: 'race' | 'any', children: readonly Timed[], startMs: number, places: readonly Place[]): Passed {
  const outer = reachOf(places, startMs);
  const natural = children.map((child) => follow(child, startMs, outer));
  const winner = firstOf(natural, (child) => kind === 'race' || !isFailure(child.outcome));
  const ended = stop(children, natural, startMs, earlier(outer, { atMs: winner?.atMs ?? Infinity, by: -1 }));
  const key = winner === undefined ? -1 : natural.indexOf(winner);
  const won = ended[key];
  const lost = won !== undefined && isFailure(won.outcome) && !isCancelled(won.outcome) ? [won.outcome] : [];
  const failures = [...lost, ...failuresToCleanUp(ended)];
  const interrupted = meet({ atMs: lastOf(ended), notes: notesOf(ended), places, outcome: { value: null } }, failures);
  if (isFailure(interrupted.outcome)) return interrupted;
  const [failure, ...others] = won === undefined ? [aggregate(failuresOf(ended))] : failures;
  return { ...interrupted, outcome: failure === undefined ? { value: [key, valueOf(won)] } : keep(failure, others) };
}

/** Follows children once more, now that it is known when those are stopped that have not ended by then. */
function stop(children: readonly Timed[], natural: readonly Child[], startMs: number, reach: Reach): Child[] {
  return natural.map((child, index) => {
    const tree = children[index];
    return child.atMs <= reach.atMs || tree === undefined ? child : follow(tree, startMs, reach);
  });
}

// -- scopes with a body --

function runGroup(tree: Timed & { kind: 'group' }, startMs: number, places: readonly Place[]): Passed {
  const doesCancel = tree.onError === 'cancel';
  const around = [...places, open(places, startMs, Infinity)];
  const undisturbed = run(tree.body, startMs, around);
  const outer = reachOf(around, startMs, toldMs(undisturbed, places, startMs));
  const natural = tree.children.map((child) => follow(child, startMs, outer));
  const first = doesCancel ? firstOf(natural, (child) => isFailure(child.outcome) && !child.wasCancelled) : undefined;
  const own = open(places, startMs, first?.atMs ?? Infinity);
  const body = run(tree.body, startMs, [...places, own]);
  const bodyFailedMs = isFailure(body.outcome) ? body.atMs : Infinity;
  const reach = earlier(outer, { atMs: Math.min(first?.atMs ?? Infinity, bodyFailedMs), by: own.id });
  const ended = stop(tree.children, natural, startMs, reach);
  // It was told to stop by a child that failed while it ran, unless it was told from outside.
  const wasInterrupted = own.cancelledAtMs <= body.atMs && !isVoid(body.places, places.length) && body.places[places.length]?.isOvertaken !== true;
  return endScope(close(body, places), ended, (outcome, failures) => {
    if (doesCancel) return judge(outcome, failures, wasInterrupted);
    const isFromOutside = isFailure(outcome) && isCancelled(outcome);
    if (failures.length === 0 || isFromOutside) return judge(outcome, failures, false);
    return aggregate(isFailure(outcome) ? [outcome, ...failures] : failures);
  });
}

/** When children learn of a cancellation that was due before they were spawned: when it is thrown into the body, or the body has ended. */
function toldMs(body: Passed, places: readonly Place[], startMs: number): number {
  const due = nextThrow(places, startMs, startMs);
  if (due === null) return startMs;
  return Math.min(body.places[due.at]?.thrownAtMs ?? Infinity, body.atMs);
}

function runSpawn(tree: Timed & { kind: 'spawn' }, startMs: number, places: readonly Place[]): Passed {
  const undisturbed = run(tree.body, startMs, places);
  const outer = reachOf(places, startMs, toldMs(undisturbed, places, startMs));
  const natural = tree.children.map((child) => follow(child, startMs, outer));
  const { passed, observed } = join(tree, undisturbed, natural);
  const isUnobservedFailure = (child: Child): boolean => isFailure(child.outcome) && !child.wasCancelled && !observed.has(natural.indexOf(child));
  // Nobody asks for those: they count from the end of the body on.
  const first = firstOf(natural, isUnobservedFailure);
  const stopMs = isFailure(passed.outcome) ? passed.atMs : Math.max(passed.atMs, first?.atMs ?? Infinity);
  const ended = stop(tree.children, natural, startMs, earlier(outer, { atMs: stopMs, by: -1 }));
  const unobserved = ended.filter((_, index) => !observed.has(index));
  return endScope(passed, ended, (outcome, failures) => {
    const count = failures.filter((failure) => unobserved.some((child) => child.outcome === failure));
    return judge(outcome, count, false);
  });
}

/** Awaits the children that are joined, one after the other. */
function join(tree: Timed & { kind: 'spawn' }, body: Passed, natural: readonly Child[]): { passed: Passed; observed: ReadonlySet<number> } {
  const observed = new Set<number>();
  let passed = body;
  if (isFailure(body.outcome)) return { passed, observed };
  const values = [body.outcome.value];
  for (const [index, child] of natural.entries()) {
    if (tree.joined[index] !== true) continue;
    const waited = child.atMs <= passed.atMs ? null : suspend(passed.places, passed.atMs, child.atMs);
    if (waited !== null) passed = { ...passed, atMs: waited.atMs, places: waited.places };
    if (waited?.failure != null) return { passed: { ...passed, outcome: waited.failure }, observed };
    observed.add(index);
    if (isFailure(child.outcome)) return { passed: { ...passed, outcome: child.outcome }, observed };
    values.push(child.outcome.value);
  }
  return { passed: { ...passed, outcome: { value: values } }, observed };
}

/** Waits for the children of a scope of which the body has ended. */
function endScope(body: Passed, ended: readonly Child[], judgement: (outcome: End['outcome'], failures: readonly Failure[]) => End['outcome']): Passed {
  const atMs = Math.max(body.atMs, lastOf(ended));
  const notes = [...body.notes, ...notesOf(ended)];
  const failures = failuresOf(ended);
  const due = nextThrow(body.places, atMs, atMs);
  const next = atMs > body.atMs ? due : null;
  // The body has ended in spite of a cancellation, and in the same moment children have because of it: were they waited for, or not?
  if (due !== next && ended.some((child) => child.atMs === body.atMs)) isAmbiguous = true;
  if (next === null) return { ...body, atMs, notes, outcome: judgement(body.outcome, failures) };
  const kept = isFailure(body.outcome) ? [body.outcome, ...failures] : failures;
  return { atMs, notes, outcome: keep(cancelled(body.places[next.at]?.id ?? 0), kept), places: thrown(body.places, next.at, atMs) };
}

/** The first failure of all is thrown, and keeps the others. */
function judge(outcome: End['outcome'], failures: readonly Failure[], wasInterrupted: boolean): End['outcome'] {
  const [first, ...others] = failures;
  if (first === undefined) return outcome;
  if (!isFailure(outcome)) return keep(first, others);
  return wasInterrupted ? keep(first, [outcome, ...others]) : keep(outcome, failures);
}

// -- failures --

function named(ms: number): Failure {
  return { name: `error ${ms}`, kept: new Set() };
}

function aggregate(failures: readonly Failure[]): Failure {
  return keep({ name: 'aggregate', kept: new Set() }, failures);
}

function cancelled(by: number): Failure {
  return { name: 'cancelled', by, kept: new Set() };
}

export function isFailure(outcome: End['outcome']): outcome is Failure {
  return 'name' in outcome;
}

function isCancelled({ name }: Failure): boolean {
  return name === 'cancelled';
}

/** Keeps `others` with a failure: of a cancellation or an aggregate only what these keep. */
function keep(failure: Failure, others: readonly Failure[]): Failure {
  const kept = new Set(failure.kept);
  for (const other of others) {
    if (!isCancelled(other) && other.name !== 'aggregate' && other.name !== failure.name) kept.add(other.name);
    for (const name of other.kept) kept.add(name);
  }
  return { ...failure, kept };
}

function failuresOf(children: readonly Child[]): Failure[] {
  const failed = children.filter((child) => isFailure(child.outcome) && !child.wasCancelled);
  return failed.toSorted((one, other) => one.atMs - other.atMs).map((child) => child.outcome as Failure);
}

function failuresToCleanUp(children: readonly Child[]): Failure[] {
  return children.filter((child) => child.hasFailedToCleanUp).map((child) => child.outcome as Failure);
}

function valueOf(child: Child | undefined): unknown {
  return child === undefined || isFailure(child.outcome) ? undefined : child.outcome.value;
}

function notesOf(children: readonly Child[]): string[] {
  return children.flatMap(({ notes }) => notes);
}

function lastOf(children: readonly Child[]): number {
  return Math.max(...children.map(({ atMs }) => atMs));
}

function firstOf(children: readonly Child[], test: (child: Child) => boolean): Child | undefined {
  return children.filter(test).toSorted((one, other) => one.atMs - other.atMs)[0];
}
