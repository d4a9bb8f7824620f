// What a page does not show is nowhere on it: not in a page, a feed, a list, the JSON, nor in what a search finds.
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { everything, type Shown } from "../components/shown-components.ts";
import type { ComponentId } from "../config/names.ts";
import { ensureRecord } from "../db/record-store.ts";
import type { Db } from "../db/schema.ts";
import { insertIncident, saveIncident } from "../incidents/incident-store.ts";
import { brand } from "../lib/ids.ts";
import { hour, minute } from "../lib/clock.ts";
import { insertMaintenance } from "../maintenance/maintenance-store.ts";
import { planMaintenance } from "../maintenance/maintenance-orders.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { alice, complete, impactOn, opened, opening, play, t0 } from "../../test/kit/incidents.ts";
import { filesOf } from "../../test/kit/sites.ts";
import { searchPast } from "./read-search.ts";
import { historyIn, siteOf } from "./read-site.ts";
import { readSnapshot } from "./read-snapshot.ts";

const names = ["web", "queue", "vault"] as const;
const [web, , vault] = names.map((name) => brand<ComponentId>(name));

const catalogue = (db: Db) => ({
  db,
  components: new Map(
    names.map((name) => [brand<ComponentId>(name), { id: brand<ComponentId>(name), name, notice: {} }]),
  ),
  sources: new Map(),
  targets: new Map(),
});
const site = { name: "S", url: "https://s.example", timeZone: "UTC", language: "en", demo: false, code: "c" };

/** All that a reader of this page could read, and what it lists when it is searched. */
async function readable(db: Db, shown: Shown, words: string): Promise<string> {
  const snapshot = await readSnapshot(catalogue(db), { site, shown }, t0 + 2 * hour, minute);
  const files = await filesOf(siteOf(snapshot, historyIn(db, shown), true));
  const found = await searchPast(db, shown, words, snapshot.components, 1);
  return [...files.values(), JSON.stringify(found)].join("\n");
}

type Hit = (typeof names)[number];

async function publish(
  db: Db,
  number: number,
  hit: readonly Hit[],
  grown: readonly Hit[],
  over: boolean,
): Promise<void> {
  const impactOf = (all: readonly Hit[]) => impactOn(Object.fromEntries(all.map((name) => [name, "major_outage"])));
  const notice = { ...complete, title: `About ${number}.` };
  const first = opening({ number, notice, impact: impactOf(hit), startedAt: t0 - number * minute });
  const incident = opened({ number, notice, impact: impactOf(hit), startedAt: t0 - number * minute });
  const { incident: last, events } = play(
    incident,
    { do: "publish" },
    { do: "edit", notice: {}, impact: impactOf(grown) },
    ...(over ? [{ do: "resolve" as const }] : []),
  );
  await db.transaction().execute(async (tx) => {
    await insertIncident(tx, incident, [first], t0);
    expect(await saveIncident(tx, incident, last, events, t0 + minute)).toBe(true);
  });
}

onEachDatabase("visibility", (database) => {
  test("an incident is on the pages that show one of its components, and of the others there is no word", async () => {
    await using at = await database.open();
    await ensureRecord(at.db, t0);
    let number = 0;
    const hits = fc.subarray([...names], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(hits, hits, fc.boolean(), async (hit, grown, over) => {
        number += 1;
        const title = `About ${number}.`;
        await publish(at.db, number, hit, grown, over);
        const open: Shown = { except: [vault ?? expect.fail()] };
        const main = await readable(at.db, open, "vault");
        expect(main.includes(title)).toBe(grown.some((name) => name !== "vault"));
        expect(main).not.toMatch(/vault/iu);
        const inner = await readable(at.db, { only: [vault ?? expect.fail()] }, "web");
        expect(inner.includes(title)).toBe(grown.includes("vault"));
        expect(inner).not.toMatch(/\bweb\b|queue/iu);
        expect(await readable(at.db, everything, "vault")).toContain(title);
      }),
      { numRuns: 12 },
    );
  });

  test("a search by the id of a hidden component finds nothing, and by a shown one what it hit", async () => {
    await using at = await database.open();
    await ensureRecord(at.db, t0);
    await publish(at.db, 1, ["web", "vault"], ["web", "vault"], true);
    const shown: Shown = { except: [vault ?? expect.fail()] };
    const { components } = await readSnapshot(catalogue(at.db), { site, shown }, t0 + hour, minute);
    const find = async (words: string) => (await searchPast(at.db, shown, words, components, 1)).incidents;
    expect(await find("vault")).toEqual([]);
    expect((await find("web")).map(({ number, impact }) => [number, Object.keys(impact)])).toEqual([[1, ["web"]]]);
  });

  test("a planned window is on the pages that show one of its components", async () => {
    await using at = await database.open();
    await ensureRecord(at.db, t0);
    for (const [number, components] of [
      [1, [vault]],
      [2, [vault, web]],
      [3, [web]],
    ] as const) {
      const plan = {
        title: `Window ${number}.`,
        components: components.flatMap((id) => id ?? []),
        scheduledStart: t0 + hour,
        scheduledEnd: t0 + 2 * hour,
      };
      const planned = planMaintenance({ id: brand(`m-${number}`), number, code: `code-${number}` }, plan, alice, t0);
      await at.db.transaction().execute(async (tx) => {
        if (planned.ok) await insertMaintenance(tx, planned.value.maintenance, t0);
      });
    }
    const main = await readable(at.db, { except: [vault ?? expect.fail()] }, "window");
    expect(["Window 1.", "Window 2.", "Window 3."].map((title) => main.includes(title))).toEqual([false, true, true]);
    expect(main).not.toMatch(/vault/iu);
    const inner = await readable(at.db, { only: [vault ?? expect.fail()] }, "window");
    expect(["Window 1.", "Window 2.", "Window 3."].map((title) => inner.includes(title))).toEqual([true, true, false]);
  });
});
