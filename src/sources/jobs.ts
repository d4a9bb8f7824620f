// A stream of CI jobs, from a table or a file, watched for jobs that fail together.
import { z } from "zod";
import { alertKinds, type Alert, type AlertKind } from "../alerts/alert.ts";
import { defineSource, type FinishedCount, type LookingSource, type SourceContext } from "../alerts/source.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { failing } from "../detection/failing.ts";
import type { Streams } from "../detection/stream.ts";
import { isFinished, type Job } from "../jobs/job.ts";
import type { JobFeed } from "../jobs/job-feed.ts";
import { parseDuration } from "../lib/duration.ts";
import { brand } from "../lib/ids.ts";
import { jobLines, LinesCursor } from "./job-lines.ts";
import { PackitCursor, packitFeed } from "./packit.ts";

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

const Id = z.string().min(1);
const ByKind = z.partialRecord(z.enum([...alertKinds, "*"]), Id);

const Config = z
  .strictObject({
    every: duration(1_000).prefault("1m").describe("How often to look. 1m when not written."),
    preset: z.literal("packit").optional().describe("Whose tables to read: packit. Needs `database`."),
    database: z
      .string()
      .refine(isPostgres, "must be the URL of a PostgreSQL database: postgres://…")
      .optional()
      .describe("URL of the database with the jobs. A role that may only read is enough."),
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
    after: z
      .record(z.string(), z.string())
      .optional()
      .describe("Which job type follows which: testing_farm: copr_build. For detectors of jobs that never appear."),
  })
  .superRefine((config, context) => {
    const wrong = (message: string, path: string): void => context.addIssue({ code: "custom", message, path: [path] });
    if (config.preset === undefined && config.file === undefined) wrong("needs a `preset` or a `file`", "preset");
    if (config.preset !== undefined && config.file !== undefined)
      wrong("stands beside a `preset`: one of them only", "file");
    if (config.preset !== undefined && config.database === undefined) wrong("is needed by the preset", "database");
    if (config.preset === undefined && config.database !== undefined)
      wrong("needs a `preset` that says whose tables it has", "database");
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

/** A feed whose cursor is checked where it comes in, so that feeds of any cursor look alike. */
type AnyFeed = JobFeed<unknown> & { readonly isCursor: (value: unknown) => boolean };

function anyFeed<Cursor>(feed: JobFeed<Cursor>, Cursor: z.ZodType<Cursor>): AnyFeed {
  return {
    isCursor: (value) => Cursor.safeParse(value).success,
    read: (after, now, signal) => feed.read(after === undefined ? undefined : Cursor.parse(after), now, signal),
    close: async () => feed.close?.(),
  };
}

type State = {
  readonly cursor: unknown;
  readonly streams: Streams;
  /** The history has been read: what ends from now on is counted. */
  readonly live: boolean;
};
const Saved = z.object({ version: z.literal(1), cursor: z.unknown(), live: z.boolean() });
const newline = 10;

function counted(changed: readonly Job[], counts: Map<string, FinishedCount>): void {
  for (const job of changed) {
    if (!isFinished(job)) continue;
    const key = `${job.type} ${job.status}`;
    counts.set(key, { type: job.type, result: job.status, count: (counts.get(key)?.count ?? 0) + 1 });
  }
}

function make(
  { id, config }: { readonly id: SourceId; readonly config: Config },
  context: SourceContext,
): LookingSource<State> {
  const log = context.log.child({ source: id });
  const feed =
    config.database === undefined
      ? anyFeed(jobLines(config.file ?? "", log), LinesCursor)
      : anyFeed(packitFeed(config.database, log), PackitCursor);
  const detector = failing(id);
  const placed = (alert: Alert): Alert => {
    const component = componentFor(config, alert.labels["type"] ?? "*", alert.kind);
    return component === undefined ? alert : { ...alert, component };
  };
  const components = [...new Set(namesIn(config).map((name): ComponentId => brand(name.component)))];

  return {
    kind: "looking",
    everyMs: config.every,
    blindAfterMs: config.blind_after,
    components,
    // Two lines: what is ours, and what is the detector's.
    save: (state) => {
      const saved: z.input<typeof Saved> = { version: 1, cursor: state.cursor, live: state.live };
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
    look: async ({ now, state, feedback }, signal) => {
      let { cursor, streams, live } = state ?? { cursor: undefined, streams: detector.start(), live: false };
      const finished = new Map<string, FinishedCount>();
      for (let batch = 1; ; batch++) {
        const { changed, next, complete } = await feed.read(cursor, now, signal);
        cursor = next;
        if (live) counted(changed, finished);
        if (complete) {
          const step = detector.step(streams, changed, now, feedback);
          const after = { cursor, streams: step.state, live: true };
          return { alerts: step.alerts.map(placed), state: after, samples: [], finished: [...finished.values()] };
        }
        // Half of a history shows outages that the other half ends: nothing is said before all of it is known.
        streams = detector.learn(streams, changed, now);
        if (batch === batchesPerLook) {
          const after = { cursor, streams, live };
          return { alerts: [], state: after, samples: [], finished: [...finished.values()], again: true };
        }
      }
    },
    close: async () => feed.close?.(),
  };
}

export const jobs = defineSource(Config, namesIn, make);
