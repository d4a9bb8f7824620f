import { expect, test } from "vitest";
import type { Source } from "../alerts/source.ts";
import type { Component } from "../components/component.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Db } from "../db/schema.ts";
import { insertIncident, readIncident, saveIncident } from "../incidents/incident-store.ts";
import { apply, type Incident, type IncidentEvent, type IncidentId } from "../incidents/incident.ts";
import { obey, type Order } from "../incidents/obey.ts";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { makeSampleBuffer } from "../monitors/sample-buffer.ts";
import { rollUp, writeHours } from "../monitors/sample-store.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { alice, api, copr, opening, t0 } from "../../test/kit/incidents.ts";
import { component } from "../../test/kit/snapshots.ts";
import { readDays, type DaysFrom } from "./read-days.ts";

const probe = brand<SourceId>("probe");

function looking(components: readonly ComponentId[], hearsay: boolean): { readonly source: Source } {
  return {
    source: {
      kind: "looking",
      everyMs: minute,
      blindAfterMs: minute,
      components,
      ...(hearsay ? { hearsay: true as const } : {}),
      save: () => new Uint8Array(),
      load: () => undefined,
      look: async () => ({ alerts: [], state: undefined, samples: [] }),
    },
  };
}

function from(db: Db, sources: DaysFrom["sources"] = new Map()): DaysFrom {
  return { db, sources, components: new Map<ComponentId, Component>(), site: { timeZone: "UTC" } };
}

const both = [copr, api].map((id) => component(id, id, { createdAt: t0 - 200 * day }));

async function published(db: Db, number: number, at: Instant, orders: readonly Order[]): Promise<void> {
  const first = opening({ number, id: brand<IncidentId>(`incident-${number}`), at, startedAt: at, alerts: [] });
  let incident: Incident = apply(undefined, first);
  const events: IncidentEvent[] = [first];
  for (const [n, order] of orders.entries()) {
    const obeyed = obey(incident, { by: alice, at: at + (n + 1) * hour, ...order });
    if (!obeyed.ok) throw new Error(obeyed.refusal.message);
    incident = obeyed.incident;
    events.push(...obeyed.events);
  }
  await db.transaction().execute((tx) => insertIncident(tx, incident, events, at));
}

const statuses = async (of: DaysFrom, id: ComponentId, now = t0): Promise<readonly string[]> =>
  ((await readDays(of, both, now)).of.get(id)?.days ?? []).map(({ status }) => status);

onEachDatabase("the last ninety days", (database) => {
  test("show what was published, never a draft, and follow a change", async () => {
    await using at = await database.open();
    await published(at.db, 1, t0 - 5 * day, [{ do: "publish" }, { do: "resolve" }]);
    await published(at.db, 2, t0 - 3 * day, []);
    await published(at.db, 3, t0 - 300 * day, [{ do: "publish" }, { do: "resolve" }]);
    const seen = await statuses(from(at.db), copr);
    expect(seen.filter((one) => one !== "operational")).toEqual(["major_outage"]);
    expect(seen.at(-6)).toBe("major_outage");
    expect(new Set(await statuses(from(at.db), api))).toEqual(new Set(["operational"]));
    const draft = await readIncident(at.db, 2);
    const told = draft && obey(draft, { by: alice, at: t0, do: "publish" });
    if (draft === undefined || told?.ok !== true) throw new Error("it cannot be published");
    await at.db.transaction().execute((tx) => saveIncident(tx, draft, told.incident, told.events, t0));
    expect((await statuses(from(at.db), copr)).slice(-4)).toEqual(Array.from({ length: 4 }, () => "major_outage"));
  });

  test("begin with a history that was brought along", async () => {
    await using at = await database.open();
    await published(at.db, 1, t0 - 30 * day, [{ do: "publish" }, { do: "resolve" }]);
    const young = both.map((one) => ({ ...one, createdAt: t0 - day }));
    const { of } = await readDays(from(at.db), young, t0);
    expect(of.get(copr)?.since).toBe(t0 - 30 * day);
    expect(of.get(api)?.days.filter(({ status }) => status === "none").length).toBeGreaterThan(80);
  });

  test("know how much of the time a monitor looked; an upstream's word is no look", async () => {
    await using at = await database.open();
    const buffer = makeSampleBuffer();
    for (let when = t0 - 20 * hour; when < t0 - 10 * hour; when += hour)
      buffer.saw({ source: probe, endedAt: when, everyMs: hour, samples: [{ component: copr, at: when, up: true }] });
    buffer.read(buffer.unread(100));
    await writeHours(at.db, buffer.due(t0, 100, true));
    await at.db.transaction().execute((tx) => rollUp(tx, t0, 100));
    const sources = new Map([
      [probe, looking([copr], false)],
      [brand<SourceId>("feed"), looking([api], true)],
    ]);
    const young = both.map((one) => ({ ...one, createdAt: t0 - 20 * hour }));
    const { of } = await readDays(from(at.db, sources), young, t0);
    expect(of.get(copr)).toMatchObject({ uptime: 100 });
    // Nine hours or ten of twenty: the last one may not have been written yet.
    expect([45, 50]).toContain(of.get(copr)?.coverage);
    expect(of.get(api)).not.toHaveProperty("uptime");
  });
});
