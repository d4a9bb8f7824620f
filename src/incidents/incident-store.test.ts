import { everything } from "../components/shown-components.ts";
import { expect, test } from "vitest";
import type { Db } from "../db/schema.ts";
import { minute } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import { onEachDatabase, type DatabaseKind, type OpenDatabase } from "../../test/kit/database.ts";
import { impactOn, opened, opening, play, standing, t0 } from "../../test/kit/incidents.ts";
import type { Incident, IncidentEvent } from "./incident.ts";
import { fold } from "./steps.ts";
import {
  insertIncident,
  listIncidents,
  nextNumber,
  openIncidents,
  firstPublicStart,
  lastPublicChanges,
  publicIncidentsOf,
  publicIndex,
  recentPublicIncidents,
  readIncident,
  readTimeline,
  readTimelines,
  saveIncident,
} from "./incident-store.ts";
import { standings, type Order } from "./obey.ts";

async function insert(db: Db, incident: Incident, events: readonly IncidentEvent[] = []): Promise<void> {
  await db.transaction().execute((tx) => insertIncident(tx, incident, events, t0));
}

/** Opened as it is in life: the row and its first event. */
async function open(db: Db, more: Parameters<typeof opening>[0] = {}): Promise<Incident> {
  await insert(db, opened(more), [opening(more)]);
  return opened(more);
}

async function save(db: Db, before: Incident, ...orders: readonly Order[]): Promise<boolean> {
  const { incident, events } = play(before, ...orders);
  return db.transaction().execute((tx) => saveIncident(tx, before, incident, events, t0 + minute));
}

/** A second process, where there can be one. */
const another = (database: DatabaseKind, at: OpenDatabase): Db =>
  database.name === "PostgreSQL" ? at.connect().db : at.db;

onEachDatabase("incidents", (database) => {
  test("what is stored is what its timeline says", async () => {
    await using at = await database.open();
    const before = await open(at.db);
    expect(await readIncident(at.db, 7)).toEqual(before);
    expect(await readIncident(at.db, 8)).toBeUndefined();
    expect(
      await save(at.db, before, { do: "acknowledge" }, { do: "publish" }, { do: "note", text: "hm\u0000 '\"" }),
    ).toBe(true);
    const after = await readIncident(at.db, 7);
    const timeline = await readTimeline(at.db, 7);
    expect(timeline.map(({ kind }) => kind)).toEqual(["opened", "acknowledged", "published", "noted"]);
    expect(fold(timeline)).toEqual(after);
    expect(after?.version).toBe(4);
    expect(await readTimeline(at.db, 8)).toEqual([]);
  });

  test("of two saves at once one wins; the other has written nothing, and tries on what it finds", async () => {
    await using at = await database.open();
    const before = await open(at.db);
    const won = await Promise.all([
      save(at.db, before, { do: "note", text: "mine" }, { do: "note", text: "mine too" }),
      save(another(database, at), before, { do: "note", text: "yours" }),
    ]);
    expect(won.toSorted()).toEqual([false, true]);
    const left = (await readIncident(at.db, 7)) ?? expect.fail("it is there");
    expect(left.version).toBe(won[0] ? 3 : 2);
    expect(await readTimeline(at.db, 7)).toHaveLength(left.version);
    expect(await save(at.db, before, { do: "take" })).toBe(false);
    expect(await save(at.db, left, { do: "take" })).toBe(true);
    const timeline = await readTimeline(at.db, 7);
    expect(fold(timeline)).toEqual(await readIncident(at.db, 7));
    expect(timeline).toHaveLength(left.version + 1);
  });

  test("numbers run from one, and two incidents never have the same", async () => {
    await using at = await database.open();
    const numbers = at.db.transaction().execute(nextNumber);
    expect(await numbers).toBe(1);
    await open(at.db, { number: 41 });
    expect(await at.db.transaction().execute(nextNumber)).toBe(42);
    const twice = [open(at.db, { number: 42 }), open(another(database, at), { number: 42 })];
    const done = await Promise.allSettled(twice);
    expect(done.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    const failed = done.find((each) => each.status === "rejected");
    // How the engine knows that it must take the next number.
    expect(String(failed?.reason)).toMatch(/unique/iu);
    expect(await readTimeline(at.db, 42)).toHaveLength(1);
  });

  test("the public list has what is published or withdrawn, and nothing else; the open list all that is not over", async () => {
    await using at = await database.open();
    for (const [n, where] of standings.entries())
      await insert(at.db, standing(where, opened({ number: n + 1, startedAt: t0 - n * minute })));
    const numbered = (...names: readonly string[]): readonly number[] =>
      names.map((name) => standings.findIndex((each) => each === name) + 1);
    const told = await recentPublicIncidents(at.db, everything, 0);
    expect(told.map(({ incident }) => incident.number)).toEqual(
      numbered("published triggered", "published acknowledged", "published resolved", "withdrawn"),
    );
    expect(told[0]?.code).toBe(statuspageCode("incident", told[0]?.incident.id ?? ""));
    const all = told.map(({ incident }) => incident.number);
    expect((await publicIndex(at.db, everything)).map(({ number }) => number)).toEqual(all);
    expect((await lastPublicChanges(at.db, everything, 99)).toSorted()).toEqual(all.toSorted());
    const every = standings.map((_, n) => n + 1);
    expect((await publicIncidentsOf(at.db, everything, every)).map(({ incident }) => incident.number)).toEqual(all);
    expect(await firstPublicStart(at.db, everything)).toBe(
      Math.min(...told.map(({ incident }) => incident.clocks.started)),
    );
    // What is over since long is the history's; what is open and what was just taken back is not.
    const later = await recentPublicIncidents(at.db, everything, t0 + 9 * minute);
    expect(later.map(({ incident }) => incident.number)).toEqual(
      numbered("published triggered", "published acknowledged"),
    );
    const alive = numbered("published acknowledged", "published triggered", "draft acknowledged", "draft triggered");
    expect((await openIncidents(at.db)).map(({ number }) => number)).toEqual(alive);
    expect((await listIncidents(at.db, { open: true, limit: 3 })).map(({ number }) => number)).toEqual(
      alive.slice(0, 3),
    );
    expect(await listIncidents(at.db, { limit: 100 })).toHaveLength(standings.length);
  });

  test("a change of standing moves it from one list to the other", async () => {
    await using at = await database.open();
    const draft = await open(at.db);
    await save(at.db, draft, { do: "publish" }, { do: "edit", startedAt: t0 - 60 * minute });
    const published = (await readIncident(at.db, 7)) ?? expect.fail("it is there");
    expect(await recentPublicIncidents(at.db, everything, t0)).toHaveLength(1);
    await save(at.db, published, { do: "resolve" });
    expect(await openIncidents(at.db)).toEqual([]);
    const row = await at.db.selectFrom("incidents").selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({
      open: 0,
      state: "resolved",
      version: 4,
      started_at: t0 - 60 * minute,
      resolved_at: t0 + minute,
      updated_at: t0 + minute,
    });
  });

  test("timelines of several come apart, each in its order", async () => {
    await using at = await database.open();
    const seven = await open(at.db, { number: 7 });
    const eight = await open(at.db, { number: 8, impact: impactOn({ api: "major_outage" }) });
    await save(at.db, eight, { do: "take" });
    await save(at.db, seven, { do: "publish" });
    const all = await readTimelines(at.db, [8, 7, 9]);
    const kinds = (n: number): readonly string[] | undefined => all.get(n)?.map(({ kind }) => kind);
    expect([kinds(7), kinds(8), kinds(9)]).toEqual([["opened", "published"], ["opened", "taken"], []]);
    expect(await readTimelines(at.db, [])).toEqual(new Map());
  });

  test("thousands of incidents can be asked for at once", async () => {
    await using at = await database.open();
    await open(at.db);
    const all = await readTimelines(
      at.db,
      Array.from({ length: 10_000 }, (_, n) => n),
    );
    expect(all.get(7)).toHaveLength(1);
  });
});
