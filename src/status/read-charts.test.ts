import { expect, test } from "vitest";
import type { ComponentId, SourceId } from "../config/names.ts";
import { day, hour, minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { makeSampleBuffer } from "../monitors/sample-buffer.ts";
import { rollUp, writeHours } from "../monitors/sample-store.ts";
import type { Sample } from "../monitors/sample.ts";
import type { Db } from "../db/schema.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { api, copr, t0 } from "../../test/kit/incidents.ts";
import { chartSpan } from "./chart-points.ts";
import { readCharts } from "./read-charts.ts";

const [probe, builds] = [brand<SourceId>("probe"), brand<SourceId>("builds")];
const { to } = chartSpan(t0);

async function saw(db: Db, source: SourceId, samples: readonly Sample[]): Promise<void> {
  const buffer = makeSampleBuffer();
  for (const sample of samples) buffer.saw({ source, endedAt: sample.at, everyMs: minute, samples: [sample] });
  buffer.read(buffer.unread(100));
  await writeHours(db, buffer.due(t0, 100, true));
}

const asked = (id: ComponentId, source: SourceId, shows: "response_time" | "failed_jobs") => ({
  id,
  charts: [{ source, shows }],
});

onEachDatabase("charts", (database) => {
  test("show the median of each half hour, of the component itself, rolled up or not, and no older than a day", async () => {
    await using at = await database.open();
    const took = (when: number, tookMs: number, component = copr): Sample => ({
      at: when,
      up: true,
      tookMs,
      component,
    });
    await saw(at.db, probe, [took(to - 26 * hour, 9_000), took(to - 20 * hour, 100), took(to - 20 * hour, 5, api), took(to - 10 * minute, 300)]); // prettier-ignore
    await at.db.transaction().execute((tx) => rollUp(tx, to - 2 * hour, 100));
    const found = await readCharts(at.db, [asked(copr, probe, "response_time"), { id: api }], t0);
    expect(found?.to).toBe(to);
    expect(found && to - found.from).toBe(day);
    expect([...(found?.of.keys() ?? [])]).toEqual([copr]);
    const points = found?.of.get(copr)?.[0]?.points ?? [];
    expect(points.map((one) => one.at)).toEqual([to - 20 * hour, to - 30 * minute]);
    expect(points[0]?.value).toBeGreaterThan(80);
    expect(points[0]?.value).toBeLessThan(120);
  });

  test("show the share of the jobs that failed, of a source about no component in particular", async () => {
    await using at = await database.open();
    const ended = (when: number, finished: number, failed: number): Sample => ({
      at: when,
      up: true,
      jobs: { finished, failed },
    });
    await saw(at.db, builds, [
      ended(to - hour, 30, 10),
      ended(to - 40 * minute, 10, 10),
      ended(to - 20 * minute, 0, 0),
    ]);
    const found = await readCharts(at.db, [asked(api, builds, "failed_jobs")], t0);
    expect(found?.of.get(api)?.[0]?.points).toEqual([{ at: to - hour, value: 50 }]);
  });

  test("are read once for each half hour, and not at all where none is asked for", async () => {
    await using at = await database.open();
    await saw(at.db, probe, [{ at: to - hour, up: true, tookMs: 100, component: copr }]);
    const read = async (now: number): Promise<number | undefined> =>
      (await readCharts(at.db, [asked(copr, probe, "response_time")], now))?.of.get(copr)?.[0]?.points.length;
    expect(await read(t0)).toBe(1);
    await at.db.deleteFrom("samples").execute();
    expect(await read(t0 + 1)).toBe(1);
    expect(await read(t0 + 30 * minute)).toBe(0);
    expect(await readCharts(at.db, [{ id: copr }], t0)).toBeUndefined();
  });
});
