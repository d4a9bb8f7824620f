// Holds alarms against the outages that there really were: what was found, when, and what was called for nothing.
import { z } from "zod";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import type { ReplayedAlarm } from "./backtest.ts";

const Time = z.iso.datetime({ offset: true }).transform((text): Instant => Date.parse(text));
/** Null means absent. */
const maybe = <T extends z.ZodType>(type: T) => type.nullish().transform((value) => value ?? undefined);

const Outage = z
  .object({
    id: z.coerce.string(),
    /** total, partial, chroot (one target), stuck, slow, silence; or a kind of ours. */
    kind: z.string(),
    severity: maybe(z.number()),
    type: z.string(),
    target: maybe(z.string()),
    start: Time,
    end: Time,
    /** Types that suffer with it: alarms about them are neither right nor wrong. */
    affects: z.array(z.string()).default([]),
    /** False: nobody could have seen it in these jobs. */
    observable: z.boolean().default(true),
    /** When a careful person could have been sure. */
    evidence_at: maybe(Time),
  })
  .refine(({ start, end }) => end >= start, { message: "ends before it starts", path: ["end"] });
export type Outage = z.output<typeof Outage>;

/** A file of labels. Other keys are ignored. */
export const Labels = z.object({
  meta: z.object({ start: Time, end: Time }).partial().optional(),
  outages: z.array(Outage),
});
export type Labels = z.output<typeof Labels>;

/** An alarm so long after the end still tells of the outage. */
const late = 10 * minute;
/** Afterwards its backlog drains, and an alarm about that is no false one. */
const tail = hour;
/** An outage was covered all along when no gap was longer. */
const longestGap = 10 * minute;

const isDelay = (kind: string): boolean => kind === "stuck" || kind === "slow";
const tailOf = (outage: Outage): number => (isDelay(outage.kind) ? 2 * tail : tail);
const within = (alarm: ReplayedAlarm, outage: Outage, after: number): boolean =>
  alarm.start >= outage.start && alarm.start <= outage.end + after;
const concerns = (alarm: ReplayedAlarm, outage: Outage): boolean =>
  alarm.type === outage.type || alarm.type === "*" || outage.type === "*";

/** What became of one outage. Minutes; absent where it was not found. */
export type Finding = {
  readonly outage: Outage;
  readonly found: boolean;
  readonly toDetect?: number;
  /** As `toDetect`, from when a careful person could have been sure. */
  readonly lag?: number;
  /** From its end to that of the last alarm about it; before the end it is negative. */
  readonly toRecover?: number;
  /** The alarm ended while the outage went on. */
  readonly premature: boolean;
  /** Alarms about it after the first. */
  readonly reopened: number;
};

export type Judgement = "right" | "false" | "knock-on";

export type Score = {
  readonly days: number;
  readonly judged: readonly {
    readonly alarm: ReplayedAlarm;
    readonly judgement: Judgement;
    readonly outage?: string;
  }[];
  readonly findings: readonly Finding[];
  readonly falsePer30Days: number;
  /** Absent: there was no alarm that was right or false. */
  readonly precision?: number;
};

function findingOf(outage: Outage, alarms: readonly ReplayedAlarm[], end: Instant): Finding {
  const mine = alarms.filter((alarm) => concerns(alarm, outage) && within(alarm, outage, tailOf(outage)));
  const reopened = Math.max(0, mine.length - 1);
  const first = mine.find((alarm) => within(alarm, outage, late));
  if (first === undefined) return { outage, found: false, premature: false, reopened };
  const endOf = (alarm: ReplayedAlarm): Instant => alarm.end ?? end;
  let covered = endOf(first);
  for (const alarm of mine) if (alarm.start <= covered + longestGap) covered = Math.max(covered, endOf(alarm));
  return {
    outage,
    found: true,
    toDetect: (first.start - outage.start) / minute,
    ...(outage.evidence_at !== undefined && { lag: (first.start - outage.evidence_at) / minute }),
    toRecover: (Math.max(...mine.map(endOf)) - outage.end) / minute,
    premature: covered < outage.end - longestGap,
    reopened,
  };
}

/**
 * An alarm that was open already when an outage began has not found it. Alarms and outages before `from` do not count: the
 * detector was learning.
 */
export function score(
  labels: Labels,
  alarms: readonly ReplayedAlarm[],
  span: { readonly from: Instant; readonly to: Instant },
): Score {
  const counted = alarms.filter(({ start }) => start >= span.from).toSorted((a, b) => a.start - b.start);
  const outages = labels.outages.filter(({ start }) => start >= span.from && start <= span.to);
  const judged = counted.map((alarm) => {
    const own = outages.find((outage) => concerns(alarm, outage) && within(alarm, outage, tailOf(outage)));
    if (own !== undefined) return { alarm, judgement: "right" as const, outage: own.id };
    const excused = outages.find((one) => one.affects.includes(alarm.type) && within(alarm, one, tailOf(one)));
    return excused === undefined
      ? { alarm, judgement: "false" as const }
      : { alarm, judgement: "knock-on" as const, outage: excused.id };
  });
  const right = judged.filter(({ judgement }) => judgement === "right").length;
  const wrong = judged.filter(({ judgement }) => judgement === "false").length;
  const days = (span.to - span.from) / day;
  return {
    days,
    judged,
    findings: outages.map((outage) => findingOf(outage, counted, span.to)),
    falsePer30Days: days <= 0 ? 0 : (wrong * 30) / days,
    ...(right + wrong > 0 && { precision: right / (right + wrong) }),
  };
}

/** `values` sorted at `share` of the way, between neighbours by proportion. */
export function quantile(values: readonly number[], share: number): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return low === undefined || high === undefined ? undefined : low + (high - low) * (place - Math.floor(place));
}

/** Those of one kind in a row of a table: how many, how many of them found, and how fast. */
export type Tally = {
  readonly outages: number;
  readonly found: number;
  readonly recall?: number;
  readonly toDetect?: readonly [median: number, p90: number];
  readonly lag?: readonly [median: number, p90: number];
  readonly toRecover?: readonly [median: number, p90: number];
  readonly reopened: number;
};

function pair(values: readonly (number | undefined)[]): readonly [number, number] | undefined {
  const there = values.filter((value) => value !== undefined);
  const [median, p90] = [quantile(there, 0.5), quantile(there, 0.9)];
  return median === undefined || p90 === undefined ? undefined : [median, p90];
}

export function tally(findings: readonly Finding[]): Tally {
  const found = findings.filter((finding) => finding.found);
  const toDetect = pair(found.map((finding) => finding.toDetect));
  const lag = pair(found.map((finding) => finding.lag));
  const toRecover = pair(found.map((finding) => finding.toRecover));
  return {
    outages: findings.length,
    found: found.length,
    ...(findings.length > 0 && { recall: found.length / findings.length }),
    ...(toDetect !== undefined && { toDetect }),
    ...(lag !== undefined && { lag }),
    ...(toRecover !== undefined && { toRecover }),
    reopened: found.reduce((sum, finding) => sum + finding.reopened, 0),
  };
}

/** `partial 60 %`, `total`: under which an outage is counted. */
export function kindOf({ kind, severity }: Outage): string {
  return kind === "partial" && severity !== undefined ? `partial ${Math.round(severity * 100)} %` : kind;
}
