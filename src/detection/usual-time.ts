// How long jobs of a type take, from being made to their end: a histogram around each project's own mean.
import { z } from "zod";
import { second } from "../lib/clock.ts";
import { within } from "./chance.ts";
import type { Project } from "./risk.ts";

export const UsualTime = z.object({
  /** Mean logarithm of the seconds, over all projects. */
  mean: z.number(),
  learnt: z.number(),
  /** Of the distance of the logarithm from what was usual for its project. */
  histogram: z.array(z.number()),
});
export type UsualTime = z.infer<typeof UsualTime>;

const bins = 80;
const binWidth = 0.1;
const lowest = -4;
/** Until jobs have told: as if twenty had, spread by a factor of two or so. */
const prior = { mean: Math.log(600), jobs: 20, spread: 0.8 };
const pseudoJobs = 3;
const shortest = 5 * second;
/** From here on the project means are good enough to say how far off a job is. */
const warm = 20;
const fade = { mean: 2_000, histogram: 20_000, project: 40 };

export function newUsualTime(): UsualTime {
  const density = (z: number): number => Math.exp(-((z / prior.spread) ** 2) / 2) / (prior.spread * Math.sqrt(2 * Math.PI)); // prettier-ignore
  const histogram = Array.from({ length: bins }, (_, bin) => {
    return prior.jobs * binWidth * density(lowest + (bin + 0.5) * binWidth);
  });
  return { mean: prior.mean, learnt: 0, histogram };
}

export const logSeconds = (ms: number): number => Math.log(Math.max(shortest, ms) / second);

/** The logarithm of the seconds that a job of this project usually takes. */
export function usualOf(time: UsualTime, project: Project | undefined): number {
  if (project === undefined) return time.mean;
  return (pseudoJobs * time.mean + project.logTimes) / (pseudoJobs + project.timed);
}

export function learnTime(time: UsualTime, project: Project, took: number, usual: number): void {
  const log = logSeconds(took);
  time.learnt += 1;
  time.mean += (log - time.mean) / Math.min(time.learnt + 3, fade.mean);
  if (time.learnt > warm) {
    const bin = Math.floor(within((log - usual - lowest) / binWidth, 0, bins - 1));
    time.histogram[bin] = (time.histogram[bin] ?? 0) + 1;
    if (time.learnt % fade.histogram === 0) time.histogram = time.histogram.map((jobs) => jobs / 2);
  }
  project.timed += 1;
  project.logTimes += log;
  if (project.timed <= fade.project) return;
  project.timed /= 2;
  project.logTimes /= 2;
}

/** What is overdue beyond nearly all that was seen is not expected any more: it is lost. */
const mostExpected = 4.5;

/** How many ends were to be expected of a job up to an age: the cumulative hazard (Nelson and Aalen), one on average. */
export type Hazard = Float64Array;

export function hazardOf({ histogram }: UsualTime): Hazard {
  let surviving = 0;
  for (const jobs of histogram) surviving += jobs;
  const hazard = new Float64Array(histogram.length + 1);
  let ends = 0;
  let bin = 0;
  for (const jobs of histogram) {
    ends = Math.min(mostExpected, ends + jobs / surviving);
    surviving = Math.max(surviving - jobs, Number.MIN_VALUE);
    hazard[++bin] = ends;
  }
  return hazard;
}

export function expectedBy(hazard: Hazard, ageMs: number, usual: number): number {
  if (ageMs <= 0) return 0;
  const place = (Math.log(ageMs / second) - usual - lowest) / binWidth;
  if (place <= 0) return 0;
  const bin = Math.floor(place);
  const from = hazard[bin];
  const to = hazard[bin + 1];
  if (from === undefined || to === undefined) return hazard.at(-1) ?? 0;
  return from + (to - from) * (place - bin);
}
