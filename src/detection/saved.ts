// What was learnt, as bytes and back. It is written with every look, so: rows of figures, names once, old news left out.
import { z } from "zod";
import { second, type Instant } from "../lib/clock.ts";
import { Alarm, Ended, nameOf } from "./alarm.ts";
import { Arrivals } from "./arrivals.ts";
import { Excess, Flight, type Excess as LiveExcess } from "./delay.ts";
import type { JobStreams } from "./job-detector.ts";
import { outcomes, Rates, type Project } from "./risk.ts";
import { habitIn, most, newStream, pushIn, type Stream } from "./stream.ts";
import { UsualTime } from "./usual-time.ts";
import { addVote, newWindow, windowMs, type Vote, type Window } from "./vote.ts";

const figure = z.number();
const name = z.string();
const maybe = z.union([z.string(), z.null()]);

/** In the order of the fields below. */
const ProjectRow = z.tuple([name, figure, figure, figure, name, figure, figure, figure, figure, figure, figure]);
const HabitRow = z.tuple([name, figure, figure, figure, figure]);
const PushRow = z.tuple([name, figure, figure, figure, figure]);
const VoteRow = z.tuple([
  name,
  name,
  maybe,
  figure,
  figure,
  figure,
  figure,
  figure,
  figure,
  figure,
  name,
  figure,
  maybe,
]);
const AwaitedRow = z.tuple([name, maybe, name, figure, figure]);
const TargetRow = z.tuple([name, figure, z.boolean()]);

const SavedStream = z.object({
  type: name,
  rates: Rates,
  time: UsualTime,
  projects: z.array(ProjectRow),
  habits: z.array(HabitRow),
  pushes: z.array(PushRow),
  votes: z.array(VoteRow),
  targets: z.array(TargetRow),
  days: z.array(z.tuple([figure, figure])),
  jobs: figure,
  clock: figure,
  madeAt: figure,
  fresh: z.object({ at: figure, began: figure }),
  flights: z.array(z.tuple([name, Flight])),
  excesses: z.array(Excess),
  arrivals: Arrivals.extend({ from: figure.nullable() }),
  awaited: z.array(AwaitedRow),
  flow: z.array(VoteRow),
  /** Whether failures have come that nobody looked at: of the type, and of its followers. */
  unseen: z.tuple([z.boolean(), z.boolean()]),
  alarms: z.array(Alarm),
  ended: z.array(Ended),
});
type SavedStream = z.infer<typeof SavedStream>;

const Saved = z.object({
  version: z.literal(2),
  lookedAt: figure.optional(),
  all: SavedStream,
  streams: z.array(SavedStream),
});

const short = (value: number): number => Math.round(value * 10_000) / 10_000;
/** Never is written as -1. */
const secondsOf = (at: Instant): number => (Number.isFinite(at) ? Math.floor(at / second) : -1);
const instantOf = (seconds: number): Instant => (seconds < 0 ? Number.NEGATIVE_INFINITY : seconds * second);

function rowOfProject([own, project]: readonly [string, Project], recent: Instant): z.infer<typeof ProjectRow> {
  const { red, all, redPushes = -1, push, passed, failed, seenAt, errorAt, timed, logTimes } = project;
  const known = seenAt >= recent ? push : "";
  return [own, short(red), short(all), redPushes, known, passed, failed, secondsOf(seenAt), secondsOf(errorAt), short(timed), short(logTimes)]; // prettier-ignore
}

function projectOf(row: z.infer<typeof ProjectRow>): [string, Project] {
  const [own, red, all, redPushes, push, passed, failed, seenAt, errorAt, timed, logTimes] = row;
  const pushes = redPushes < 0 ? undefined : redPushes;
  const times = { seenAt: instantOf(seenAt), errorAt: instantOf(errorAt), timed, logTimes };
  return [own, { red, all, redPushes: pushes, push, passed, failed, ...times }];
}

function rowOfVote(vote: Vote): z.infer<typeof VoteRow> {
  const { id, project, target = null, at, began, took, risk, push, outcome, example = null } = vote;
  const { failure, quick, error, other } = risk;
  return [id, project, target, at, began, took, failure, quick, error, other, push.name, outcomes.indexOf(outcome), example]; // prettier-ignore
}

function voteOf(stream: Stream, row: z.infer<typeof VoteRow>): Vote {
  const [id, project, target, at, began, took, failure, quick, error, other, push, outcome, example] = row;
  const habit = target === null ? undefined : habitIn(stream, project, target);
  return {
    id,
    project,
    target: target ?? undefined,
    at,
    began,
    took,
    risk: { failure, quick, error, other },
    push: pushIn(stream, push),
    habit,
    outcome: outcomes[outcome] ?? "passed",
    example: example ?? undefined,
  };
}

/** Each once, though the window of its type and that of its target both hold it. */
function allVotes({ window, targets, clock }: Stream): readonly Vote[] {
  const all = new Set(window.votes);
  for (const target of targets.values()) for (const vote of target.window.votes) all.add(vote);
  return [...all].filter((vote) => vote.at > clock - windowMs).sort((a, b) => a.at - b.at);
}

function savedExcess({ projects, ...excess }: LiveExcess): z.infer<typeof Excess> {
  return { ...excess, projects: [...projects] };
}

function savedStream(stream: Stream): SavedStream {
  const { type, rates, time, days, jobs, clock, madeAt, fresh, arrivals, alarms, ended } = stream;
  const recent = clock - windowMs;
  return {
    type,
    rates,
    time: { ...time, histogram: time.histogram.map(short) },
    projects: [...stream.projects].map((entry) => rowOfProject(entry, recent)),
    habits: [...stream.habits].map(([key, h]) => [key, short(h.red), short(h.all), short(h.missed), short(h.followed)]),
    pushes: [...stream.pushes.values()].map((p) => [p.name, p.passed, p.failed, p.made, p.madeAt]),
    votes: allVotes(stream).map(rowOfVote),
    targets: [...stream.targets].map(([target, { jobs: seen, window }]) => [target, seen, window.fresh]),
    days: days.map(([date, count]) => [date, count]),
    jobs,
    clock,
    madeAt,
    fresh,
    flights: [...stream.flights],
    excesses: stream.excesses.map(savedExcess),
    arrivals: { ...arrivals, from: Number.isFinite(arrivals.from) ? arrivals.from : null },
    awaited: stream.awaited.map(({ project, target = null, push, since, due }) => [project, target, push, since, due]),
    flow: stream.flow.votes.map(rowOfVote),
    unseen: [stream.window.fresh, stream.flow.fresh],
    alarms: [...alarms.values()],
    ended,
  };
}

function refill(window: Window, votes: readonly Vote[], unseen: boolean): void {
  for (const vote of votes.slice(-window.most)) addVote(window, vote);
  window.fresh = unseen;
}

function streamOf(saved: SavedStream): Stream {
  const { type, rates, time, days, jobs, clock, madeAt, fresh, ended, unseen } = saved;
  const stream: Stream = {
    ...newStream(type),
    rates,
    time,
    days,
    jobs,
    clock,
    madeAt,
    fresh,
    ended,
    projects: new Map(saved.projects.map(projectOf)),
    habits: new Map(saved.habits.map(([key, red, all, missed, followed]) => [key, { red, all, missed, followed }])),
    pushes: new Map(saved.pushes.map(([own, passed, failed, made, at]) => [own, { name: own, passed, failed, made, madeAt: at }])), // prettier-ignore
    flights: new Map(saved.flights),
    excesses: saved.excesses.map(({ projects, ...excess }) => ({ ...excess, projects: new Map(projects) })),
    arrivals: { ...saved.arrivals, from: saved.arrivals.from ?? Number.POSITIVE_INFINITY },
    awaited: saved.awaited.map(([project, target, push, since, due]) => ({ project, target: target ?? undefined, push, since, due })), // prettier-ignore
    targets: new Map(saved.targets.map(([target, seen]) => [target, { jobs: seen, window: newWindow(most.targetVotes) }])), // prettier-ignore
    alarms: new Map(saved.alarms.map((alarm) => [nameOf(alarm), alarm])),
  };
  const votes = saved.votes.map((row) => voteOf(stream, row));
  for (const vote of votes) stream.counted.set(vote.id, vote);
  refill(stream.window, votes, unseen[0]);
  const ofTargets = Map.groupBy(votes, ({ target }) => target);
  for (const [target, , notLooked] of saved.targets) {
    const window = stream.targets.get(target)?.window;
    if (window !== undefined) refill(window, ofTargets.get(target) ?? [], notLooked);
  }
  refill(stream.flow, saved.flow.map((row) => voteOf(stream, row)), unseen[1]); // prettier-ignore
  return stream;
}

export function saveStreams({ streams, all, lookedAt }: JobStreams): Uint8Array {
  const saved: z.infer<typeof Saved> = {
    version: 2,
    ...(lookedAt !== undefined && { lookedAt }),
    all: savedStream(all),
    streams: [...streams.values()].map(savedStream),
  };
  return new TextEncoder().encode(JSON.stringify(saved));
}

/** Undefined when the bytes are broken or another version's. */
export function loadStreams(bytes: Uint8Array): JobStreams | undefined {
  try {
    const saved = Saved.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    if (!saved.success) return undefined;
    const streams = saved.data.streams.map(streamOf);
    return {
      streams: new Map(streams.map((stream) => [stream.type, stream])),
      all: streamOf(saved.data.all),
      lookedAt: saved.data.lookedAt,
    };
  } catch {
    return undefined;
  }
}
