// What pings, and their absence, say of a job. Pure.
import { z } from "zod";
import { minute, type Instant } from "../lib/clock.ts";
import type { Ping } from "../monitors/ping.ts";
import { dueAfter, type Rhythm } from "./due.ts";

export const HeartbeatState = z.object({
  version: z.literal(1),
  /** When the config had it first. */
  since: z.number(),
  /** From when on the next ping is awaited. */
  base: z.number(),
  /** The last end of a run, well or not. */
  endedAt: z.number().optional(),
  startedAt: z.number().optional(),
  /** The last look, by and by: a gap shows that nobody listened. */
  lookedAt: z.number(),
  /** Since when each alert fires. */
  firing: z.object({
    silent: z.number().optional(),
    failing: z.number().optional(),
    stuck: z.number().optional(),
  }),
});
export type HeartbeatState = z.output<typeof HeartbeatState>;
type Trouble = keyof HeartbeatState["firing"];
export const troubles: readonly Trouble[] = ["failing", "silent", "stuck"];

export type Terms = { readonly rhythm: Rhythm; readonly graceMs: number; readonly longestRunMs: number };

/** An alert that begins, ends, or is told once more. */
export type Turn = {
  readonly kind: Trouble;
  readonly status: "firing" | "resolved";
  readonly startsAt: Instant;
  readonly at: Instant;
  readonly ping?: Ping;
};

/** A run that ended. */
export type Run = { readonly at: Instant; readonly well: boolean; readonly tookMs?: number };

export type Judged = { readonly state: HeartbeatState; readonly turns: readonly Turn[]; readonly runs: readonly Run[] };

/** The engine looks every few seconds. A longer gap than this, and pings may have come while nobody listened. */
const deafAfter = 2 * minute;
/** So often the time of the last look is written down. */
const noteEvery = minute / 2;

/** What was heard, and then what should have been heard by now. `state` is undefined at the first look. */
export function judgeHeartbeat(
  state: HeartbeatState | undefined,
  pings: readonly Ping[],
  now: Instant,
  terms: Terms,
): Judged {
  const first: HeartbeatState = { version: 1, since: now, base: now, lookedAt: now, firing: {} };
  let judged: Judged = { state: state ?? first, turns: [], runs: [] };
  for (const ping of pings) judged = heard(judged, ping, Math.min(ping.at, now));
  return awaited({ ...judged, state: afterDeafness(judged.state, now, terms) }, now, terms);
}

function heard({ state, turns, runs }: Judged, ping: Ping, at: Instant): Judged {
  if (ping.said === "start") return { state: { ...state, startedAt: at }, turns, runs };
  const { startedAt, firing, ...rest } = state;
  const well = ping.said === "success";
  const took = startedAt === undefined || startedAt > at ? {} : { tookMs: at - startedAt };
  // A failure is a sign of life: what is no longer silent is failing.
  const over = troubles.filter((kind) => firing[kind] !== undefined && (well || kind !== "failing"));
  const ended = over.map((kind): Turn => ({ kind, status: "resolved", startsAt: firing[kind] ?? at, at, ping }));
  const since = firing.failing ?? at;
  const failing: readonly Turn[] = well ? [] : [{ kind: "failing", status: "firing", startsAt: since, at, ping }];
  return {
    state: { ...rest, base: at, endedAt: at, firing: well ? {} : { failing: since } },
    turns: [...turns, ...ended, ...failing],
    runs: [...runs, { at, well, ...took }],
  };
}

/** A ping that was due while nobody listened may have come: the next one is waited for instead. */
function afterDeafness(state: HeartbeatState, now: Instant, { rhythm, graceMs, longestRunMs }: Terms): HeartbeatState {
  const { lookedAt, startedAt, ...rest } = state;
  const running = startedAt === undefined ? {} : { startedAt };
  if (now - lookedAt < deafAfter) {
    const noted = now - lookedAt >= noteEvery || now < lookedAt ? now : lookedAt;
    return { ...rest, ...running, lookedAt: noted };
  }
  const due = dueAfter(rhythm, state.base);
  const mayHavePinged = due - graceMs < now && due + graceMs > lookedAt;
  const mayHaveEnded = startedAt !== undefined && startedAt < now && startedAt + longestRunMs > lookedAt;
  if (mayHaveEnded) return { ...rest, base: now, lookedAt: now };
  return { ...rest, ...running, ...(mayHavePinged ? { base: now } : {}), lookedAt: now };
}

function awaited({ state, turns, runs }: Judged, now: Instant, terms: Terms): Judged {
  const { firing, startedAt } = state;
  const begin = (kind: Trouble, startsAt: Instant): Judged => ({
    state: { ...state, firing: { ...firing, [kind]: startsAt } },
    turns: [...turns, { kind, status: "firing", startsAt, at: now }],
    runs,
  });
  if (startedAt !== undefined) {
    const stuck = now >= startedAt + terms.longestRunMs;
    return stuck && firing.stuck === undefined ? begin("stuck", startedAt) : { state, turns, runs };
  }
  const due = dueAfter(terms.rhythm, state.base);
  const late = now >= due + terms.graceMs;
  return late && firing.silent === undefined ? begin("silent", due) : { state, turns, runs };
}
