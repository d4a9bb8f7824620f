// The figures of the last day as drawings, without a name of what was asked: a line of times, bars of what failed, and the same in words.
import { hour, minute, second, type Instant } from "../../lib/clock.ts";
import { sayDuration } from "../../lib/duration.ts";
import { html, type SafeHtml } from "../../lib/html.ts";
import { figureIn } from "../../lib/language.ts";
import { oneLine } from "../../lib/text.ts";
import { timeParts } from "../../lib/zones.ts";
import type { ChartsOfAll, PublicChart, PublicComponent } from "../snapshot.ts";
import { inLine, t, tell, type Said } from "../tongue.ts";
import { said } from "./moments.ts";

type Point = PublicChart["points"][number];
type Span = Pick<ChartsOfAll, "from" | "to" | "stepMs">;

const units = [second, minute, hour];
const counts = [1, 2, 4, 10, 20, 40];
/** Ends of a scale whose half is as round. */
const tops = [...counts, 100, 200, 400, ...units.flatMap((unit) => counts.map((count) => count * unit))];
const percents = [4, 10, 20, 40, 60, 100];

/** The end of the scale: no figure is above it. */
export function topOf(highest: number, shows: PublicChart["shows"]): number {
  const found = (shows === "failed_jobs" ? percents : tops).find((top) => top >= highest);
  return found ?? Math.ceil(highest / (40 * hour)) * 40 * hour;
}

function figure(value: number, shows: PublicChart["shows"]): string {
  if (shows === "failed_jobs") return `${figureIn(value)} %`;
  if (value >= minute) return sayDuration(value);
  if (value >= second) return `${figureIn(Math.round(value / 100) / 10)} s`;
  return `${figureIn(value < 10 ? value : Math.round(value))} ms`;
}

/** Points without a step between them in which nothing is known. */
function stretchesOf(points: readonly Point[], stepMs: number): readonly (readonly Point[])[] {
  const stretches: Point[][] = [];
  for (const point of points) {
    const last = stretches.at(-1);
    if (last?.at(-1)?.at === point.at - stepMs) last.push(point);
    else stretches.push([point]);
  }
  return stretches;
}

const high = 60;
const round = (value: number): number => Math.round(value * 10) / 10;

/** A line through the middle of each step, broken where nothing is known; under a step that is known lies a ground. */
export function drawing({ shows, points }: PublicChart, { from, to, stepMs }: Span): SafeHtml {
  const steps = (to - from) / stepMs;
  const top = topOf(Math.max(0, ...points.map(({ value }) => value)), shows);
  const stretches = stretchesOf(points, stepMs);
  const x = (at: Instant): number => round((at - from) / stepMs);
  const y = (value: number): number => round(high * (1 - value / top));
  const ground = stretches.map((all) => `M${x(all[0]?.at ?? from)} ${high}h${all.length}`).join("");
  // A point that stands alone is a short line, or it would not be seen.
  const line = stretches.map(([first, ...rest]) =>
    first === undefined
      ? ""
      : rest.length === 0
        ? `M${x(first.at) + 0.3} ${y(first.value)}h.4`
        : `M${x(first.at) + 0.5} ${y(first.value)}L${rest.map((one) => `${x(one.at) + 0.5} ${y(one.value)}`).join(" ")}`,
  );
  const bars = points
    .filter(({ value }) => value > 0)
    .map(({ at, value }) => `M${round(x(at) + 0.1)} ${high}V${y(value)}h.8V${high}z`);
  return html`<path class="g" d="M0 0h${steps}M0 ${high / 2}h${steps}" /><path class="k" d="${ground}" />${
      shows === "failed_jobs"
        ? html`<path class="b" d="${bars.join("")}" />`
        : html`<path class="l" d="${line.join("")}" />`
    }`;
}

/** The newest, the lowest, the highest, and how much is missing. */
export function inWords({ shows, points }: PublicChart, { from, to, stepMs }: Span): Said {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined) return tell("No figures yet.");
  const say = ({ value }: Point): string => figure(value, shows);
  const lowest = points.reduce((low, one) => (one.value < low.value ? one : low), first);
  const highest = points.reduce((most, one) => (one.value >= most.value ? one : most), first);
  const missing = to - from - points.length * stepMs;
  return [
    ...(last.at === to - stepMs ? tell("Newest {0}", say(last)) : tell("Newest {0}, of {1}", say(last), last.at)),
    ...tell(", lowest {0}, highest {1} at {2}.", say(lowest), say(highest), highest.at),
    ...(missing > 0 ? [" ", ...tell("No figures for {0}.", sayDuration(missing))] : []),
  ];
}

const titles = { response_time: "Response time", run_time: "Run time", failed_jobs: "Failed jobs" } as const;

function plot(chart: PublicChart, component: PublicComponent, span: Span, zone: string): SafeHtml {
  const { shows, points } = chart;
  const top = topOf(Math.max(0, ...points.map(({ value }) => value)), shows);
  const end = (at: Instant): SafeHtml => {
    const { iso, utc } = timeParts(at, { zone });
    return html`<time datetime="${iso}">${utc}</time>`;
  };
  return html`<div class="y m" aria-hidden="true">
      ${[top, top / 2].map((value) => html`<span>${figure(value, shows)}</span>`)}<span>0</span>
    </div>
    <svg
      viewBox="0 0 ${(span.to - span.from) / span.stepMs} ${high}"
      preserveAspectRatio="none"
      role="img"
      aria-label="${oneLine(component.name)}, ${inLine(t(titles[shows]))}. ${spoken(inWords(chart, span), zone)}"
    >
      ${drawing(chart, span)}
    </svg>
    <p class="x m">${end(span.from)}${end(span.to)}</p>`;
}

function one(chart: PublicChart, component: PublicComponent, span: Span, zone: string): SafeHtml {
  return html`<figure class="ch">
    <figcaption>
      <h3>${t(titles[chart.shows])}</h3>
      <p class="m s">${said(inWords(chart, span), { zone })}</p>
    </figcaption>
    ${chart.points.length > 0 && plot(chart, component, span, zone)}
  </figure>`;
}

const spoken = (words: Said, zone: string): string =>
  words.map((part) => (typeof part === "string" ? part : timeParts(part, { zone }).utc)).join("");

/** Of the last day; undefined where the config asks for none. */
export function charts(component: PublicComponent, all: ChartsOfAll | undefined, zone: string): SafeHtml | undefined {
  const own = all?.of.get(component.id) ?? [];
  if (all === undefined || own.length === 0) return undefined;
  const figures = own.map((chart) => one(chart, component, all, zone));
  const share = own.some(({ shows }) => shows === "failed_jobs");
  const times = own.some(({ shows }) => shows !== "failed_jobs");
  return html`<section aria-labelledby="charts">
    <div class="hd"><h2 id="charts">${t("Last {0} hours", Math.round((all.to - all.from) / hour))}</h2></div>
    <div class="card out">
      ${figures}
      <p class="m s">
        ${[times && t("Times are the median of half an hour."), " ", share && t("Of the jobs that ended in half an hour, the share that failed.")]}
      </p>
    </div>
  </section>`;
}
