import { sql } from "kysely";
import { expect, test } from "vitest";
import { databases, onEachDatabase } from "../../test/kit/database.ts";
import type { SourceId } from "../config/names.ts";
import type { Db } from "../db/schema.ts";
import { day, hour, minute, second, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { uptimeOf, type Uptime } from "./bucket.ts";
import { emptyHour, grown, type OpenHour } from "./packed.ts";
import { pruneSamples, readBuckets, readHours, rollUp, writeHours } from "./sample-store.ts";
import { partsOf } from "./span.ts";

const t0 = Date.parse("2026-11-22T00:00:00Z");
const source = brand<SourceId>("api-health");
const series = { source, component: undefined };

/** An hour of a probe that looks every 30 s, fails each 50th time, and does not look for the last ten minutes. */
function probed(at: Instant, lookMs = 30 * second, blindMs = 10 * minute): OpenHour {
  let open = emptyHour(at);
  for (let from = at, n = 0; from < at + hour - blindMs; from += lookMs, n++)
    open = grown(open, { from, ms: lookMs, up: n % 50 !== 7, tookMs: 20 + ((n * 37 + at / hour) % 90) });
  return open;
}

async function told(db: Db, from: Instant, to: Instant): Promise<Uptime> {
  const [found] = await readBuckets(db, source, partsOf(from, to));
  return uptimeOf(found?.buckets ?? [], from, to);
}

onEachDatabase("samples", (kind) => {
  test("say the same before and after buckets were made of them, at every step, and twice is as once", async () => {
    await using at = await kind.open();
    const rows = Array.from({ length: 30 }, (_, n) => ({ ...series, open: probed(t0 + n * hour) }));
    await writeHours(at.db, rows);
    const end = t0 + 30 * hour;
    const before = await told(at.db, t0, end);
    expect(before).toEqual({
      upMs: 30 * 98 * 30 * second,
      downMs: 30 * 2 * 30 * second,
      unknownMs: 30 * 10 * minute,
      uptime: 0.98,
      coverage: 50 / 60,
    });
    await at.db.transaction().execute(async (tx) => {
      expect(await rollUp(tx, end - hour, 20)).toEqual({ hours: 20, unreadable: 0 });
      expect(await rollUp(tx, end - hour, 20)).toEqual({ hours: 9, unreadable: 0 });
      expect(await rollUp(tx, end - hour, 20)).toEqual({ hours: 0, unreadable: 0 });
    });
    expect(await told(at.db, t0, end)).toEqual(before);
    await writeHours(at.db, rows.slice(0, 3));
    await at.db.transaction().execute((tx) => rollUp(tx, end, 20));
    expect(await told(at.db, t0, end)).toEqual(before);
    const [all] = await readBuckets(at.db, source, partsOf(t0, end));
    expect(all?.buckets.reduce((sum, { took }) => sum + (took?.count ?? 0), 0)).toBe(30 * 100);
  });

  test("of a span hold what lies in it, to the minute", async () => {
    await using at = await kind.open();
    await writeHours(at.db, [0, 1, 2].map((n) => ({ ...series, open: probed(t0 + n * hour, 30 * second, 0) }))); // prettier-ignore
    await at.db.transaction().execute((tx) => rollUp(tx, t0 + 2 * hour, 20));
    const span = await told(at.db, t0 + 5 * minute, t0 + 2 * hour + 7 * minute);
    expect(span).toMatchObject({ unknownMs: 0, coverage: 1 });
    expect(span.upMs + span.downMs).toBe(2 * hour + 2 * minute);
  });

  test("that cannot be read are unknown, and keep nothing else from being kept", async () => {
    await using at = await kind.open();
    await writeHours(at.db, [0, 1].map((n) => ({ ...series, open: probed(t0 + n * hour) }))); // prettier-ignore
    await at.db
      .updateTable("samples")
      .set({ data: Buffer.from("nonsense") })
      .where("at", "=", t0)
      .execute();
    await at.db.transaction().execute(async (tx) => {
      expect(await rollUp(tx, t0 + day, 20)).toEqual({ hours: 2, unreadable: 1 });
    });
    expect((await told(at.db, t0, t0 + 2 * hour)).coverage).toBeCloseTo(50 / 120);
  });

  test("of an hour that is gone on with are found, of others nothing is", async () => {
    await using at = await kind.open();
    await writeHours(at.db, [{ ...series, open: probed(t0) }]);
    const found = await readHours(at.db, [{ ...series, at: t0 }, { ...series, at: t0 + hour }]); // prettier-ignore
    expect(found.map(({ data }) => data !== undefined)).toEqual([true, false]);
  });

  test("are deleted level by level: the fine ones after days, all after `retention.samples`", async () => {
    await using at = await kind.open();
    await writeHours(at.db, [{ ...series, open: probed(t0) }]);
    await at.db.transaction().execute((tx) => rollUp(tx, t0 + day, 20));
    const levels = async (): Promise<readonly number[]> =>
      (await at.db.selectFrom("samples").select("level").orderBy("level").execute()).map(({ level }) => level);
    const seen: (readonly number[])[] = [];
    for (const days of [1, 3, 20, 400, 500]) {
      await pruneSamples(at.db, t0 + days * day, 400 * day);
      seen.push(await levels());
    }
    expect(seen).toEqual([[0, 1, 2, 3], [1, 2, 3], [2, 3], [2, 3], []]);
  });
});

test("a year of a probe that looks every 30 s takes at most 2 MB on SQLite", { timeout: 60_000 }, async () => {
  const [sqlite] = databases;
  if (sqlite === undefined) throw new Error("no SQLite");
  await using at = await sqlite.open();
  const pages = async (): Promise<number> => {
    const { rows } = await sql<{ bytes: number }>`select sum(pgsize) as bytes from dbstat where name like '%samples%'`.execute(at.db); // prettier-ignore
    return rows[0]?.bytes ?? NaN;
  };
  const empty = await pages();
  const lived = 14;
  for (let n = 0; n < lived; n++)
    await at.db.transaction().execute(async (tx) => {
      await writeHours(tx, Array.from({ length: 24 }, (_, of) => ({ ...series, open: probed(t0 + n * day + of * hour) }))); // prettier-ignore
      await rollUp(tx, t0 + (n + 2) * day, 24);
    });
  const all = await pages();
  await at.db.deleteFrom("samples").where("level", "in", [0, 1]).execute();
  await sql`vacuum`.execute(at.db);
  const coarse = await pages();
  // The fine levels are full after two weeks; the others grow evenly, all the year.
  const year = empty + ((all - coarse) / lived) * 15 + ((coarse - empty) / lived) * 365;
  expect(year).toBeGreaterThan(100_000);
  expect(year).toBeLessThan(2_000_000);
});
