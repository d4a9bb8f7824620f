// What is remembered of the jobs of one type. Mutable: it belongs to the detector that takes the steps.
import type { Job } from "../jobs/job.ts";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import type { Alarm, Ended } from "./alarm.ts";
import { newArrivals, type Arrivals } from "./arrivals.ts";
import { newExcess, type Excess, type Flight, type Landing } from "./delay.ts";
import { newProject, newRates, type Project, type Rates } from "./risk.ts";
import { hazardOf, newUsualTime, type Hazard, type UsualTime } from "./usual-time.ts";
import { newWindow, type Habit, type Push, type Vote, type Window } from "./vote.ts";

/** A parent succeeded: what follows it is awaited until then. */
export type Awaited = { readonly project: string; readonly target: string | undefined; readonly push: string; readonly since: Instant; readonly due: Instant }; // prettier-ignore

/** The jobs of one target. */
export type Target = { readonly window: Window; jobs: number };

export type Stream = {
  readonly type: string;
  rates: Rates;
  time: UsualTime;
  /** Made of `time` when it is asked for, and forgotten when that changes. */
  hazard: Hazard | undefined;
  readonly projects: Map<string, Project>;
  readonly habits: Map<string, Habit>;
  readonly pushes: Map<string, Push>;
  readonly window: Window;
  readonly targets: Map<string, Target>;
  /** The latest votes by the ids of their jobs. */
  readonly counted: Map<string, Vote>;
  /** Finished jobs per day, of the last 30; and in all. */
  days: (readonly [day: number, jobs: number])[];
  jobs: number;
  /** By the data: the newest end, or the last look. */
  clock: Instant;
  /** When the newest of its jobs was made. */
  madeAt: Instant;
  /** Evidence starts anew here: the last alarm was closed, and jobs that began earlier are its backlog. */
  fresh: { readonly at: Instant; readonly began: Instant };
  /** Jobs in flight by id, and those that ended since the last tick. */
  readonly flights: Map<string, Flight>;
  landings: Landing[];
  excesses: readonly Excess[];
  arrivals: Arrivals;
  awaited: Awaited[];
  readonly flow: Window;
  readonly alarms: Map<string, Alarm>;
  ended: Ended[];
};

/** Memory is bounded: what was seen longest ago goes first. */
export const most = {
  types: 100,
  projects: 2_000,
  habits: 8_000,
  pushes: 5_000,
  targets: 200,
  votes: 300,
  targetVotes: 120,
  counted: 2_000,
  flights: 10_000,
  awaited: 5_000,
} as const;

/** A job this old tells of the hour it was made in, not of now: a babysitter's clean-up is no outage. */
export const staleMs = 12 * hour;

export function newStream(type: string): Stream {
  return {
    type,
    rates: newRates(),
    time: newUsualTime(),
    hazard: undefined,
    projects: new Map(),
    habits: new Map(),
    pushes: new Map(),
    window: newWindow(most.votes),
    targets: new Map(),
    counted: new Map(),
    days: [],
    jobs: 0,
    clock: 0,
    madeAt: 0,
    fresh: { at: 0, began: 0 },
    flights: new Map(),
    landings: [],
    excesses: newExcess(),
    arrivals: newArrivals(),
    awaited: [],
    flow: newWindow(most.targetVotes),
    alarms: new Map(),
    ended: [],
  };
}

/** What a map has under a key, made when it is missing. When there are far too many, the oldest go. */
export function recall<V>(map: Map<string, V>, key: string, limit: number, make: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  if (map.size > limit + limit / 8) {
    let tooMany = map.size - limit;
    for (const old of map.keys()) if (tooMany-- > 0) map.delete(old); else break; // prettier-ignore
  }
  return made;
}

export function projectIn(stream: Stream, name: string): Project {
  const known = stream.projects.get(name);
  // Moved to the end, so that the map stays in the order of last sight.
  if (known !== undefined && stream.projects.size >= most.projects) {
    stream.projects.delete(name);
    stream.projects.set(name, known);
  }
  return recall(stream.projects, name, most.projects, newProject);
}

export function habitIn(stream: Stream, project: string, target: string | undefined): Habit {
  const make = (): Habit => ({ red: 0, all: 0, missed: 0, followed: 0 });
  return recall(stream.habits, `${project}\n${target ?? ""}`, most.habits, make);
}

export function pushIn(stream: Stream, name: string): Push {
  return recall(stream.pushes, name, most.pushes, () => ({ name, passed: 0, failed: 0, made: 0, madeAt: 0 }));
}

export function hazardIn(stream: Stream): Hazard {
  stream.hazard ??= hazardOf(stream.time);
  return stream.hazard;
}

/** Where jobs name no trigger, those that a project makes within ten minutes are taken for one push. */
export function pushOf(job: Job): string {
  return job.trigger ?? `${job.project} ${Math.floor(job.createdAt / (10 * minute))}`;
}

export function countDay(stream: Stream, at: Instant): void {
  stream.jobs += 1;
  const today = Math.floor(at / day);
  const last = stream.days.at(-1);
  if (last?.[0] === today) {
    stream.days[stream.days.length - 1] = [today, last[1] + 1];
    return;
  }
  const place = stream.days.findIndex(([other]) => other === today);
  const known = stream.days[place];
  if (known !== undefined) stream.days[place] = [today, known[1] + 1];
  else stream.days = [...stream.days, [today, 1] as const].sort((a, b) => a[0] - b[0]).slice(-30);
}

/** Finished jobs in 30 days, judged by the days that were seen. */
export function monthlyJobs(stream: Stream): number {
  const first = stream.days[0]?.[0] ?? 0;
  const total = stream.days.reduce((sum, [, jobs]) => sum + jobs, 0);
  return (total * 30) / Math.max(1, stream.clock / day - first);
}

/** Pushes that are long past, and those whose jobs are long forgotten. */
export function forgetPushes({ pushes }: Stream, now: Instant): void {
  for (const [name, push] of pushes) {
    if (push.madeAt > now - staleMs) return;
    pushes.delete(name);
  }
}
