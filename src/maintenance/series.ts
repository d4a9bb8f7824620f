// Maintenance that repeats: what is planned each time, and which of its windows are to be made by now. Pure.
import type { Actor } from "../accounts/actor.ts";
import type { ComponentId } from "../config/names.ts";
import { day, type Instant } from "../lib/clock.ts";
import type { Brand } from "../lib/ids.ts";
import type { Expand } from "../lib/recur.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { zoneName } from "../lib/zones.ts";
import type { Announce } from "./announcing.ts";
import { nextOccurrences, occurrences, sayWall, type Occurrence, type Recurrence } from "./recurrence.ts";
import { sayRule } from "./rule.ts";

export type SeriesId = Brand<"series">;

export type SeriesPlan = {
  readonly title: string;
  /** Untrusted Markdown. */
  readonly text?: string;
  readonly components: readonly ComponentId[];
  /** How long each of them takes. */
  readonly lengthMs: number;
  readonly recurrence: Recurrence;
};

export type Series = SeriesPlan & {
  readonly id: SeriesId;
  readonly number: number;
  /** Counts the changes. */
  readonly version: number;
  readonly by: Actor;
  readonly addedAt: Instant;
  /** Until then its windows have been made. */
  readonly madeUntil: Instant;
  /** No more of them: taken back, or the rule has come to its end. */
  readonly endedAt?: Instant;
};

export type SeriesOrder =
  | { readonly do: "skip"; readonly wall: Instant }
  | { readonly do: "also"; readonly wall: Instant }
  | { readonly do: "end"; readonly text?: string };

/** Windows are made so long before they begin, and sooner where users are told sooner. */
const madeAhead = 35 * day;

export function horizon(now: Instant, announce: Announce): Instant {
  return now + Math.max(madeAhead, Math.max(0, ...announce) + day);
}

/** `every week on Sunday at 02:30 (Prague)`. */
export function sayRecurrence({ rule, zone, start }: Recurrence): string {
  const at = /BYHOUR|BYMINUTE/u.test(rule) ? "" : ` at ${sayWall(start).slice(11)}`;
  return `${sayRule(rule)}${at} (${zoneName(zone) ?? "UTC"})`;
}

/** Of those that are not over by now and have not been made: what is to be made, and at least the next one. */
export function toMake(
  { recurrence, lengthMs }: SeriesPlan,
  made: ReadonlySet<Instant>,
  expand: Expand,
  span: { readonly now: Instant; readonly until: Instant },
): readonly Occurrence[] {
  const after = span.now - lengthMs + 1;
  const soon = occurrences(recurrence, expand, after, span.until);
  const due = soon.length > 0 ? soon : nextOccurrences(recurrence, expand, after, 1);
  return due.filter(({ wall }) => !made.has(wall));
}

/** The recurrence after a change of its dates; whether they fit is `checkRecurrence`'s to say. */
export function withDate(
  recurrence: Recurrence,
  order: SeriesOrder & { readonly wall: Instant },
): Result<Recurrence, string> {
  const { also, except } = recurrence;
  const { wall } = order;
  if (order.do === "skip") {
    if (except.includes(wall)) return failed(`${sayWall(wall)} is left out already`);
    return ok({ ...recurrence, except: [...except, wall].toSorted((a, b) => a - b) });
  }
  // What was left out takes place after all.
  if (except.includes(wall)) return ok({ ...recurrence, except: except.filter((each) => each !== wall) });
  if (also.includes(wall)) return failed(`${sayWall(wall)} is one of its times already`);
  return ok({ ...recurrence, also: [...also, wall].toSorted((a, b) => a - b) });
}
