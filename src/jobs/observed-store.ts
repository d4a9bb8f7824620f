// What was seen of jobs whose table has no times, for backtests: an hour in a row, packed; about eight bytes a job.
import { deflateRawSync, inflateRawSync } from "node:zlib";
import { z } from "zod";
import type { SourceId } from "../config/names.ts";
import type { Reader, Tx } from "../db/schema.ts";
import { hour, second, type Instant } from "../lib/clock.ts";
import type { Observed, ObservedTimes } from "./job-past.ts";

/** Job; its end and its start, in seconds from the hour of the row. */
const Packed = z.array(z.tuple([z.string(), z.number(), z.number().nullable()]));
type Packed = z.infer<typeof Packed>;

/** Of one hour no more is kept: a babysitter that ends a hundred thousand jobs at once tells nothing. */
const mostAnHour = 50_000;

function pack(rows: Packed): Uint8Array {
  return deflateRawSync(JSON.stringify(rows));
}

function unpack(data: Uint8Array): Packed {
  return Packed.parse(JSON.parse(inflateRawSync(data).toString("utf8")));
}

const inHour = (at: Instant, hourAt: Instant): number => Math.round((at - hourAt) / second);

/** In the transaction of the look that saw them. */
export async function keepObserved(tx: Tx, source: SourceId, seen: readonly Observed[], now: Instant): Promise<void> {
  if (seen.length === 0) return;
  const at = Math.floor(now / hour) * hour;
  const row = await tx.selectFrom("observed_times").select("data").where("source", "=", source).where("at", "=", at).executeTakeFirst(); // prettier-ignore
  const before = row === undefined ? [] : unpack(row.data);
  const more = seen.map(({ job, startedAt, finishedAt }): Packed[number] => [
    job,
    inHour(finishedAt, at),
    startedAt === undefined ? null : inHour(startedAt, at),
  ]);
  const data = pack([...before, ...more].slice(0, mostAnHour));
  await tx
    .insertInto("observed_times")
    .values({ source, at, data })
    .onConflict((conflict) => conflict.columns(["source", "at"]).doUpdateSet({ data }))
    .execute();
}

/** What was seen of jobs that were made in a span of time; a job may end long after. */
export async function readObserved(db: Reader, source: SourceId, from: Instant): Promise<ObservedTimes> {
  const rows = await db
    .selectFrom("observed_times")
    .select(["at", "data"])
    .where("source", "=", source)
    .where("at", ">=", from - hour)
    .orderBy("at")
    .execute();
  const times = new Map<string, Observed>();
  for (const { at, data } of rows) {
    for (const [job, finished, started] of unpack(data)) {
      const startedAt = started === null ? {} : { startedAt: at + started * second };
      times.set(job, { job, finishedAt: at + finished * second, ...startedAt });
    }
  }
  return times;
}

const deletedAtOnce = 200;

/** Returns how many rows went; none: there is nothing left to delete. */
export async function pruneObserved(db: Reader, before: Instant): Promise<number> {
  const old = await db.selectFrom("observed_times").select(["source", "at"]).where("at", "<", before).limit(deletedAtOnce).execute(); // prettier-ignore
  for (const { source, at } of old)
    await db.deleteFrom("observed_times").where("source", "=", source).where("at", "=", at).execute();
  return old.length;
}
