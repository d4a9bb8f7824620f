// Stuck and slow: jobs in flight against the ends that their ages let expect. Two sums watch for a lack of ends, one for
// nearly none at all, one for a third of them; each is zero while all is well.
import { z } from "zod";
import { hour, type Instant } from "../lib/clock.ts";
import { expectedBy, type Hazard } from "./usual-time.ts";
import { within } from "./chance.ts";

/** A job that has not ended. */
export const Flight = z.object({
  project: z.string(),
  createdAt: z.number(),
  started: z.boolean(),
  /** The logarithm of the seconds it should take. */
  usual: z.number(),
  /** What was expected of it before the last tick. */
  spent: z.number(),
  /** The n-th sibling of one push weighs less: they wait for the same thing. */
  weight: z.number(),
});
export type Flight = z.infer<typeof Flight>;

/** A job that ended since the last tick: its weight, and what was still expected of it. */
export type Landing = { readonly project: string; readonly weight: number; readonly expected: number };

/** Ends that were expected, beyond those that came. */
export const Excess = z.object({
  /** What share of the ends would be left. */
  rho: z.number(),
  score: z.number(),
  expected: z.number(),
  seen: z.number(),
  /** Expected since the last end that came. */
  unanswered: z.number(),
  since: z.number(),
  projects: z.array(z.tuple([z.string(), z.number()])),
});
export type Excess = Omit<z.infer<typeof Excess>, "projects"> & { readonly projects: Map<string, number> };

const shares = [0.05, 0.3] as const;
/** One project's stream of dead jobs is no outage. */
const mostOfProject = 5;
const siblings = -0.5;
/** More than what rounding makes of a sum. */
const clearly = 1e-6;

export const newExcess = (): readonly Excess[] =>
  shares.map((rho) => ({ rho, score: 0, expected: 0, seen: 0, unanswered: 0, since: 0, projects: new Map() }));

export const weightOfSibling = (nth: number): number => nth ** siblings;

export function startAnew(excess: Excess, now: Instant): void {
  excess.score = excess.expected = excess.seen = 0;
  excess.since = now;
  excess.projects.clear();
}

/** What the jobs in flight should have done since the last tick, by project. */
export function expectedNow(
  flights: Iterable<Flight>,
  hazard: Hazard,
  now: Instant,
): [project: string, ends: number][] {
  const expected: [string, number][] = [];
  for (const flight of flights) {
    const by = expectedBy(hazard, now - flight.createdAt, flight.usual);
    if (by <= flight.spent) continue;
    expected.push([flight.project, (by - flight.spent) * flight.weight]);
    flight.spent = by;
  }
  return expected;
}

/** Even if every project counted in full, the sum would fall to nothing: the usual case, and no need to look at each. */
function staysZero({ rho, score }: Excess, expected: readonly (readonly [string, number])[], seen: number): boolean {
  if (seen <= 0) return false;
  let most = 0;
  for (const [, more] of expected) most += more;
  return score + seen * Math.log(rho) + (1 - rho) * most < -clearly;
}

export function addTo(
  excess: Excess,
  expected: readonly (readonly [string, number])[],
  seen: number,
  now: Instant,
): void {
  if (staysZero(excess, expected, seen)) {
    excess.unanswered = 0;
    return startAnew(excess, now);
  }
  let ends = 0;
  for (const [project, more] of expected) {
    const already = excess.projects.get(project) ?? 0;
    const counts = Math.min(more, mostOfProject - already);
    if (counts <= 0) continue;
    ends += counts;
    excess.projects.set(project, already + counts);
  }
  excess.score += seen * Math.log(excess.rho) + (1 - excess.rho) * ends;
  excess.expected += ends;
  excess.seen += seen;
  excess.unanswered = seen > 0 ? 0 : excess.unanswered + ends;
  if (excess.score <= 0) startAnew(excess, now);
}

/** This much was expected and did not come: it is overdue. */
const overdueFrom = 1.5;

export function overdue(flights: Iterable<Flight>): readonly Flight[] {
  return [...flights].filter((flight) => flight.spent > overdueFrom);
}

/** Hardly anything ends, or what hangs never started: stuck. Else it is slow. */
export function kindOf(excess: Excess, late: readonly Flight[]): "stuck" | "slow" {
  const waiting = late.filter((flight) => !flight.started).length;
  const none = excess.seen < 0.12 * excess.expected || excess.unanswered > 4;
  return none || waiting > late.length / 2 ? "stuck" : "slow";
}

/** Of jobs made in this time, how long the green ones took speaks for or against the end of a delay. */
export const lately = 4 * hour;

/** `ratio`: the logarithm of what it took, against the usual. */
export function speaksOfTime(ratio: number): number {
  return within(3 - 3.8 * ratio, -1.5, 1.5);
}

export const leastLearnt = 60;
export const leastProjects = 3;
