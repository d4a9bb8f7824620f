// Samples in the database: the newest as they were seen, and all of them as buckets of a minute, an hour and a day.
import { sql } from "kysely";
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Reader, Tx } from "../db/schema.ts";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { bucketsOf, coarsen } from "./bucket.ts";
import { packBuckets, packHour, unpackBuckets, unpackHour } from "./packed.ts";
import type { Part } from "./span.ts";
import type { HourRow, KeptHour } from "./sample-buffer.ts";
import type { Bucket, Series, Stretch } from "./sample.ts";

/** A level keeps buckets of `stepMs`, those of `rowMs` in one row. Each is kept for so long, but none longer than the config says. */
type Level = { readonly level: number; readonly stepMs: number; readonly rowMs: number; readonly keptMs: number };

const raw = { level: 0, rowMs: hour, keptMs: 26 * hour };
const minutes: Level = { level: 1, stepMs: minute, rowMs: hour, keptMs: 14 * day };
const hours: Level = { level: 2, stepMs: hour, rowMs: 7 * day, keptMs: Infinity };
const days: Level = { level: 3, stepMs: day, rowMs: 64 * day, keptMs: Infinity };

/** From the finest to the coarsest. */
const levels: readonly Level[] = [minutes, hours, days];

const named = (component: ComponentId | undefined): string => component ?? "";
const seriesOf = (row: { readonly source: string; readonly component: string }): Series => ({
  source: brand<SourceId>(row.source),
  component: row.component === "" ? undefined : brand<ComponentId>(row.component),
});
const rowStart = (at: Instant, { rowMs }: { readonly rowMs: number }): Instant => Math.floor(at / rowMs) * rowMs;

type NewRow = Series & {
  readonly level: number;
  readonly at: Instant;
  readonly data: Uint8Array;
  readonly rolled: boolean;
};

async function put(db: Reader, rows: readonly NewRow[]): Promise<void> {
  if (rows.length === 0) return;
  await db
    .insertInto("samples")
    .values(
      rows.map(({ source, component, level, at, data, rolled }) => ({
        source,
        component: named(component),
        level,
        at,
        data,
        rolled: rolled ? 1 : 0,
      })),
    ) // prettier-ignore
    .onConflict((conflict) =>
      conflict
        .columns(["source", "component", "level", "at"])
        .doUpdateSet((is) => ({ data: is.ref("excluded.data"), rolled: is.ref("excluded.rolled") })),
    )
    .execute();
}

/** Hours as they are in memory; whatever stood there is replaced. */
export async function writeHours(db: Reader, rows: readonly HourRow[]): Promise<void> {
  await put(
    db,
    rows.map(({ source, component, open }) => ({
      source,
      component,
      level: raw.level,
      at: open.at,
      data: packHour(open),
      rolled: false,
    })),
  );
}

/** What is there of these hours. */
export async function readHours(db: Reader, asked: readonly KeptHour[]): Promise<readonly KeptHour[]> {
  if (asked.length === 0) return [];
  const rows = await db
    .selectFrom("samples")
    .select(["source", "component", "at", "data"])
    .where("level", "=", raw.level)
    .where("source", "in", [...new Set(asked.map(({ source }) => source))])
    .where("at", "in", [...new Set(asked.map(({ at }) => at))])
    .execute();
  const found = new Map(rows.map((row) => [`${row.source} ${row.component} ${row.at}`, row.data]));
  return asked.map((one) => {
    const data = found.get(`${one.source} ${named(one.component)} ${one.at}`);
    return data === undefined ? one : { ...one, data };
  });
}

export type RolledUp = { readonly hours: number; readonly unreadable: number };

/**
 * Makes buckets of hours that ended before `before`, which nobody writes to any more. What was made of an hour earlier is
 * replaced: it may be done twice.
 */
export async function rollUp(tx: Tx, before: Instant, most: number): Promise<RolledUp> {
  const ripe = await tx
    .selectFrom("samples")
    .select(["source", "component", "level", "at", "data"])
    .where("rolled", "=", sql.lit(0))
    .where("at", "<=", before - hour)
    .orderBy("at")
    .limit(most)
    .execute();
  let unreadable = 0;
  for (const row of ripe) {
    const stretches = tried(() => unpackHour(row.data, row.at));
    if (stretches === undefined) unreadable += 1;
    else await rollHour(tx, seriesOf(row), row.at, stretches);
    await tx
      .updateTable("samples")
      .set({ rolled: 1 })
      .where("source", "=", row.source)
      .where("component", "=", row.component)
      .where("level", "=", row.level)
      .where("at", "=", row.at)
      .execute();
  }
  return { hours: ripe.length, unreadable };
}

function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

async function rollHour(tx: Tx, series: Series, at: Instant, stretches: readonly Stretch[]): Promise<void> {
  const fine = bucketsOf(stretches, minutes.stepMs);
  await put(tx, [{ ...series, level: minutes.level, at, data: packBuckets(fine, at), rolled: true }]);
  const ofHours = await replace(tx, series, hours, coarsen(fine, hours.stepMs));
  const today = rowStart(at, { rowMs: day });
  const ofToday = ofHours.filter((bucket) => rowStart(bucket.at, { rowMs: day }) === today);
  await replace(tx, series, days, coarsen(ofToday, days.stepMs));
}

/** Puts buckets in the place of those of the same time; returns all of their row. */
async function replace(tx: Tx, series: Series, level: Level, buckets: readonly Bucket[]): Promise<readonly Bucket[]> {
  const [first] = buckets;
  if (first === undefined) return [];
  const at = rowStart(first.at, level);
  const row = await tx
    .selectFrom("samples")
    .select("data")
    .where("source", "=", series.source)
    .where("component", "=", named(series.component))
    .where("level", "=", level.level)
    .where("at", "=", at)
    .executeTakeFirst();
  const others = row === undefined ? [] : unpackBuckets(row.data, at, level.stepMs);
  const fresh = new Set(buckets.map((bucket) => bucket.at));
  const merged = [...others.filter((bucket) => !fresh.has(bucket.at)), ...buckets].toSorted((a, b) => a.at - b.at);
  await put(tx, [{ ...series, level: level.level, at, data: packBuckets(merged, at), rolled: true }]);
  return merged;
}

/** Buckets of these spans, each at its step; and of what was seen last, in minutes. For each series, in no order. */
export async function readBuckets(
  db: Reader,
  source: SourceId,
  parts: readonly Part[],
): Promise<readonly (Series & { readonly buckets: readonly Bucket[] })[]> {
  const rows = await db
    .selectFrom("samples")
    .select(["source", "component", "level", "at", "data"])
    .where("source", "=", source)
    .where((is) =>
      is.or([
        is.and([is("level", "=", raw.level), is("rolled", "=", sql.lit(0))]),
        ...parts.flatMap(({ stepMs, from, to }) => {
          const level = levels.find((each) => each.stepMs === stepMs);
          return level === undefined
            ? []
            : [is.and([is("level", "=", level.level), is("at", ">=", rowStart(from, level)), is("at", "<", to)])];
        }),
      ]),
    )
    .execute();
  const bySeries = Map.groupBy(rows, ({ component }) => component);
  return [...bySeries].map(([component, own]) => ({
    ...seriesOf({ source, component }),
    buckets: own.flatMap((row) => bucketsIn(row, parts)),
  }));
}

function bucketsIn(
  row: { readonly level: number; readonly at: Instant; readonly data: Uint8Array },
  parts: readonly Part[],
): readonly Bucket[] {
  const level = levels.find((each) => each.level === row.level);
  const isAsked = (bucket: Bucket): boolean =>
    parts.some(({ stepMs, from, to }) => (level === undefined || stepMs === level.stepMs) && bucket.at >= from && bucket.at < to); // prettier-ignore
  const buckets =
    level === undefined
      ? bucketsOf(unpackHour(row.data, row.at), minute)
      : unpackBuckets(row.data, row.at, level.stepMs);
  return buckets.filter(isAsked);
}

const pruneStep = 500;

/** Deletes a few rows that are older than their level is kept, or than `keptMs`; how many. */
export async function pruneSamples(db: Reader, now: Instant, keptMs: number): Promise<number> {
  let deleted = 0;
  for (const { level, rowMs, keptMs: ofLevel } of [raw, ...levels]) {
    const before = now - Math.min(ofLevel, keptMs) - rowMs;
    const old = await db
      .selectFrom("samples")
      .select(["source", "component", "at"])
      .where("level", "=", level)
      .where("at", "<", before)
      .where("rolled", "=", 1)
      .limit(pruneStep)
      .execute();
    for (const { source, component, at } of old)
      await db
        .deleteFrom("samples")
        .where("source", "=", source)
        .where("component", "=", component)
        .where("level", "=", level)
        .where("at", "=", at)
        .execute();
    deleted += old.length;
  }
  return deleted;
}

/** So long the finest buckets are kept. */
export const minutesKept = minutes.keptMs;
