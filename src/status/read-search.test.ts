import { everything } from "../components/shown-components.ts";
import { expect, test } from "vitest";
import { onEachDatabase } from "../../test/kit/database.ts";
import { alice, api, complete, copr, opened, opening, play, t0, impactOn } from "../../test/kit/incidents.ts";
import { component } from "../../test/kit/snapshots.ts";
import type { Db } from "../db/schema.ts";
import { insertIncident, readIncident, saveIncident } from "../incidents/incident-store.ts";
import { obey, type Order } from "../incidents/obey.ts";
import { minute } from "../lib/clock.ts";
import { searchPast } from "./read-search.ts";

const components = [component("copr", "Copr builds"), component("api", "Packit API")];

async function add(db: Db, number: number, title: string, ...orders: readonly Order[]): Promise<void> {
  const more = { number, notice: { ...complete, title }, impact: impactOn({ [number % 2 === 0 ? api : copr]: "major_outage" }), startedAt: t0 - 999 * minute + number } as const; // prettier-ignore
  const { incident, events } = play(opened(more), ...orders);
  await db.transaction().execute((tx) => insertIncident(tx, incident, [opening(more), ...events], t0));
}

async function change(db: Db, number: number, order: Order): Promise<void> {
  const before = await readIncident(db, number);
  const obeyed = before && obey(before, { ...order, by: alice, at: t0 + minute });
  if (before === undefined || obeyed?.ok !== true) throw new Error("refused");
  await db.transaction().execute((tx) => saveIncident(tx, before, obeyed.incident, obeyed.events, t0 + minute));
}

onEachDatabase("a search of the past", (database) => {
  const found = async (db: Db, words: string, page = 1): Promise<readonly number[]> =>
    (await searchPast(db, everything, words, components, page)).incidents.map(({ number }) => number);

  test("finds titles, texts and components by all their words, newest first, whatever the case", async () => {
    await using at = await database.open();
    await add(at.db, 1, "Disk FULL at Čopr", { do: "publish", text: "The storage is gone." });
    await add(at.db, 2, "Disk slow", { do: "publish", text: "Requests wait." });
    expect(await found(at.db, "disk")).toEqual([2, 1]);
    expect(await found(at.db, "  full   DISK ")).toEqual([1]);
    expect(await found(at.db, "čOPR")).toEqual([1]);
    expect(await found(at.db, "storage")).toEqual([1]);
    expect(await found(at.db, "packit api")).toEqual([2]);
    expect(await found(at.db, "#2")).toEqual([2]);
    expect(await found(at.db, "nothing-like-it")).toEqual([]);
    expect(await found(at.db, "   ")).toEqual([]);
  });

  test("finds what is written now, not what was; what was withdrawn with its correction; never a draft or a note", async () => {
    await using at = await database.open();
    await add(at.db, 1, "Plain", { do: "publish", text: "first words" });
    await add(at.db, 2, "Secret draft", { do: "note", text: "hush" });
    await add(at.db, 3, "Dismissed", { do: "dismiss", reason: "false alarm" });
    await add(at.db, 5, "Wrong", { do: "publish" }, { do: "dismiss", reason: "it was our probe" });
    expect(await found(at.db, "words")).toEqual([1]);
    await change(at.db, 1, { do: "revise", update: 1, text: "corrected text", of: { n: 2, before: "first words" } });
    await change(at.db, 1, { do: "note", text: "hush" });
    expect(await found(at.db, "words")).toEqual([]);
    expect(await found(at.db, "corrected")).toEqual([1]);
    expect(await found(at.db, "probe")).toEqual([5]);
    for (const hidden of ["secret", "hush", "dismissed", "alarm"]) expect(await found(at.db, hidden)).toEqual([]);
    await change(at.db, 2, { do: "publish" });
    expect(await found(at.db, "secret")).toEqual([2]);
  });

  test("takes what is typed as text, not as a pattern or as SQL", async () => {
    await using at = await database.open();
    await add(at.db, 1, "100% of builds", { do: "publish" });
    await add(at.db, 2, "build_image fails! 'quoted' \\ back", { do: "publish" });
    expect(await found(at.db, "%")).toEqual([1]);
    expect(await found(at.db, "_")).toEqual([2]);
    expect(await found(at.db, "fails!")).toEqual([2]);
    expect(await found(at.db, "'quoted'")).toEqual([2]);
    expect(await found(at.db, "\\")).toEqual([2]);
    expect(await found(at.db, "'; drop table incidents; --")).toEqual([]);
    expect(await found(at.db, "\u0000\u0001")).toEqual([]);
    expect(await found(at.db, "disk")).toEqual([]);
  });

  test("comes in pages of twenty", async () => {
    await using at = await database.open();
    for (let n = 1; n <= 45; n++) await add(at.db, n, "Same", { do: "publish" });
    const pages = [await found(at.db, "same"), await found(at.db, "same", 2), await found(at.db, "same", 3)];
    expect(pages.map((page) => page.length)).toEqual([20, 20, 5]);
    expect(pages.flat()).toEqual(Array.from({ length: 45 }, (_, n) => 45 - n));
    expect((await searchPast(at.db, everything, "same", components, 2)).more).toBe(true);
    expect((await searchPast(at.db, everything, "same", components, 3)).more).toBe(false);
  });
});
