// A stream of CI jobs, from a table or a file, watched for jobs that fail together, hang, slow down or do not come.
import { z } from "zod";
import { alertKinds, type Alert, type AlertKind } from "../alerts/alert.ts";
import {
  defineSource,
  type FinishedCount,
  type JobFigures,
  type LookingSource,
  type SourceContext,
} from "../alerts/source.ts";
import { webUrl } from "../config/fields.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { jobDetector, type JobStreams } from "../detection/job-detector.ts";
import { isFinished, type Job } from "../jobs/job.ts";
import type { JobPast, Observed } from "../jobs/job-past.ts";
import type { JobFeed } from "../jobs/job-feed.ts";
import { faultOf, sayWord } from "../jobs/upstream-word.ts";
import { hour, type Instant } from "../lib/clock.ts";
import { parseDuration } from "../lib/duration.ts";
import { brand } from "../lib/ids.ts";
import type { Log } from "../lib/log.ts";
import { failed, reasonOf } from "../lib/result.ts";
import { jobLines, LinesCursor } from "./job-lines.ts";
import { jobQuery, QueryCursor, type QueryFeed } from "./job-query.ts";
import { packitAsk } from "./packit-ask.ts";
import { PackitCursor, packitFeed } from "./packit.ts";
import { postgresDatabase, sqliteDatabase } from "./query-database.ts";
import { numbered } from "./query-text.ts";

/** Of a history that is being read; then the engine has its turn, and asks again. */
const batchesPerLook = 4;

const duration = (least: number) =>
  z.string().transform((text, context) => {
    const ms = parseDuration(text);
    if (ms !== undefined && ms >= least) return ms;
    context.addIssue({ code: "custom", message: `must be a duration such as 1m, at least ${least / 1_000}s` });
    return z.NEVER;
  });

function isPostgres(text: string): boolean {
  return URL.canParse(text) && ["postgres:", "postgresql:"].includes(new URL(text).protocol);
}

const isSqlite = (text: string): boolean => /^sqlite:./u.test(text);

const Id = z.string().min(1);
const ByKind = z.partialRecord(z.enum([...alertKinds, "*"]), Id);

const Config = z
  .strictObject({
    every: duration(1_000).prefault("1m").describe("How often to look. 1m when not written."),
    preset: z.literal("packit").optional().describe("Whose tables to read: packit. Needs `database`."),
    database: z
      .string()
      .refine(
        (text) => isPostgres(text) || isSqlite(text),
        "must be the URL of a PostgreSQL database: postgres://…; or, for a query, sqlite:FILE",
      )
      .optional()
      .describe(
        "URL of the database with the jobs: postgres://…; for a query also sqlite:FILE. A role that may only read is enough.",
      ),
    query: z
      .string()
      .min(1)
      .max(20_000)
      .optional()
      .describe("Instead of a preset: a select that returns jobs and takes :after_id and :open_ids."),
    file: z.string().min(1).optional().describe("A file of JSON lines, one job each, instead of a preset."),
    blind_after: duration(1_000)
      .prefault("10m")
      .describe("How long looking may fail before that is an alert of its own. 10m when not written."),
    component: z
      .union([Id, z.record(z.string(), z.union([Id, ByKind]))])
      .optional()
      .describe(
        "What is not right then: a component; or one for each job type, or for each kind of trouble of a type; `*` is the rest.",
      ),
    ask: z
      .strictObject({
        testing_farm: webUrl().optional().describe("Testing Farm's API: https://api.testing-farm.io/v0.1"),
        copr: webUrl().optional().describe("Copr's API: https://copr.fedorainfracloud.org/api_3"),
      })
      .optional()
      .describe(
        "Whom to ask about red tests, and about a few jobs before they are called stuck. Nobody when not written.",
      ),
    after: z
      .record(z.string(), z.string())
      .optional()
      .describe(
        "Which job type follows which: testing_farm: copr_build. Then it is noticed when nothing follows, and trouble above is not told twice.",
      ),
    false_alarms: z
      .number()
      .min(0.01)
      .max(100)
      .optional()
      .describe(
        "How many false alarms of each job type are tolerable in a month: fewer makes alarms later. 1 when not written.",
      ),
  })
  .superRefine((config, context) => {
    const wrong = (message: string, path: string): void => context.addIssue({ code: "custom", message, path: [path] });
    const { preset, query, database, file } = config;
    const [first, ...others] = (["preset", "query", "file"] as const).filter((key) => config[key] !== undefined);
    if (first === undefined) wrong("needs a `preset`, a `query` or a `file`", "preset");
    for (const other of others) wrong(`stands beside a \`${first}\`: one of them only`, other);
    if (database === undefined && (preset ?? query) !== undefined) wrong(`is needed by the ${first ?? ""}`, "database");
    if (database !== undefined && file === undefined && first === undefined)
      wrong("needs a `preset` that says whose tables it has, or a `query`", "database");
    if (config.ask !== undefined && preset === undefined) wrong("is of the preset packit only", "ask");
    if (database !== undefined && file !== undefined && others.length === 0)
      wrong("stands beside a `file`: one of them only", "database");
    if (database !== undefined && preset !== undefined && !isPostgres(database))
      wrong("must be the URL of a PostgreSQL database: postgres://…", "database");
    if (database === undefined || query === undefined) return;
    const text = numbered(query, isPostgres(database) ? "postgres" : "sqlite");
    if (!text.ok) wrong(text.error, "query");
  });
type Config = z.output<typeof Config>;

type Named = { readonly component: string; readonly path: readonly (string | number)[] };

function namesIn({ component }: Config): readonly Named[] {
  if (component === undefined) return [];
  if (typeof component === "string") return [{ component, path: ["component"] }];
  return Object.entries(component).flatMap(([type, entry]): readonly Named[] => {
    if (typeof entry === "string") return [{ component: entry, path: ["component", type] }];
    return Object.entries(entry).map(([kind, name]) => ({ component: name, path: ["component", type, kind] }));
  });
}

/** The nearest word: of this type and kind, of this type, of all types. */
function componentFor({ component }: Config, type: string, kind: AlertKind): ComponentId | undefined {
  if (component === undefined) return undefined;
  if (typeof component === "string") return brand(component);
  for (const key of [type, "*"]) {
    const entry = Object.hasOwn(component, key) ? component[key] : undefined;
    const name = typeof entry === "string" ? entry : (entry?.[kind] ?? entry?.["*"]);
    if (name !== undefined) return brand(name);
  }
  return undefined;
}

/** What stands for all other types names none. */
function runsOn(config: Config): Readonly<Record<string, readonly ComponentId[]>> {
  const named = namesIn(config).filter(({ path: [, type] }) => typeof type === "string" && type !== "*");
  const byType = Map.groupBy(named, ({ path: [, type] }) => String(type));
  return Object.fromEntries(
    [...byType].map(([type, names]) => [
      type,
      [...new Set(names.map(({ component }): ComponentId => brand(component)))],
    ]),
  );
}

/** A feed whose cursor is checked where it comes in, so that feeds of any cursor look alike. */
type Told = Pick<JobPast, "history">;
type AnyFeed = JobFeed<unknown> & Told & { readonly isCursor: (value: unknown) => boolean };

function anyFeed<Cursor>(feed: JobFeed<Cursor> & Told, Cursor: z.ZodType<Cursor>): AnyFeed {
  return {
    ...(feed.history === undefined ? {} : { history: feed.history }),
    isCursor: (value) => Cursor.safeParse(value).success,
    read: (after, now, signal) => feed.read(after === undefined ? undefined : Cursor.parse(after), now, signal),
    ...(feed.open === undefined ? {} : { open: (cursor) => feed.open?.(Cursor.parse(cursor)) ?? [] }),
    ask: async (cursor, type, now, signal) => feed.ask?.(Cursor.parse(cursor), type, now, signal),
    check: (now, signal) => feed.check(now, signal),
    close: async () => feed.close?.(),
  };
}

function queryOf(config: Config, log: Log): QueryFeed | undefined {
  const { database, query } = config;
  if (database === undefined || query === undefined) return undefined;
  const source = isPostgres(database) ? postgresDatabase(database) : sqliteDatabase(database.slice("sqlite:".length));
  const text = numbered(query, source.dialect);
  return text.ok ? jobQuery(source, text.value, log) : undefined;
}

function feedOf(config: Config, log: Log): AnyFeed {
  const asked = queryOf(config, log);
  if (asked !== undefined) return anyFeed(asked, QueryCursor);
  return config.database === undefined
    ? anyFeed(jobLines(config.file ?? "", log), LinesCursor)
    : anyFeed(packitFeed(config.database, log, packitAsk(config.ask ?? {})), PackitCursor);
}

type State = {
  readonly cursor: unknown;
  readonly streams: JobStreams;
  /** The history has been read: what ends from now on is counted. */
  readonly live: boolean;
  /** When the last look was that counted. */
  readonly countedAt?: Instant | undefined;
  /** The first types that were seen. */
  readonly types?: readonly string[] | undefined;
};
const Saved = z.object({
  version: z.literal(1),
  cursor: z.unknown(),
  live: z.boolean(),
  countedAt: z.number().optional(),
  types: z.array(z.string()).optional(),
});
const newline = 10;

/** A file that is written anew brings all its jobs again: what ended so long before the last look was counted then. */
const latest = hour;
const remembered = 20_000;
const mostTypes = 50;

type Count = (changed: readonly Job[], countedAt: Instant | undefined, counts: Map<string, FinishedCount>) => void;

/** Counts each job once, as far as memory goes. */
function finishedCounter(): Count {
  let [young, old] = [new Set<string>(), new Set<string>()];
  return (changed, countedAt, counts) => {
    for (const job of changed) {
      const name = `${job.type} ${job.id}`;
      const late = countedAt !== undefined && (job.finishedAt ?? countedAt) < countedAt - latest;
      if (!isFinished(job) || late || young.has(name) || old.has(name)) continue;
      if (young.size >= remembered) [young, old] = [new Set(), young];
      young.add(name);
      const key = `${job.type} ${job.status}`;
      counts.set(key, { type: job.type, result: job.status, count: (counts.get(key)?.count ?? 0) + 1 });
    }
  };
}

function figures(
  feed: AnyFeed,
  cursor: unknown,
  types: readonly string[],
  ended: readonly Job[],
  now: Instant,
): JobFigures {
  const lagsMs = ended.flatMap((job) =>
    job.finishedAtIs === "reported" && job.finishedAt !== undefined ? [Math.max(0, now - job.finishedAt)] : [],
  );
  if (feed.open === undefined) return { types, lagsMs };
  const kinds = Map.groupBy(feed.open(cursor), ({ type, status }) => `${status} ${type}`);
  const open = [...kinds.values()].flatMap((same) =>
    same[0] === undefined ? [] : [{ ...same[0], count: same.length }],
  );
  return { open, types, lagsMs };
}

/**
 * What hangs is told with what the upstream says of a few such jobs. It may not answer: then that is said, and the alarm
 * is raised all the same.
 */
async function withWord(
  feed: AnyFeed,
  alert: Alert,
  cursor: unknown,
  now: Instant,
  signal: AbortSignal,
): Promise<Alert> {
  const type = alert.labels["type"];
  if (alert.status !== "firing" || (alert.kind !== "stuck" && alert.kind !== "slow") || type === undefined)
    return alert;
  const word = await feed.ask?.(cursor, type, now, signal);
  if (word === undefined) return alert;
  const fault = faultOf(word);
  const labels = fault === "unknown" ? alert.labels : { ...alert.labels, fault: fault === "ours" ? fault : word.name };
  return { ...alert, summary: `${alert.summary}; ${sayWord(word)}`, labels };
}

/** Whose end the table does not tell. */
function observedIn(ended: readonly Job[]): readonly Observed[] {
  return ended.flatMap(({ id, startedAt, finishedAt, finishedAtIs }) =>
    finishedAtIs !== "observed" || finishedAt === undefined
      ? []
      : [{ job: id, finishedAt, ...(startedAt !== undefined && { startedAt }) }],
  );
}

function make(
  { id, config }: { readonly id: SourceId; readonly config: Config },
  context: SourceContext,
): LookingSource<State> {
  const log = context.log.child({ source: id });
  const feed = feedOf(config, log);
  const count = finishedCounter();
  const detector = jobDetector(id, {
    ...(config.after !== undefined && { after: config.after }),
    ...(config.false_alarms !== undefined && { falseAlarms: config.false_alarms }),
  });
  const placed = (alert: Alert): Alert => {
    const component = componentFor(config, alert.labels["type"] ?? "*", alert.kind);
    return component === undefined ? alert : { ...alert, component };
  };
  const components = [...new Set(namesIn(config).map((name): ComponentId => brand(name.component)))];

  return {
    kind: "looking",
    everyMs: config.every,
    learns: true,
    blindAfterMs: config.blind_after,
    components,
    runsOn: runsOn(config),
    // Two lines: what is ours, and what is the detector's.
    save: (state) => {
      const saved: z.input<typeof Saved> = {
        version: 1,
        cursor: state.cursor,
        live: state.live,
        countedAt: state.countedAt,
        types: [...(state.types ?? [])],
      };
      return Buffer.concat([Buffer.from(`${JSON.stringify(saved)}\n`), detector.save(state.streams)]);
    },
    load: (bytes) => {
      try {
        const end = bytes.indexOf(newline);
        const saved = Saved.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(0, Math.max(0, end)))));
        const streams = detector.load(bytes.subarray(end + 1));
        if (streams !== undefined && feed.isCursor(saved.cursor)) return { ...saved, streams };
      } catch {
        // told below
      }
      log.warn("what was known of the jobs cannot be read by this version: learning anew");
      return undefined;
    },
    reach: (signal) => feed.check(context.clock.now(), signal).catch((thrown: unknown) => failed(reasonOf(thrown))),
    look: async ({ now, state, feedback }, signal) => {
      let {
        cursor,
        streams,
        live,
        countedAt,
        types = [],
      } = state ?? {
        cursor: undefined,
        streams: detector.start(),
        live: false,
        countedAt: undefined,
        types: [],
      };
      const finished = new Map<string, FinishedCount>();
      const ended: Job[] = [];
      for (let batch = 1; ; batch++) {
        const { changed, next, complete } = await feed.read(cursor, now, signal);
        cursor = next;
        types = [...new Set([...types, ...changed.map(({ type }) => type)])].slice(0, mostTypes);
        if (live) {
          count(changed, countedAt, finished);
          ended.push(...changed.filter(isFinished));
        }
        if (complete) {
          const step = detector.step(streams, changed, now, feedback);
          const after = { cursor, streams: step.state, live: true, countedAt: now, types };
          const jobs = figures(feed, cursor, types, ended, now);
          const observed = observedIn(ended);
          return {
            alerts: await Promise.all(
              step.alerts.map(async (alert) => placed(await withWord(feed, alert, cursor, now, signal))),
            ),
            state: after,
            samples: [],
            finished: [...finished.values()],
            jobs,
            observed,
          };
        }
        // Half of a history shows outages that the other half ends: nothing is said before all of it is known.
        streams = detector.learn(streams, changed, now);
        if (batch === batchesPerLook) {
          const after = { cursor, streams, live, countedAt, types };
          return { alerts: [], state: after, samples: [], finished: [...finished.values()], again: true };
        }
      }
    },
    past: {
      after: config.after ?? {},
      ...(config.file !== undefined && { file: config.file }),
      ...(feed.history !== undefined && { history: feed.history }),
    },
    close: async () => feed.close?.(),
  };
}

export const jobs = defineSource(Config, namesIn, make, "failed_jobs");
