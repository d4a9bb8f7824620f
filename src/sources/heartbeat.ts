// Waits for the pings of somebody else's job: a backup, a cron job, a consumer of a queue. Silence is the news.
import { z } from "zod";
import { jsonState } from "../alerts/json-state.ts";
import { alertKey, type Alert } from "../alerts/alert.ts";
import { defineSource } from "../alerts/source.ts";
import { duration, idOf, timeZone } from "../config/fields.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { isoSeconds, minute, second, type Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { failed, ok } from "../lib/result.ts";
import { sameSecret } from "../lib/signature.ts";
import { oneLine } from "../lib/text.ts";
import type { Ping } from "../monitors/ping.ts";
import { cronRhythm, dueAfter, type Rhythm } from "./due.ts";
import { HeartbeatState, judgeHeartbeat, type Terms, type Turn } from "./heartbeat-state.ts";

/** How soon after it came a ping is understood. */
const lookEvery = 5 * second;

const Config = z
  .strictObject({
    component: idOf<ComponentId>().optional().describe("The component that is not right when the job is not."),
    every: duration(minute).optional().describe("How often it pings at least: 1d. Or a `schedule`."),
    schedule: z
      .string()
      .max(200)
      .optional()
      .describe('Instead of `every`: when it should run, as in a crontab: "30 2 * * *".'),
    time_zone: timeZone().default("UTC").describe("The zone of the schedule; UTC when not written."),
    grace: duration(second).prefault("5m").describe("How late a ping may be. 5m when not written."),
    longest_run: duration(second)
      .optional()
      .describe("How long after a `/start` the end may come; as long as `grace` when not written."),
    token: z
      .string()
      .regex(/^[\w.~-]+$/u, "a token is made of letters, figures, - _ . and ~: it stands in an address")
      .min(16, "a token has at least 16 characters")
      .max(100, "a token has at most 100 characters")
      .describe("The last part of the address that the job pings: /ping/ID/TOKEN."),
    post_only: z
      .boolean()
      .default(false)
      .describe("Count POST alone, for an address that stands where programs fetch what they see."),
  })
  .superRefine(({ every, schedule, time_zone: zone }, check) => {
    const wrong = (message: string, key: string): void =>
      check.addIssue({ code: "custom", message, path: [key], input: undefined });
    if (every === undefined && schedule === undefined) wrong("needs `every` or a `schedule`", "every");
    if (every !== undefined && schedule !== undefined) wrong("stands beside `every`: one of them only", "schedule");
    const rhythm = schedule === undefined ? undefined : cronRhythm(schedule, zone);
    if (rhythm?.ok === false) wrong(rhythm.error, "schedule");
  });
type Config = z.output<typeof Config>;

function rhythmOf({ every, schedule, time_zone: zone }: Config): Rhythm {
  const cron = schedule === undefined ? undefined : cronRhythm(schedule, zone);
  return cron?.ok === true ? cron.value : { everyMs: every ?? Infinity };
}

/** Of a log, the line that most likely says why. */
function lastLine(log: string): string {
  const line = log.trimEnd().split("\n").at(-1) ?? "";
  return line === "" ? "" : `: ${oneLine(line, 200)}`;
}

function ending(ping: Ping | undefined): string {
  const code = ping?.exitCode === undefined ? "" : ` with exit code ${ping.exitCode}`;
  return `${code}${lastLine(ping?.log ?? "")}`;
}

function sentence(id: SourceId, { kind, status, startsAt, at, ping }: Turn, before: HeartbeatState): string {
  if (status === "resolved") return kind === "failing" ? `${id} ended well again` : `${id} pings again`;
  if (kind === "failing") return `${id} failed${ending(ping)}`;
  const late = sayDuration(at - startsAt);
  if (kind === "stuck") return `${id} started at ${isoSeconds(startsAt)} and has not ended for ${late}`;
  const last = before.endedAt === undefined ? "it has never pinged" : `the last was at ${isoSeconds(before.endedAt)}`;
  return `${id} has not pinged: due at ${isoSeconds(startsAt)}, ${late} ago; ${last}`;
}

function toAlert(id: SourceId, config: Config, turn: Turn, state: HeartbeatState, now: Instant): Alert {
  const startsAt = Math.min(turn.startsAt, turn.at);
  return {
    key: alertKey(id, turn.kind),
    kind: turn.kind,
    status: turn.status,
    severity: "warning",
    ...(config.component === undefined ? {} : { component: config.component }),
    summary: oneLine(sentence(id, turn, state), 500),
    labels: turn.ping?.exitCode === undefined ? {} : { exit_code: String(turn.ping.exitCode) },
    startsAt,
    ...(turn.status === "resolved" ? { endsAt: turn.at } : {}),
    observedAt: now,
  };
}

export const heartbeat = defineSource<typeof Config, HeartbeatState>(
  Config,
  (config) => (config.component === undefined ? [] : [{ component: config.component, path: ["component"] }]),
  ({ id, config }, { clock }) => {
    const rhythm = rhythmOf(config);
    const terms: Terms = { rhythm, graceMs: config.grace, longestRunMs: config.longest_run ?? config.grace };
    return {
      kind: "looking",
      everyMs: lookEvery,
      blindAfterMs: 10 * minute,
      components: config.component === undefined ? [] : [config.component],
      hears: { verify: (token) => sameSecret(token, config.token), postOnly: config.post_only },
      ...jsonState(HeartbeatState),
      async reach() {
        const due = dueAfter(rhythm, clock.now());
        const words = `waits at /ping/${id}/…; one that pings now is due again by ${isoSeconds(due + config.grace)}`;
        return Number.isFinite(due) ? ok(words) : failed("its schedule never comes");
      },
      async look({ now, state, pings = [] }, signal) {
        signal.throwIfAborted();
        const judged = judgeHeartbeat(state, pings, now, terms);
        const { state: after, turns, runs } = judged;
        const about = config.component === undefined ? {} : { component: config.component };
        const ended = runs.map(({ at, well, tookMs }) => ({
          ...about,
          at,
          up: well,
          ...(tookMs === undefined ? {} : { tookMs }),
        }));
        // Before the first ping nobody knows whether the job is well.
        const known = after.endedAt !== undefined || after.firing.silent !== undefined;
        const up = Object.values(after.firing).every((since) => since === undefined);
        return {
          alerts: turns.map((turn) => toAlert(id, config, turn, after, now)),
          state: after,
          samples: known ? [...ended, { ...about, at: now, up }] : ended,
        };
      },
    };
  },
  "run_time",
);
