// Maintenance that repeats: each time is one window, whoever makes it, and what became of one is not undone by the rule.
import { expect, test } from "vitest";
import { bareDesk, type BareDesk } from "../../test/kit/bare-desk.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { alice, copr, t0 } from "../../test/kit/incidents.ts";
import type { Db } from "../db/schema.ts";
import { listDeliveries } from "../delivery/delivery-store.ts";
import { day, hour, isoSeconds, type Instant } from "../lib/clock.ts";
import type { Maintenance } from "../maintenance/maintenance.ts";
import { listMaintenances } from "../maintenance/maintenance-store.ts";
import { parseWall } from "../maintenance/recurrence.ts";
import type { SeriesPlan } from "../maintenance/series.ts";
import { readSeries } from "../maintenance/series-store.ts";
import { keepMaintenance, orderMaintenance } from "./maintain.ts";
import { addSeries, makeRepeats, orderSeries } from "./repeat-maintenance.ts";

const components = [{ id: copr, name: "Copr builds", notice: {} }];

function deskWith(db: Db): BareDesk {
  return bareDesk(db, components, {
    promises: {
      updateEvery: { minor: hour, major: hour, critical: hour },
      maintenance: { announce: [day, 0], verifyMs: 0 },
    },
  });
}

function wall(text: string): Instant {
  const read = parseWall(text);
  if (!read.ok) throw new Error(read.error);
  return read.value;
}

function planOf(rule: string): SeriesPlan {
  const recurrence = { rule, zone: "Europe/Prague", start: wall("2026-11-29T02:30"), also: [], except: [] };
  return { title: "Sunday work", components: [copr], lengthMs: hour, recurrence };
}

const weekly = "FREQ=WEEKLY;BYDAY=SU";

async function add({ desk }: BareDesk, rule = weekly): Promise<void> {
  const added = await addSeries(desk, alice, planOf(rule));
  if (!added.ok) throw new Error(added.error.message);
}

async function windows(db: Db): Promise<readonly Maintenance[]> {
  return (await listMaintenances(db, { limit: 100 })).toReversed();
}

const starts = (all: readonly Maintenance[]): readonly string[] => all.map((one) => isoSeconds(one.scheduledStart));

async function users(db: Db): Promise<readonly string[]> {
  const all = await listDeliveries(db, { target: "users", limit: 200 });
  return all.flatMap(({ message }) => (message === undefined ? [] : [`${message.lead}. ${message.text}`])).toReversed();
}

onEachDatabase("maintenance that repeats", (database) => {
  test("is told once, and made some weeks ahead, each time once, though two replicas make it", async () => {
    await using at = await database.open();
    // Of a SQLite file one process is the owner.
    const [one, other] = [deskWith(at.db), deskWith(database.name === "SQLite" ? at.db : at.connect().db)];
    await add(one);
    expect(starts(await windows(at.db))).toEqual([
      "2026-11-29T01:30:00Z",
      "2026-12-06T01:30:00Z",
      "2026-12-13T01:30:00Z",
      "2026-12-20T01:30:00Z",
      "2026-12-27T01:30:00Z",
    ]);
    expect(await users(at.db)).toEqual([
      "Maintenance planned: Sunday work. Copr builds. every week on Sunday at 02:30 (Prague). The first: from 29 Nov, 01:30 UTC to 02:30 UTC.",
    ]);
    const first = Date.parse("2026-11-29T01:30:00Z");
    const moments = [first, first + 7 * day].flatMap((start) => [start - day, start, start + hour]);
    for (const now of [...moments, t0 + 19 * day]) {
      one.set(now);
      other.set(now);
      await Promise.all([makeRepeats(one.desk), makeRepeats(other.desk)]);
      await Promise.all([keepMaintenance(one.desk), keepMaintenance(other.desk)]);
    }
    const all = await windows(at.db);
    expect(new Set(starts(all)).size).toBe(all.length);
    expect(all.map(({ number }) => number)).toEqual(all.map((_, n) => n + 1));
    expect(starts(all).at(-1)).toBe("2027-01-10T01:30:00Z");
    expect((await users(at.db)).slice(1).map((line) => line.split(". ")[0])).toEqual([
      "Maintenance: Sunday work · in 1 d",
      "Maintenance: Sunday work · in progress",
      "Maintenance: Sunday work · over",
      "Maintenance: Sunday work · in 1 d",
      "Maintenance: Sunday work · in progress",
      "Maintenance: Sunday work · over",
    ]);
  });

  test("one that is canceled or moved stays so, whatever the rule says", async () => {
    await using at = await database.open();
    const bare = deskWith(at.db);
    await add(bare);
    const moved = { scheduledStart: wall("2026-12-06T20:00"), scheduledEnd: wall("2026-12-06T21:00") };
    await orderMaintenance(bare.desk, 1, alice, { do: "cancel", text: "Not this time." });
    await orderMaintenance(bare.desk, 2, alice, { do: "edit", plan: moved });
    for (const days of [1, 2, 15]) {
      bare.set(t0 + days * day);
      await makeRepeats(bare.desk);
    }
    const [first, second, ...others] = await windows(at.db);
    expect(first?.state).toBe("canceled");
    expect(second?.scheduledStart).toBe(moved.scheduledStart);
    expect(starts(others)).not.toContain("2026-12-06T01:30:00Z");
    expect(starts(others)).not.toContain("2026-11-29T01:30:00Z");
  });

  test("a time is left out, whether or not its window has been made, and one more is added", async () => {
    await using at = await database.open();
    const bare = deskWith(at.db);
    await add(bare);
    for (const when of ["2026-12-06T02:30", "2027-01-10T02:30"])
      expect((await orderSeries(bare.desk, 1, alice, { do: "skip", wall: wall(when) })).ok).toBe(true);
    expect((await orderSeries(bare.desk, 1, alice, { do: "also", wall: wall("2026-12-02T20:00") })).ok).toBe(true);
    expect(await orderSeries(bare.desk, 1, alice, { do: "skip", wall: wall("2026-12-07T02:30") })).toMatchObject({
      error: { code: "invalid", message: expect.stringContaining("the nearest are 2026-12-06T02:30") },
    });
    bare.set(t0 + 20 * day);
    await makeRepeats(bare.desk);
    const all = await windows(at.db);
    expect(all.find(({ number }) => number === 2)?.state).toBe("canceled");
    expect(starts(all)).toContain("2026-12-02T19:00:00Z");
    expect(starts(all)).not.toContain("2027-01-10T01:30:00Z");
    expect((await users(at.db)).filter((line) => line.includes("canceled"))).toHaveLength(1);
  });

  test("when it ends, what is planned is canceled and users hear so once; what has begun goes on", async () => {
    await using at = await database.open();
    const bare = deskWith(at.db);
    await add(bare);
    bare.set(Date.parse("2026-11-29T01:40:00Z"));
    await keepMaintenance(bare.desk);
    await orderSeries(bare.desk, 1, alice, { do: "end" });
    expect((await windows(at.db)).map(({ state }) => state)).toEqual([
      "in_progress",
      "canceled",
      "canceled",
      "canceled",
      "canceled",
    ]);
    expect((await users(at.db)).slice(-1)).toEqual([
      "Maintenance: Sunday work · no longer planned. Copr builds. What was planned of it does not take place.",
    ]);
    expect(await orderSeries(bare.desk, 1, alice, { do: "end" })).toMatchObject({ error: { code: "illegal" } });
    bare.set(t0 + 30 * day);
    expect(await makeRepeats(bare.desk)).toBe(false);
  });

  test("a rule that comes to its end ends the series; one that comes once a year has its next window", async () => {
    await using at = await database.open();
    const bare = deskWith(at.db);
    await add(bare, `${weekly};COUNT=2`);
    await add(bare, "FREQ=YEARLY");
    bare.set(t0 + 20 * day);
    await makeRepeats(bare.desk);
    expect((await readSeries(at.db, 1))?.endedAt).toBe(t0 + 20 * day);
    expect((await readSeries(at.db, 2))?.endedAt).toBeUndefined();
    expect(starts(await windows(at.db)).at(-1)).toBe("2027-11-29T01:30:00Z");
  });
});
