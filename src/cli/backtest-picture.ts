// The stream of jobs as a picture: bars of jobs that ended, the red ones in red, alarms above, the labelled outages below.
import type { ReplayedAlarm } from "../detection/backtest.ts";
import type { Bucket, Lane } from "../detection/job-volume.ts";
import type { Finding } from "../detection/score.ts";
import { day, hour, isoSeconds, minute, type Instant } from "../lib/clock.ts";
import { html, type SafeHtml } from "../lib/html.ts";
import type { Span } from "./backtest-run.ts";

/** An alarm with the number that the list of alarms gives it. */
export type Numbered = { readonly number: number; readonly alarm: ReplayedAlarm };

export type Drawing = {
  readonly id: string;
  readonly lane: Lane;
  readonly span: Span;
  readonly alarms: readonly Numbered[];
  readonly outages: readonly Finding[];
  /** In words what the picture shows. */
  readonly title: string;
  readonly words: string;
};

const width = 960;
const left = 40;
const top = 26;
const bars = 84;
const strip = 12;
const axis = 22;
const leastBand = 3;
const leastNumberGap = 18;

const steps = [10 * minute, 30 * minute, hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 30 * day, 91 * day, 365 * day]; // prettier-ignore

/** As wide a bucket as makes at most so many. */
export function bucketWidth(span: Span, most: number): number {
  const least = (span.to - span.from) / most;
  return steps.find((step) => step >= least) ?? Math.ceil(least / day) * day;
}

const round = (value: number): number => Math.round(value * 10) / 10;

type Scale = { readonly x: (at: Instant) => number; readonly span: Span };

function scaleOf(span: Span): Scale {
  const length = Math.max(minute, span.to - span.from);
  const x = (at: Instant): number =>
    round(left + (Math.min(Math.max(at, span.from), span.to) - span.from) * ((width - left - 4) / length));
  return { x, span };
}

/** `5 Mar`, or `5 Mar 14:00` where a picture is short. */
function tickWords(at: Instant, step: number): string {
  const month = new Date(at).toLocaleString("en", { month: "short", timeZone: "UTC" });
  const date = `${new Date(at).getUTCDate()} ${month}`;
  return step < day ? `${date} ${isoSeconds(at).slice(11, 16)}` : date;
}

function ticks({ x, span }: Scale, height: number): readonly SafeHtml[] {
  const step = bucketWidth(span, 8);
  const marks: SafeHtml[] = [];
  for (let at = Math.ceil(span.from / step) * step; at <= span.to; at += step) {
    const place = x(at);
    if (place > width - 75) break;
    marks.push(
      html`<line class="grid" x1="${place}" x2="${place}" y1="${top}" y2="${height - axis + 4}" /><text
          class="axis"
          x="${place + 3}"
          y="${height - 6}"
          >${tickWords(at, step)}</text
        >`,
    );
  }
  return marks;
}

function barsOf({ buckets }: Lane, { x, span }: Scale): { readonly marks: readonly SafeHtml[]; readonly most: number } {
  const most = Math.max(1, ...buckets.map(({ jobs }) => jobs));
  const [first, second] = buckets;
  const step = first === undefined || second === undefined ? span.to - span.from : second.at - first.at;
  const base = top + bars;
  // One path for all bars of a colour: a browser has less to do than with thousands of rectangles.
  const pathOf = (figure: (bucket: Bucket) => number): string =>
    buckets
      .filter((bucket) => figure(bucket) > 0)
      .map((bucket) => {
        const from = x(bucket.at);
        const high = round((figure(bucket) / most) * bars);
        return `M${from} ${base}v${-high}h${round(Math.max(0.6, x(bucket.at + step) - from - 0.6))}v${high}z`;
      })
      .join("");
  const marks = [
    html`<path class="jobs" d="${pathOf(({ jobs }) => jobs)}" />`,
    html`<path class="red" d="${pathOf(({ red }) => red)}" />`,
  ];
  return { marks, most };
}

function alarmMarks(alarms: readonly Numbered[], { x, span }: Scale): readonly SafeHtml[] {
  let last = Number.NEGATIVE_INFINITY;
  return alarms.map(({ number, alarm }) => {
    const from = x(alarm.start);
    const wide = round(Math.max(leastBand, x(alarm.end ?? span.to) - from));
    const room = from - last >= leastNumberGap;
    if (room) last = from;
    return html`<g class="alarm ${alarm.kind}"
      ><title>${`${number}: ${alarm.summary}`}</title>
      <rect class="band" x="${from}" y="${top}" width="${wide}" height="${bars}" />
      <rect
        class="cap"
        x="${from}"
        y="${top - 6}"
        width="${wide}"
        height="6"
      />${room && html`<text class="number" x="${from}" y="${top - 10}">${number}</text>`}</g
    >`;
  });
}

function outageMarks(outages: readonly Finding[], { x }: Scale): readonly SafeHtml[] {
  const y = top + bars + 4;
  return outages.map(({ outage, found }) => {
    const from = x(outage.start);
    const wide = round(Math.max(leastBand, x(outage.end) - from));
    const fate = found ? "found" : outage.observable ? "missed" : "unseen";
    return html`<rect class="outage ${fate}" x="${from}" y="${y}" width="${wide}" height="${strip}"
      ><title>${`${outage.id}: ${outage.kind}, ${fate}`}</title></rect
    >`;
  });
}

/** One job type over one span of time. */
export function picture({ id, lane, span, alarms, outages, title, words }: Drawing): SafeHtml {
  const height = top + bars + 4 + strip + axis;
  const scale = scaleOf(span);
  const drawn = barsOf(lane, scale);
  return html`<svg viewBox="0 0 ${width} ${height}" role="img" aria-labelledby="${id}-t ${id}-d">
    <title id="${id}-t">${title}</title>
    <desc id="${id}-d">${words}</desc>
    ${ticks(scale, height)}${alarmMarks(alarms, scale)}${drawn.marks}
    <line class="base" x1="${left}" x2="${width}" y1="${top + bars}" y2="${top + bars}" />
    <text class="axis" x="0" y="${top + 8}">${drawn.most}</text>
    <text class="axis" x="0" y="${top + bars}">0</text>
    ${outageMarks(outages, scale)}
  </svg>`;
}
