import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import type { SourceId } from "../config/names.ts";
import { day, hour, minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { keepObserved, pruneObserved, readObserved } from "./observed-store.ts";

const builds = brand<SourceId>("builds");
const other = brand<SourceId>("other");
const t0 = Date.parse("2026-11-22T10:20:00Z");

onEachDatabase("what was seen of jobs", (kind) => {
  test("is kept for each source, to the second, across looks and hours", async () => {
    await using opened = await kind.open();
    const { db } = opened;
    const one = { job: "testing_farm:1", startedAt: t0 - 90 * minute, finishedAt: t0 };
    const two = { job: "testing_farm:2", finishedAt: t0 + 5 * minute };
    const three = { job: "testing_farm:3", finishedAt: t0 + hour };
    for (const seen of [one, two, three])
      await db.transaction().execute((tx) => keepObserved(tx, builds, [seen], seen.finishedAt));
    await db.transaction().execute((tx) => keepObserved(tx, other, [{ ...one, finishedAt: t0 + minute }], t0));
    expect([...(await readObserved(db, builds, t0)).values()]).toEqual([one, two, three]);
    expect((await readObserved(db, other, t0)).get("testing_farm:1")?.finishedAt).toBe(t0 + minute);
    expect([...(await readObserved(db, builds, t0 + 100 * minute)).keys()]).toEqual(["testing_farm:3"]);
  });

  test("goes when it is old, and takes little room until then", async () => {
    await using opened = await kind.open();
    const { db } = opened;
    const seen = Array.from({ length: 1_000 }, (_, n) => ({
      job: `testing_farm:${70_000 + n}`,
      finishedAt: t0 + n * 3_000,
    }));
    await db.transaction().execute((tx) => keepObserved(tx, builds, seen, t0));
    const [row] = await db.selectFrom("observed_times").select("data").execute();
    expect(row?.data.byteLength).toBeLessThan(10 * seen.length);
    expect(await pruneObserved(db, t0 - day)).toBe(0);
    expect(await pruneObserved(db, t0 + day)).toBe(1);
    expect((await readObserved(db, builds, 0)).size).toBe(0);
  });
});
