import type { PublicPage } from "./public-page.ts";
import { saveSurface } from "../delivery/surface-store.ts";
import { bodyOf } from "../../test/kit/sites.ts";
import { everything } from "../components/shown-components.ts";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { tocsin, type Actor } from "../accounts/actor.ts";
import { alertKey } from "../alerts/alert.ts";
import { saveSourceState } from "../alerts/source-state-store.ts";
import type { LookingSource, Source } from "../alerts/source.ts";
import { noteComponents } from "../components/component-store.ts";
import type { ComponentId, PersonId, SourceId, TargetId } from "../config/names.ts";
import { bumpSequence, ensureRecord } from "../db/record-store.ts";
import type { Db } from "../db/schema.ts";
import { insertIncident, saveIncident } from "../incidents/incident-store.ts";
import { apply, type Incident } from "../incidents/incident.ts";
import { obey, type Order } from "../incidents/obey.ts";
import { minute } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import { brand } from "../lib/ids.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { api, complete, copr, impactOn, opening, t0 } from "../../test/kit/incidents.ts";
import { readSnapshot, type Catalogue } from "./read-snapshot.ts";

const secret = "INTERNAL";
const mallory: Actor = { kind: "person", id: brand<PersonId>(`${secret}-person`), via: "cli" };

function monitor(...components: readonly ComponentId[]): { readonly source: Source } {
  const source: LookingSource<undefined> = {
    kind: "looking",
    everyMs: minute,
    blindAfterMs: minute,
    components,
    save: () => new Uint8Array(),
    load: () => undefined,
    look: async () => ({ alerts: [], state: undefined, samples: [] }),
  };
  return { source };
}

const page: PublicPage = {
  site: { name: "S", url: "https://s.example", timeZone: "UTC", language: "en", demo: false, code: "c" },
  shown: everything,
};

function catalogue(db: Db, more: Partial<Catalogue> = {}): Catalogue {
  const components = new Map([copr, api].map((id) => [id, { id, name: id, notice: {} }]));
  return { db, components, sources: new Map(), targets: new Map(), ...more };
}

const keyed = alertKey(brand<SourceId>(secret), "fingerprint");

/** Opens an incident, does to it what may be done, and stores each step as the engine would. */
async function live(db: Db, number: number, orders: readonly Order[]): Promise<Incident> {
  const notice = { ...complete, title: `title of ${number}.`, scope: `scope of ${number}.` };
  const first = opening({ number, notice, by: mallory, summary: secret, alerts: [keyed] });
  let incident = apply(undefined, first);
  await db.transaction().execute((tx) => insertIncident(tx, incident, [first], t0));
  for (const [n, order] of orders.entries()) {
    // What is written where only the team reads it, or before anybody may read it, is the team's own.
    const draft = incident.visibility === "draft";
    const own: Order =
      draft && (order.do === "dismiss" || order.do === "resolve") ? { ...order, ...inside(order) } : order;
    const obeyed = obey(incident, { by: n % 3 === 0 ? tocsin : mallory, at: t0 + n, ...own });
    if (!obeyed.ok) continue;
    const { incident: after, events } = obeyed;
    const before = incident;
    expect(await db.transaction().execute((tx) => saveIncident(tx, before, after, events, t0 + n))).toBe(true);
    incident = after;
  }
  return incident;
}

function inside(order: Order & { readonly do: "dismiss" | "resolve" }): { reason: string } | { text: string } {
  return order.do === "dismiss" ? { reason: secret } : { text: secret };
}

const order: fc.Arbitrary<Order> = fc.constantFrom<Order>(
  { do: "acknowledge", until: t0 + 99 * minute },
  { do: "take" },
  { do: "publish" },
  { do: "publish", text: "public words" },
  { do: "reopen" },
  { do: "dismiss", reason: "public correction", heldUntil: t0 + 99 * minute },
  { do: "merge", into: 999_999 },
  { do: "note", text: secret },
  { do: "ask", text: secret },
  { do: "edit", notice: { affected: "Nobody." } },
  { do: "update", text: "public words", phase: "identified" },
  { do: "resolve", text: "public end" },
  {
    do: "attach",
    key: keyed,
    summary: secret,
    impact: impactOn({ api: "partial_outage" }),
    coverage: { projects: [secret], since: t0 },
    startedAt: t0,
  },
  { do: "end-alert", key: keyed, summary: secret },
);

onEachDatabase("what the public may read", (database) => {
  test("no draft, no dismissed one, no note, no evidence and no name of the team is in it, whatever was done", async () => {
    await using at = await database.open();
    await ensureRecord(at.db, t0);
    let number = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(order, { maxLength: 12 }), async (orders) => {
        number += 1;
        const incident = await live(at.db, number, orders);
        const seen = await readSnapshot(catalogue(at.db), page, t0 + minute, minute);
        const text = JSON.stringify(seen);
        expect(text).not.toContain(secret);
        const told = incident.visibility === "published" || incident.visibility === "withdrawn";
        expect(text.includes(`title of ${number}.`)).toBe(told);
        expect([...seen.open, ...seen.past].some((each) => each.number === number)).toBe(told);
        expect(seen.open.some((each) => each.number === number)).toBe(told && incident.state !== "resolved");
      }),
      { numRuns: 60 },
    );
  });

  test("a component is unknown when all that watch it are blind, since the last of them is", async () => {
    await using at = await database.open();
    await ensureRecord(at.db, t0 - 60);
    const [one, two] = [brand<SourceId>("one"), brand<SourceId>("two")];
    const sources = new Map([
      [one, monitor(copr, api)],
      [two, monitor(copr)],
    ]);
    const states = async (): Promise<readonly string[]> =>
      (await readSnapshot(catalogue(at.db, { sources }), page, t0, minute)).components.map(({ status }) => status);
    expect(await states()).toEqual(["operational", "operational"]);
    await saveSourceState(at.db, { source: one, blind: true, failingSince: t0 - 9 });
    expect(await states()).toEqual(["operational", "unknown"]);
    await saveSourceState(at.db, { source: two, blind: false, failingSince: t0 - 5 });
    expect(await states()).toEqual(["operational", "unknown"]);
    await saveSourceState(at.db, { source: two, blind: true, failingSince: t0 - 5 });
    expect(await states()).toEqual(["unknown", "unknown"]);
    const blind = await readSnapshot(catalogue(at.db, { sources }), page, t0, minute);
    // Both have been blind since the second went blind.
    expect(blind.components[0]?.updatedAt).toBe(t0 - 5);
    await saveSourceState(at.db, { source: one, blind: false });
    expect(await states()).toEqual(["operational", "operational"]);
  });

  test("it has the sequence of the record, every public address once, and each component's own code and age", async () => {
    await using at = await database.open();
    await ensureRecord(at.db, t0 - 9);
    await bumpSequence(at.db, t0);
    await noteComponents(at.db, [copr], t0 - 5);
    const targets = new Map([
      [brand<TargetId>("a"), { publicUrl: "https://mirror.example", page }],
      [brand<TargetId>("b"), { page }],
      [brand<TargetId>("c"), { publicUrl: "https://s.example", page }],
    ]);
    const seen = await readSnapshot(catalogue(at.db, { targets }), page, t0, minute);
    expect(seen.sequence.seq).toBe(2);
    expect(seen.validUntil).toBe(t0 + 3 * minute);
    expect(seen.addresses).toEqual(["https://s.example", "https://mirror.example"]);
    expect(seen.behind).toBeUndefined();
    await saveSurface(at.db, { name: "a", status: "differs", since: t0 - 6 * minute, lookedAt: t0 });
    const late = await readSnapshot(catalogue(at.db, { targets }), page, t0, minute);
    expect(late.behind).toEqual({ "https://mirror.example": 6 * minute });
    expect(await bodyOf(late, "")).toContain("(6 min behind)");
    expect(seen.components.map(({ code, createdAt }) => [code, createdAt])).toEqual([
      [statuspageCode("component", "copr"), t0 - 5],
      [statuspageCode("component", "api"), t0 - 9],
    ]);
    expect(JSON.stringify(seen)).not.toContain(
      (await at.db.selectFrom("record").select("secret").executeTakeFirst())?.secret,
    );
  });
});
