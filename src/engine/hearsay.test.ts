// What only an upstream says: whom it calls, what it opens, what it joins, on both databases.
import { expect, test } from "vitest";
import { bareDesk, type BareDesk } from "../../test/kit/bare-desk.ts";
import { onEachDatabase } from "../../test/kit/database.ts";
import { t0 } from "../../test/kit/incidents.ts";
import { tocsin } from "../accounts/actor.ts";
import { alertKey, type Alert } from "../alerts/alert.ts";
import { readAlert } from "../alerts/alert-store.ts";
import { hearsayKey } from "../alerts/hearsay.ts";
import type { Component } from "../components/component.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Db } from "../db/schema.ts";
import { listDeliveries } from "../delivery/delivery-store.ts";
import type { Incident } from "../incidents/incident.ts";
import { openIncidents, readIncident, readTimeline } from "../incidents/incident-store.ts";
import { hour, minute, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { transact } from "./commit.ts";
import { takeAlerts } from "./correlate-alert.ts";
import { remind } from "./remind.ts";
import { command } from "./respond.ts";

const id = (name: string): ComponentId => brand<ComponentId>(name);
const feedId = brand<SourceId>("upstream-copr");
const components: readonly Component[] = [
  { id: id("copr"), name: "Copr builds", notice: { affected: "all", alternatives: ["none known"], retrigger: "no" } },
  { id: id("tests"), name: "Tests", notice: {}, dependsOn: [id("copr")] },
  { id: id("koji"), name: "Koji", notice: {} },
];

function told(component: string, more: Partial<Alert> = {}, incident = "13"): Alert {
  return {
    key: hearsayKey(feedId, id(component), incident),
    kind: "other",
    status: "firing",
    severity: "warning",
    component: id(component),
    summary: 'Copr says: "Frontend is down"',
    quote: { by: "Copr", title: "Frontend is down", url: "https://copr.example/13", status: "partial_outage" },
    labels: {},
    startsAt: t0,
    observedAt: t0,
    ...more,
  };
}

function ours(component: string, startsAt: Instant, more: Partial<Alert> = {}): Alert {
  const { quote: _, ...alert } = told(component);
  const key = alertKey(brand<SourceId>("hook"), component);
  return { ...alert, key, kind: "failing", summary: `${component} fails`, startsAt, observedAt: startsAt, ...more };
}

function deskWith(db: Db): BareDesk {
  const promises = {
    updateEvery: { minor: hour, major: hour, critical: hour },
    maintenance: { announce: [], verifyMs: 0 },
    automaticNotice: { afterMs: 15 * minute, afterAckMs: 45 * minute },
  };
  const routes = [{ number: 1, match: [], opens: "publish" as const }];
  return bareDesk(db, components, { promises, routes });
}

async function take(bare: BareDesk, at: Instant, ...alerts: readonly Alert[]): Promise<void> {
  const { desk } = bare;
  bare.set(at);
  await transact(desk, (tx) => takeAlerts(tx, desk, alerts.map((alert) => ({ alert })), at)); // prettier-ignore
}

async function only(db: Db): Promise<Incident> {
  const all = await openIncidents(db);
  expect(all).toHaveLength(1);
  const [one] = all;
  if (one === undefined) throw new Error("no incident is open");
  return one;
}

/** What was said to the team: whether it called somebody, and its first words. */
async function said(db: Db): Promise<readonly (readonly [string, string])[]> {
  const all = await listDeliveries(db, { limit: 50 });
  const lines = all.filter(({ target }) => target === "team").flatMap(({ message }) => message ?? []);
  return lines.map(({ priority, lead }) => [priority, lead.replace(/:.*/u, "")] as const).toReversed();
}

onEachDatabase("what only an upstream says", (database) => {
  test("no route publishes what only an upstream says, and no time does", async () => {
    await using store = await database.open();
    const bare = deskWith(store.db);
    await take(bare, t0, told("copr"));
    bare.set(t0 + 3 * hour);
    await remind(bare.desk);
    expect(await only(store.db)).toMatchObject({ visibility: "draft", impact: { copr: "partial_outage" } });
    expect(await said(store.db)).toEqual([["news", "Incident 1"]]);
  });

  test("when evidence of ours joins, the team is called, and the wait for the careful notice begins", async () => {
    await using store = await database.open();
    const bare = deskWith(store.db);
    await take(bare, t0, told("copr"));
    await take(bare, t0 + 2 * hour, ours("copr", t0 + 2 * hour));
    expect(await said(store.db)).toEqual([
      ["news", "Incident 1"],
      ["page", "Incident 1 grows"],
    ]);
    bare.set(t0 + 2 * hour + 14 * minute);
    await remind(bare.desk);
    expect((await only(store.db)).visibility).toBe("draft");
    bare.set(t0 + 2 * hour + 16 * minute);
    await remind(bare.desk);
    expect((await only(store.db)).visibility).toBe("published");
  });

  test.each([
    ["within an hour before they say it began", 59, 1],
    ["long before", 61, 2],
  ])("tests that began to fail %s", async (_what, minutes, incidents) => {
    await using store = await database.open();
    const bare = deskWith(store.db);
    const quiet = { ...bare, desk: { ...bare.desk, routes: [] } };
    await take(quiet, t0, ours("tests", t0 - minutes * minute));
    await take(quiet, t0, told("copr"));
    const open = await openIncidents(store.db);
    expect(open).toHaveLength(incidents);
    if (incidents === 1)
      expect(open[0]?.notice).toMatchObject({ title: "Copr builds: trouble", quotes: [{ by: "Copr" }] });
  });

  test("one incident of theirs is one of ours, whatever components it hits", async () => {
    await using store = await database.open();
    const bare = deskWith(store.db);
    await take(bare, t0, told("copr"), told("koji"));
    await take(bare, t0 + minute, told("tests", {}, "14"));
    const open = await openIncidents(store.db);
    expect(open.map(({ impact }) => Object.keys(impact).toSorted())).toEqual([["copr", "koji", "tests"]]);
  });

  test("what users read already is not changed by it: the team is told how to", async () => {
    await using store = await database.open();
    const bare = deskWith(store.db);
    await take(bare, t0, ours("copr", t0));
    expect(await only(store.db)).toMatchObject({ visibility: "published" });
    await take(bare, t0 + minute, told("copr"));
    const { notice } = await only(store.db);
    expect([notice.quotes, notice.links]).toEqual([undefined, []]);
    const lines = (await listDeliveries(store.db, { limit: 50 })).flatMap(({ message }) => message?.text ?? []);
    expect(lines.some((text) => /Users are not told that: tocsin incident edit 1 --link URL/u.test(text))).toBe(true);
  });

  test("their newest words stand in the draft, in the place of the older", async () => {
    await using store = await database.open();
    const bare = deskWith(store.db);
    await take(bare, t0, told("copr"));
    const quote = { by: "Copr", title: "Frontend is down", url: "https://copr.example/13", text: "A disk." };
    await take(bare, t0 + minute, told("copr", { summary: "Copr says more", quote }));
    const { notice, number } = await only(store.db);
    expect(notice.quotes).toMatchObject([{ text: "A disk." }]);
    expect(notice.links).toEqual([{ url: "https://copr.example/13", title: "Copr: Frontend is down" }]);
    expect((await readTimeline(store.db, number)).map(({ kind }) => kind)).toEqual([
      "opened",
      "alert-attached",
      "edited",
    ]);
  });

  test("the draft ends when they say that it is over", async () => {
    await using store = await database.open();
    const bare = deskWith(store.db);
    await take(bare, t0, told("copr"));
    await take(bare, t0 + hour, told("copr", { status: "resolved", endsAt: t0 + hour }));
    expect(await readIncident(store.db, 1)).toMatchObject({ state: "resolved", visibility: "draft" });
  });

  test("work that they planned is on the record, and opens nothing", async () => {
    await using store = await database.open();
    const bare = deskWith(store.db);
    const work = told("copr", { quote: { by: "Copr", title: "Racks", planned: "Racks" } });
    await take(bare, t0, work);
    expect(await openIncidents(store.db)).toEqual([]);
    expect(await readAlert(store.db, work.key)).toMatchObject({
      quietBy: "upstream",
      because: "Copr planned it: Racks",
    });
    await take(bare, t0 + hour, told("copr", { quote: { by: "Copr", title: "Racks" } }));
    expect((await only(store.db)).visibility).toBe("draft");
  });

  test("when people merge it with evidence of ours, it is evidence", async () => {
    await using store = await database.open();
    const bare = deskWith(store.db);
    const quiet = { ...bare, desk: { ...bare.desk, routes: [] } };
    await take(quiet, t0, told("copr"), ours("koji", t0 + minute));
    const [first, second] = await openIncidents(store.db);
    expect([first, second].map((one) => one?.visibility)).toEqual(["draft", "draft"]);
    bare.set(t0 + 2 * minute);
    await command(quiet.desk, 2, tocsin, { do: "merge", into: 1 });
    expect(await only(store.db)).toMatchObject({ number: 1, raisedAt: t0 + 2 * minute });
  });
});
