// An archive holds the whole record: what is read back is what was there, whatever had happened to it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { array, constantFrom, integer, record, sample, tuple } from "fast-check";
import { insertIncident, nextNumber } from "../../src/incidents/incident-store.ts";
import type { IncidentEvent, IncidentId } from "../../src/incidents/incident.ts";
import { fold } from "../../src/incidents/steps.ts";
import { obey, type Order } from "../../src/incidents/obey.ts";
import { brand } from "../../src/lib/ids.ts";
import { minute } from "../../src/lib/clock.ts";
import { archivePartNames } from "../../src/shapes/archive.ts";
import { apiDesk, type ApiDesk } from "../kit/api-desk.ts";
import { databases } from "../kit/database.ts";
import { alice, bob, impactOn, key, opening, t0 } from "../kit/incidents.ts";

const orders: readonly Order[] = [
  { do: "acknowledge" },
  { do: "publish" },
  { do: "publish" },
  { do: "note", text: "between us: the disk of \u{1f4be} \"db\" \\ is full" },
  { do: "edit", notice: { title: "Copr is slow", links: [{ url: "https://example.org/?a=1&b=2", title: "x" }] } },
  { do: "edit", impact: impactOn({ api: "partial_outage" }), startedAt: t0 - 60 * minute },
  { do: "update", text: "A *disk*.\n\nReally.", phase: "identified" },
  { do: "update", text: "Soon.", phase: "monitoring", backlog: true },
  { do: "resolve", text: "Over." },
  { do: "reopen" },
  { do: "dismiss", reason: "there was none", heldUntil: t0 + 900 * minute },
  { do: "attach", key: key("b"), summary: "s", impact: impactOn({ copr: "major_outage" }), startedAt: t0 },
  { do: "end-alert", key: key("b"), summary: "ended" },
]; // prettier-ignore

/** Timelines that people and Tocsin could have made. */
function timelines(): readonly (readonly IncidentEvent[])[] {
  const step = record({ order: constantFrom(...orders), by: constantFrom(alice, bob), later: integer({ min: 0, max: 30 }) }); // prettier-ignore
  const made = sample(tuple(array(step, { maxLength: 12 }), integer()), 60);
  return made.map(([steps], i) => {
    const events: IncidentEvent[] = [opening({ number: i + 1, id: brand<IncidentId>(`id-${i + 1}`) })];
    let now = t0;
    for (const { order, by, later } of steps) {
      now += later * minute;
      const incident = fold(events) ?? expect.fail("no incident");
      const done = obey(incident, { by, at: now, ...order });
      if (done.ok) events.push(...done.events);
    }
    return events;
  });
}

const tables = ["incidents", "incident_events", "maintenances", "components_seen", "imported", "redirects", "adoptions", "concerns"] as const; // prettier-ignore

async function whole(api: ApiDesk): Promise<Readonly<Record<string, readonly string[]>>> {
  const parsed = (value: unknown): unknown => {
    if (typeof value !== "string" || !/^[[{]/u.test(value)) return value;
    return JSON.parse(value);
  };
  const rows = async (table: (typeof tables)[number] | "changes", except: string) =>
    (await api.desk.db.selectFrom(table).selectAll().execute())
      .map((row) =>
        JSON.stringify(
          Object.entries(row)
            .filter(([name]) => name !== except)
            .map(([name, value]) => [name, sorted(parsed(value))])
            .toSorted(),
        ),
      ) // prettier-ignore
      .toSorted();
  const all = await Promise.all(tables.map(async (table) => [table, await rows(table, "")] as const));
  return Object.fromEntries([...all, ["changes", await rows("changes", "id")]]);
}

/** The same object, whatever the order of its keys. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inside]) => [name, sorted(inside)] as const).toSorted(([a], [b]) => (a < b ? -1 : 1))); // prettier-ignore
}

const usable = databases.filter(({ missing }) => missing === undefined);
const [sqlite, postgres = sqlite] = usable;

let from: ApiDesk;
let to: ApiDesk;
const admins: string[] = [];
beforeAll(async () => {
  [from, to] = [await apiDesk(sqlite), await apiDesk(postgres)];
  for (const api of [from, to]) admins.push(await api.token("root", "admin"));
});
afterAll(async () => {
  await from[Symbol.asyncDispose]();
  await to[Symbol.asyncDispose]();
});

async function fill(): Promise<void> {
  await from.desk.db.transaction().execute(async (tx) => {
    for (const events of timelines()) {
      const incident = fold(events) ?? expect.fail("no incident");
      expect(await nextNumber(tx)).toBe(incident.number);
      await insertIncident(tx, incident, events, events.at(-1)?.at ?? t0);
    }
  });
  const post = (path: string, body: object) => from.ask("POST", path, { token: admins[0] ?? "", body });
  await post("/api/v1/maintenance", { title: "Move", components: ["copr"], from: "2h", for: "1h" });
  await post("/api/v1/maintenance/1/cancel", { text: "Not today." });
  await post("/api/v1/changes", { text: "deployed v1", component: "api" });
  await post("/api/v1/imports", {
    from: "cstate",
    entries: [{ key: "old", kind: "incident", title: "Old", started: "2024-01-09T14:00:00Z", ended: "2024-01-09T15:00:00Z", impact: { copr: "major_outage" }, old_paths: ["/issues/old/"] }],
  }); // prettier-ignore
}

async function carry(): Promise<{ added: number; private: number }> {
  let [added, hidden] = [0, 0];
  for (const part of archivePartNames) {
    for (let after: unknown = 0; after !== null;) {
      const { body } = await from.ask("GET", `/api/v1/archive?part=${part}&after=${Number(after)}&limit=7`, { token: admins[0] ?? "" }); // prettier-ignore
      const items: readonly object[] = Reflect.get(Object(body), "items");
      after = Reflect.get(Object(body), "next");
      hidden += items.filter((item) => Reflect.get(item, "private") === true).length;
      if (items.length === 0) continue;
      const done = await to.ask("POST", "/api/v1/archive", { token: admins[1] ?? "", body: { part, items } });
      expect(done.status, done.text).toBe(200);
      added += Number(Reflect.get(Object(done.body), "added"));
    }
  }
  return { added, private: hidden };
}

test("what is read back from an archive is the record, from one kind of database to the other, and once", async () => {
  await fill();
  const first = await carry();
  expect(await whole(to)).toEqual(await whole(from));
  expect(first.added).toBeGreaterThan(60);
  const drafts = await from.desk.db.selectFrom("incidents").select("number").where("visibility", "in", ["draft", "dismissed"]).execute(); // prettier-ignore
  expect(first.private).toBe(drafts.length + 1);
  await carry();
  expect(await whole(to)).toEqual(await whole(from));
});

test("an archive holds no token and no secret of the record", async () => {
  const texts = await Promise.all(archivePartNames.map(async (part) => (await from.ask("GET", `/api/v1/archive?part=${part}&limit=500`, { token: admins[0] ?? "" })).text)); // prettier-ignore
  const { secret } = await from.desk.db.selectFrom("record").select("secret").executeTakeFirstOrThrow();
  const [token] = await from.desk.db.selectFrom("tokens").select("hash").execute();
  for (const kept of [secret, token?.hash ?? "none", admins[0] ?? "none"]) expect(texts.join()).not.toContain(kept);
});
