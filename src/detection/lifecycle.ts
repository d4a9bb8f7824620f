// How alarms open and close, whatever raised them.
import { hour, minute, type Instant } from "../lib/clock.ts";
import { leastOpen, nameOf, type Alarm } from "./alarm.ts";
import { startAnew } from "./delay.ts";
import { hush } from "./arrivals.ts";
import { sayQuiet, sayRecovered } from "./explain.ts";
import { mannerOf, recovered, recoveryFrom } from "./recovery.ts";
import type { Stream } from "./stream.ts";

/** Without a sign for so long nothing will prove a recovery. */
const quiet = 12 * hour;
/** The type under which all types together are watched. */
export const everything = "*";

export type Around = {
  readonly streams: ReadonlyMap<string, Stream>;
  /** All types together: only its arrivals and alarms are in use. */
  readonly all: Stream;
  /** Which type follows which: child to parent. */
  readonly after: Readonly<Record<string, string>>;
  readonly falseAlarms: number;
};

export type Opening = Pick<Alarm, "test" | "kind" | "target" | "score" | "threshold" | "startsAt"> & Partial<Pick<Alarm, "theta" | "manner" | "signs" | "counted">>; // prettier-ignore

export function openAlarm(stream: Stream, now: Instant, opening: Opening): Alarm {
  const { target, ...rest } = opening;
  const usual = { theta: 0.95, manner: mannerOf([]), signs: [], openedAt: now, lastVoteAt: now };
  const alarm: Alarm = { ...usual, ...rest, ...(target !== undefined && { target }) };
  stream.alarms.set(nameOf(alarm), alarm);
  return alarm;
}

/** When nothing is left open, evidence starts anew: what comes from before the end is the outage's backlog. */
export function closeAlarm(stream: Stream, alarm: Alarm, endsAt: Instant, summary: string): void {
  const name = nameOf(alarm);
  stream.alarms.delete(name);
  if (stream.alarms.size === 0) {
    stream.fresh = { at: stream.clock, began: endsAt };
    for (const excess of stream.excesses) startAnew(excess, stream.clock);
    hush(stream.arrivals, stream.clock);
  }
  if (alarm.told === undefined) return;
  const { kind, target, startsAt, told } = alarm;
  const where = target === undefined ? {} : { target };
  stream.ended.push({ name, kind, ...where, startsAt, endsAt: Math.max(startsAt, endsAt), critical: told.critical, summary }); // prettier-ignore
}

/** Closes what jobs prove to be over, and what there have long been no jobs to tell of. */
export function closeIfOver(stream: Stream, now: Instant): void {
  for (const alarm of stream.alarms.values()) {
    if (now - alarm.lastVoteAt >= quiet && alarm.test !== "silence") {
      closeAlarm(stream, alarm, alarm.lastVoteAt, sayQuiet(stream.type, alarm.lastVoteAt, quiet));
      continue;
    }
    if (now - alarm.openedAt < leastOpen) continue;
    const recovery = recoveryFrom(alarm.signs);
    if (recovery === undefined || recovery.score < recovered) continue;
    closeAlarm(stream, alarm, recovery.since, sayRecovered(stream.type, alarm, recovery));
  }
}

const backlog = { upstream: hour, everything: 30 * minute };

function lately(stream: Stream | undefined, now: Instant, within: number): boolean {
  return stream !== undefined && (stream.alarms.size > 0 || now - stream.fresh.at < within);
}

/** The types that it follows, directly or not. Where nobody has said what follows what, any other may be the cause. */
export function ancestorsOf(type: string, { after, streams }: Pick<Around, "after" | "streams">): readonly string[] {
  if (Object.keys(after).length === 0) return [...streams.keys()].filter((other) => other !== type);
  const chain: string[] = [];
  for (let parent = after[type]; parent !== undefined && !chain.includes(parent); parent = after[parent])
    chain.push(parent);
  return chain;
}

/** Trouble above explains that nothing comes and nothing ends here. */
export function troubleAbove(stream: Stream, around: Around, now: Instant): boolean {
  if (lately(around.all, now, backlog.everything)) return true;
  return ancestorsOf(stream.type, around).some((type) => lately(around.streams.get(type), now, backlog.upstream));
}

/** During an outage nothing is learnt: it must not become the usual. */
export function learns(stream: Stream, { all }: Pick<Around, "all">): boolean {
  return stream.alarms.size === 0 && all.alarms.size === 0;
}
