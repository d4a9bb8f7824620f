// What is remembered of a stream of jobs of one type: how often each project fails, and the last six hours of votes.
import { z } from "zod";
import type { Job } from "../jobs/job.ts";
import { isRed } from "../jobs/job.ts";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";

export const windowMs = 6 * hour;
const mostVotes = 300;
const mostProjects = 2_000;
const mostTypes = 100;
/** A job this old tells of the hour it was made in, not of now: a babysitter's clean-up is no outage. */
const staleMs = 12 * hour;
/** What a type is taken to fail by, until as many jobs have been seen. */
const prior = { share: 0.25, jobs: 20 };
const pseudoJobs = 3;
const clamp = { least: 0.04, most: 0.97 };
/** Memory fades: beyond these weights all is halved. */
const fade = { project: 60, type: 2_000 };

const Vote = z.object({
  id: z.string(),
  project: z.string(),
  /** When it ended, and began: the votes are in the order of their ends. */
  at: z.number(),
  began: z.number(),
  red: z.boolean(),
  /** How likely it was to fail, said before it was learnt from. */
  expected: z.number(),
  example: z.string().optional(),
});
export type Vote = Readonly<z.infer<typeof Vote>>;

const Tally = z.object({ red: z.number(), all: z.number() });

/** How one project fares. */
export type Memory = {
  readonly red: number;
  readonly all: number;
  /** In minutes since the epoch. */
  readonly seen: number;
  /** The last triggers, and how many siblings of each have been learnt. */
  readonly triggers?: readonly (readonly [trigger: string, siblings: number])[];
};

/** Thousands of projects are saved with every look: by column, which is a third of the bytes and of the time. */
const Projects = z.object({
  names: z.array(z.string()),
  red: z.array(z.number()),
  all: z.array(z.number()),
  seen: z.array(z.number()),
  triggers: z.array(z.tuple([z.int(), z.string(), z.number()])),
});

const Alarm = z.object({
  theta: z.number(),
  score: z.number(),
  threshold: z.number(),
  startsAt: z.number(),
  openedAt: z.number(),
  lastVoteAt: z.number(),
  /** What people were told last; absent: nothing yet. */
  told: z.object({ failedJobs: z.number(), failedProjects: z.number(), critical: z.boolean() }).optional(),
});
export type Alarm = Readonly<z.infer<typeof Alarm>>;

const Ended = z.object({ startsAt: z.number(), endsAt: z.number(), critical: z.boolean(), summary: z.string() });
export type Ended = Readonly<z.infer<typeof Ended>>;

const Stream = z.object({
  rate: Tally,
  projects: Projects,
  votes: z.array(Vote),
  /** Finished jobs per day, of the last 30. */
  days: z.array(z.tuple([z.number(), z.number()])),
  /** By the data: the newest end, or the last look. */
  clock: z.number(),
  /** Evidence starts anew here: the last alarm was closed, and jobs that began earlier are its backlog. */
  fresh: z.object({ at: z.number(), began: z.number() }),
  alarm: Alarm.optional(),
  /** Alarms that people were told of and that ended; until that is told too. */
  ended: z.array(Ended),
});

/** Mutable: lives only within one step. */
export type Stream = Omit<z.infer<typeof Stream>, "projects"> & { projects: Map<string, Memory> };
export type Streams = ReadonlyMap<string, Readonly<Stream>>;

const Saved = z.object({ version: z.literal(1), streams: z.array(z.tuple([z.string(), Stream])) });

export function newStream(): Stream {
  return {
    rate: { red: 0, all: 0 },
    projects: new Map(),
    votes: [],
    days: [],
    clock: 0,
    fresh: { at: 0, began: 0 },
    ended: [],
  };
}

/** A copy that may be changed. */
export function draftOf(stream: Readonly<Stream> | undefined): Stream {
  if (stream === undefined) return newStream();
  return {
    ...stream,
    rate: { ...stream.rate },
    projects: new Map(stream.projects),
    votes: [...stream.votes],
    days: [...stream.days],
    ended: [...stream.ended],
  };
}

const short = (figure: number): number => Math.round(figure * 1_000) / 1_000;

function columnsOf(projects: ReadonlyMap<string, Memory>, recent: number): z.infer<typeof Projects> {
  const all = [...projects.values()];
  return {
    names: [...projects.keys()],
    red: all.map((memory) => short(memory.red)),
    all: all.map((memory) => short(memory.all)),
    seen: all.map((memory) => memory.seen),
    triggers: all.flatMap(({ seen, triggers = [] }, index) =>
      seen < recent ? [] : triggers.map(([trigger, siblings]): [number, string, number] => [index, trigger, siblings]),
    ),
  };
}

function projectsOf({ names, red, all, seen, triggers }: z.infer<typeof Projects>): Map<string, Memory> {
  const siblings = Map.groupBy(triggers, ([index]) => index);
  return new Map(
    names.map((name, index): [string, Memory] => {
      const own = siblings.get(index)?.map(([, trigger, n]): [string, number] => [trigger, n]);
      const memory = { red: red[index] ?? 0, all: all[index] ?? 0, seen: seen[index] ?? 0 };
      return [name, { ...memory, ...(own !== undefined && { triggers: own }) }];
    }),
  );
}

export function saveStreams(streams: Streams): Uint8Array {
  const saved: z.infer<typeof Saved> = {
    version: 1,
    streams: [...streams].map(([type, stream]) => {
      const recent = (stream.clock - windowMs) / minute;
      return [type, { ...stream, projects: columnsOf(stream.projects, recent) }];
    }),
  };
  return new TextEncoder().encode(JSON.stringify(saved));
}

export function loadStreams(bytes: Uint8Array): Streams | undefined {
  try {
    const saved = Saved.safeParse(JSON.parse(new TextDecoder().decode(bytes)));
    if (!saved.success) return undefined;
    return new Map(
      saved.data.streams.map(([type, stream]) => [type, { ...stream, projects: projectsOf(stream.projects) }]),
    );
  } catch {
    return undefined;
  }
}

export function hasRoom(streams: Streams, type: string): boolean {
  return streams.has(type) || streams.size < mostTypes;
}

/** Whether a finished job says anything about now. */
export function mayVote(job: Job, at: Instant): boolean {
  return job.status !== "canceled" && at - job.createdAt <= staleMs;
}

/** How likely a job of this project is to fail on an ordinary day. */
function expectedOf(stream: Stream, project: string): number {
  const rate = (stream.rate.red + prior.share * prior.jobs) / (stream.rate.all + prior.jobs);
  const own = stream.projects.get(project) ?? { red: 0, all: 0 };
  const share = (own.red + pseudoJobs * rate) / (own.all + pseudoJobs);
  return Math.min(clamp.most, Math.max(clamp.least, share));
}

export function voteOf(stream: Stream, job: Job, at: Instant): Vote {
  return {
    id: job.id,
    project: job.project,
    at,
    began: Math.min(job.startedAt ?? job.createdAt, at),
    red: isRed(job),
    expected: expectedOf(stream, job.project),
    ...(isRed(job) && job.message !== undefined && { example: oneLine(job.message, 200) }),
  };
}

/** Keeps the window in order and bounded. */
export function addVote(stream: Stream, vote: Vote): void {
  let place = stream.votes.length;
  while (place > 0 && (stream.votes[place - 1]?.at ?? 0) > vote.at) place -= 1;
  stream.votes.splice(place, 0, vote);
  pruneVotes(stream);
}

export function pruneVotes(stream: Stream): void {
  const from = stream.votes.findIndex((vote) => vote.at > stream.clock - windowMs);
  const late = from === -1 ? stream.votes.length : from;
  stream.votes.splice(0, Math.max(late, stream.votes.length - mostVotes));
}

function faded(tally: { red: number; all: number }, limit: number): { red: number; all: number } {
  return tally.all > limit ? { red: tally.red / 2, all: tally.all / 2 } : tally;
}

/** The n-th sibling of one push teaches an n-th of the first: thirty targets of one bad commit are hardly more than one. */
export function learnFrom(stream: Stream, vote: Vote, trigger: string | undefined): void {
  const own = stream.projects.get(vote.project) ?? { red: 0, all: 0, seen: 0 };
  const earlier = own.triggers?.find(([name]) => name === trigger)?.[1] ?? 0;
  const others = (own.triggers ?? []).filter(([name]) => name !== trigger).slice(-2);
  const weight = 1 / (earlier + 1);
  const red = vote.red ? weight : 0;
  stream.rate = faded({ red: stream.rate.red + red, all: stream.rate.all + weight }, fade.type);
  const seen = Math.max(own.seen, Math.floor(vote.at / minute));
  const triggers = trigger === undefined ? others : [...others, [trigger, earlier + 1] as const];
  stream.projects.delete(vote.project); // so that the map stays in the order of last sight
  stream.projects.set(vote.project, {
    ...faded({ red: own.red + red, all: own.all + weight }, fade.project),
    seen,
    ...(triggers.length > 0 && { triggers }),
  });
  const [oldest] = stream.projects.keys();
  if (stream.projects.size > mostProjects && oldest !== undefined) stream.projects.delete(oldest);
}

export function countDay(stream: Stream, at: Instant): void {
  const today = Math.floor(at / day);
  const place = stream.days.findIndex(([other]) => other === today);
  const known = stream.days[place];
  if (known === undefined) stream.days.push([today, 1]);
  else stream.days[place] = [today, known[1] + 1];
  if (known === undefined) stream.days = stream.days.sort((a, b) => a[0] - b[0]).slice(-30);
}

/** Finished jobs in 30 days, judged by the days that were seen. */
export function monthlyVolume(stream: Stream): number {
  const first = stream.days[0]?.[0] ?? 0;
  const total = stream.days.reduce((sum, [, jobs]) => sum + jobs, 0);
  return (total * 30) / Math.max(1, stream.clock / day - first);
}
