/** The drawing of a timeline: a lane for each thread, a box for each step, arrows from cause to effect, and the run queue below. */

import type { Replay, TraceArrow, TraceStep } from './replay.ts';
import { escapeHtml } from './timeline-page.ts';

/** Measures of the drawing, in pixels. */
const WIDTH = 1200;
/** Room for the names of the lanes, and for half of the last time on the axis. */
const GUTTER = 112;
const MARGIN = 28;
const LANE = 26;
/** Between lanes there is room for arrows. */
const LANE_PITCH = 44;
const TOP = 34;
const QUEUE = 56;
const CHARACTER = 6.6;
/** What is narrower, and lies on what is drawn already, nobody could see. */
const NARROWEST = 0.75;
/** Outlines of narrower boxes would hide their colours. */
const OUTLINED = 3;

/** A shorter arrow within a lane would be nothing but its head. */
const SHORTEST = 8;

const MOST_TICKS = 10;
/** More arrows than these hide what they explain. */
const MOST_ARROWS = 250;
/** How the drawing names things. */
export interface DrawingStyle {
  /** The class that colours the steps of tasks of a name. */
  readonly colours: ReadonlyMap<string, string>;
  readonly threadName: (thread: number) => string;
  /** Writes a length of time. */
  readonly format: (ms: number) => string;
}

export class Drawing {
  /** The drawing, as an SVG element. */
  readonly svg: string;
  /** What was left out. */
  readonly notes: string[] = [];
  readonly #replay: Replay;
  readonly #style: DrawingStyle;
  /** Where the lane of each thread begins. */
  readonly #lanes: ReadonlyMap<number, number>;
  readonly #pixelsPerMs: number;

  constructor(replayed: Replay, style: DrawingStyle) {
    this.#replay = replayed;
    this.#style = style;
    this.#lanes = new Map(replayed.threads.map((thread, index) => [thread, TOP + index * LANE_PITCH]));
    this.#pixelsPerMs = (WIDTH - GUTTER - MARGIN) / (replayed.endMs - replayed.beginMs || 1);
    this.svg = this.#draw();
  }

  #draw(): string {
    const bottom = TOP + this.#lanes.size * LANE_PITCH;
    const height = bottom + QUEUE + 8;
    const parts = [this.#axis(height), ...Array.from(this.#lanes, ([thread, y]) => this.#lane(thread, y)), this.#queue(bottom), this.#arrows()];
    return `<svg viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="drawn">
<title id="drawn">Steps of the tasks on each thread, by time. The table below tells the same in numbers.</title>
${parts.join('\n')}
</svg>`;
  }

  #x(timeMs: number): number {
    return GUTTER + (timeMs - this.#replay.beginMs) * this.#pixelsPerMs;
  }

  #axis(height: number): string {
    const { beginMs, endMs } = this.#replay;
    const everyMs = roundUp((endMs - beginMs || 1) / MOST_TICKS);
    let ticks = '';
    for (let tick = 0; tick * everyMs <= endMs - beginMs; tick++) {
      const x = px(this.#x(beginMs + tick * everyMs));
      ticks += `<path class="tick" d="M${x} ${TOP - 10}V${height - 8}"/><text class="time" x="${x}" y="${TOP - 16}">${this.#style.format(tick * everyMs)}</text>`;
    }
    return ticks;
  }

  #lane(thread: number, y: number): string {
    const steps = this.#replay.steps.filter((step) => step.thread === thread);
    const { beginMs, endMs } = this.#replay;
    const busyMs = steps.reduce((sum, step) => sum + step.endMs - step.beginMs, 0);
    const busy = `${Math.min(100, Math.round((100 * busyMs) / (endMs - beginMs || 1)))} % busy`;
    const label = `<text class="thread" x="0" y="${y + 11}">${escapeHtml(this.#style.threadName(thread))}</text><text class="busy" x="0" y="${y + 25}">${busy}</text>`;
    let right = 0;
    let left = 0;
    const boxes: string[] = [];
    for (const step of steps) {
      const x = this.#x(step.beginMs);
      const width = (step.endMs - step.beginMs) * this.#pixelsPerMs;
      if (width < NARROWEST && x + width <= right) {
        left++;
        continue;
      }
      right = Math.max(right, x + Math.max(width, NARROWEST));
      boxes.push(this.#box(step, x, Math.max(width, NARROWEST), y));
    }
    if (left > 0) this.notes.push(`${counted(left, 'step')} of ${this.#style.threadName(thread)} too narrow to draw`);
    return `${label}<rect class="lane" x="${GUTTER}" y="${y}" width="${WIDTH - GUTTER - MARGIN}" height="${LANE}"/>${boxes.join('')}`;
  }

  #box({ taskId, name, beginMs, endMs, end }: TraceStep, x: number, width: number, y: number): string {
    const type = end?.type ?? 'running';
    const detail = end?.detail === undefined ? '' : `: ${end.detail}`;
    const title = escapeHtml(`${name} (${taskId}), ${this.#style.format(endMs - beginMs)}, then ${type}${detail}`);
    const mark = type === 'failed' || type === 'cancelled' ? ` ${type}` : width < OUTLINED ? ' thin' : '';
    const rect = `<rect class="${this.#style.colours.get(name)}${mark}" x="${px(x)}" y="${y}" width="${px(width)}" height="${LANE}"><title>${title}</title></rect>`;
    const room = Math.floor((width - 8) / CHARACTER);
    if (room < 2) return rect;
    const text = name.length <= room ? name : `${name.slice(0, room - 1)}…`;
    return `${rect}<text class="name" x="${px(x + 4)}" y="${y + 17}">${escapeHtml(text)}</text>`;
  }

  #arrows(): string {
    const { arrows } = this.#replay;
    const telling = ({ kind, from, to }: TraceArrow): number => (kind === 'steal' ? 0 : from.thread === to.thread ? 2 : 1);
    const drawn = arrows.filter((arrow) => this.#isLong(arrow)).toSorted((one, other) => telling(one) - telling(other)).slice(0, MOST_ARROWS);
    if (drawn.length < arrows.length) this.notes.push(`${counted(arrows.length - drawn.length, 'arrow')} of ${arrows.length} not drawn`);
    return drawn.map((arrow) => this.#arrow(arrow)).join('');
  }

  /** Whether the arrow leads anywhere, as far as one can see. */
  #isLong({ from, fromMs, to }: TraceArrow): boolean {
    return from.thread !== to.thread || (to.beginMs - fromMs) * this.#pixelsPerMs >= SHORTEST;
  }

  #arrow({ kind, from, fromMs, to }: TraceArrow): string {
    const [x1, x2] = [this.#x(fromMs), this.#x(to.beginMs)];
    const [laneFrom, laneTo] = [this.#lanes.get(from.thread) ?? 0, this.#lanes.get(to.thread) ?? 0];
    // Out of the one lane and into the other on the sides that face each other; within a lane in a bow below it.
    const isDown = laneFrom <= laneTo;
    const y1 = isDown ? laneFrom + LANE : laneFrom;
    const y2 = laneFrom === laneTo || !isDown ? laneTo + LANE : laneTo;
    const bend = laneFrom === laneTo ? 12 : (y2 - y1) / 2;
    const end = laneFrom === laneTo ? y2 + bend : y2 - bend;
    return `<path class="arrow ${kind}" marker-end="url(#head-${kind})" d="M${px(x1)} ${y1}C${px(x1)} ${y1 + bend} ${px(x2)} ${end} ${px(x2)} ${y2}"/>`;
  }

  /** The number of ready tasks, as an area. */
  #queue(top: number): string {
    const { readiness, endMs } = this.#replay;
    const most = readiness.reduce((max, { ready }) => Math.max(max, ready), 1);
    const base = top + QUEUE;
    const y = (ready: number): number => base - ((QUEUE - 16) * ready) / most;
    let path = '';
    let lastX = -1;
    let highest = 0;
    for (const { timeMs, ready } of readiness) {
      const x = this.#x(timeMs);
      // Of what falls on one pixel only a new height matters.
      if (x - lastX < NARROWEST && ready <= highest) continue;
      if (x - lastX >= NARROWEST) highest = 0;
      highest = Math.max(highest, ready);
      lastX = x;
      path += `H${px(x)}V${px(y(ready))}`;
    }
    const label = `<text class="thread" x="0" y="${base - 16}">ready tasks</text><text class="busy" x="0" y="${base - 2}">at most ${most}</text>`;
    return `${label}<path class="queue" d="M${GUTTER} ${base}${path}H${px(this.#x(endMs))}V${base}Z"><title>Tasks that were ready and waited for a thread: at most ${most}</title></path>`;
  }
}

/** Rounds up to 1, 2 or 5 times a power of ten. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5].find((factor) => factor * power >= value) ?? 10);
}

/** A tenth of a pixel is fine enough. */
function px(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Returns a number with its noun, in the plural where it has one. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
