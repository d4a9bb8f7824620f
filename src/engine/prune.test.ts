import { expect, test } from "vitest";
import { deskOn } from "../../test/kit/bare-desk.ts";
import { onEachDatabase, type OpenDatabase } from "../../test/kit/database.ts";
import { jobs, opening, t0 } from "../../test/kit/incidents.ts";
import { readAlert, saveAlerts } from "../alerts/alert-store.ts";
import { tocsin } from "../accounts/actor.ts";
import { alertKey, type Alert } from "../alerts/alert.ts";
import { appendDecisions, decisionsOf } from "../alerts/decision-store.ts";
import type { SilenceId } from "../alerts/silence.ts";
import { listSilences, saveSilence } from "../alerts/silence-store.ts";
import { brand } from "../lib/ids.ts";
import { appendToInbox, markInboxDone, measureInbox, waitingInbox } from "../alerts/inbox-store.ts";
import { ensureRecord } from "../db/record-store.ts";
import {
  claimDelivery,
  listDeliveries,
  queueMessages,
  settleDelivery,
  waitingDeliveries,
  wishPublication,
} from "../delivery/delivery-store.ts";
import { apply, type Incident } from "../incidents/incident.ts";
import { insertIncident, saveIncident } from "../incidents/incident-store.ts";
import { day, type Instant } from "../lib/clock.ts";
import type { Desk } from "./desk.ts";
import { makePruner } from "./prune.ts";

const retention = { inbox: 30 * day, deliveries: 90 * day, alerts: 400 * day, samples: 400 * day };
const signal = new AbortController().signal;

function heldDesk(at: OpenDatabase): { readonly desk: Desk; readonly set: (now: Instant) => void } {
  let now = t0;
  const clock = { now: () => now, wait: async () => undefined };
  return { desk: deskOn(at.db, { clock, retention }), set: (instant) => void (now = instant) };
}

async function pruneAll(desk: Desk): Promise<void> {
  const turn = makePruner(desk);
  while ((await turn(signal)) < 1_000);
}

async function rowsIn(
  at: OpenDatabase,
  table: "inbox" | "deliveries" | "alerts" | "incidents" | "incident_events",
): Promise<number> {
  const { count } = await at.db
    .selectFrom(table)
    .select((is) => is.fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return count;
}

const message = (text: string) => ({
  lead: "",
  text,
  mentions: [],
  saidAt: t0,
  priority: "news" as const,
  possiblyRepeated: false,
});

async function sendAll(at: OpenDatabase, target: string, now: Instant): Promise<void> {
  for (const delivery of await waitingDeliveries(at.db, [target], now)) {
    await claimDelivery(at.db, delivery, [], "test", now);
    const sent = { status: "sent" as const, dueAt: now, possiblyRepeated: false, ref: "r1" };
    await settleDelivery(at.db, delivery, sent, "test", now);
  }
}

async function openOne(at: OpenDatabase, number: number, over: boolean): Promise<void> {
  const event = opening({ number });
  const incident = apply(undefined, event);
  await at.db.transaction().execute(async (tx) => {
    await insertIncident(tx, incident, [event], t0);
    const closed: Incident = {
      ...incident,
      version: incident.version + 1,
      state: "resolved",
      clocks: { ...incident.clocks, resolved: t0 },
    };
    if (over) await saveIncident(tx, incident, closed, [], t0);
  });
}

function alert(name: string, more: Partial<Alert> = {}): Alert {
  return {
    key: alertKey(jobs, name),
    kind: "down",
    status: "resolved",
    severity: "critical",
    summary: "It is down",
    labels: {},
    startsAt: t0,
    endsAt: t0,
    observedAt: t0,
    ...more,
  };
}

onEachDatabase("what is old", (database) => {
  test("bodies in the inbox go after their time, but what waits never does", async () => {
    await using at = await database.open();
    const { desk, set } = heldDesk(at);
    const arrival = { source: jobs, receivedAt: t0, headers: "{}", body: Buffer.from("{}") };
    // More than one step, and the youngest among the old.
    for (let n = 0; n < 3; n++)
      await appendToInbox(
        at.db,
        Array.from({ length: 400 }, () => arrival),
      );
    const ids = (await waitingInbox(at.db, 1_190)).map(({ id }) => id);
    await markInboxDone(at.db, ids, t0);
    await appendToInbox(at.db, [
      { ...arrival, rejected: "no" },
      { ...arrival, receivedAt: t0 + day, rejected: "no" },
    ]);
    set(t0 + 30 * day);
    await pruneAll(desk);
    expect(await rowsIn(at, "inbox")).toBe(1_202);
    set(t0 + 30 * day + 1);
    await pruneAll(desk);
    expect(await rowsIn(at, "inbox")).toBe(11);
    set(t0 + 1_000 * day);
    await pruneAll(desk);
    expect(await measureInbox(at.db)).toMatchObject({ waiting: 10, rejected: 0 });
    expect(await rowsIn(at, "inbox")).toBe(10);
  });

  test("messages go after theirs; those of open incidents, the first of each incident and publications stay", async () => {
    await using at = await database.open();
    const { desk, set } = heldDesk(at);
    await ensureRecord(at.db, t0);
    await openOne(at, 1, false);
    await openOne(at, 2, true);
    for (const text of ["one", "two", "three"])
      for (const number of [1, 2])
        await queueMessages(at.db, [{ target: "irc", subject: `incident:${number}`, message: message(text) }], t0);
    await wishPublication(at.db, "mirror", "site", t0);
    await sendAll(at, "irc", t0);
    await sendAll(at, "mirror", t0);
    await queueMessages(at.db, [{ target: "irc", subject: "incident:2", message: message("waits") }], t0);
    set(t0 + 90 * day);
    await pruneAll(desk);
    expect(await rowsIn(at, "deliveries")).toBe(8);
    set(t0 + 91 * day);
    await pruneAll(desk);
    const texts = async (subject: string) =>
      (await listDeliveries(at.db, { subject, limit: 99 })).map((row) => row.message?.text ?? row.ref).toReversed();
    expect(await texts("incident:1")).toEqual(["one", "two", "three"]);
    expect(await texts("incident:2")).toEqual(["one", "waits"]);
    expect(await texts("site")).toEqual(["r1"]);
    expect([await rowsIn(at, "incidents"), await rowsIn(at, "incident_events")]).toEqual([2, 2]);
  });

  test("alerts that are over go after theirs; what fires or belongs to an open incident stays", async () => {
    await using at = await database.open();
    const { desk, set } = heldDesk(at);
    await openOne(at, 1, false);
    await openOne(at, 2, true);
    await saveAlerts(at.db, [{ alert: alert("over"), because: "because", fired: [] }]);
    await saveAlerts(at.db, [{ alert: alert("of-1"), because: "because", fired: [], incident: 1 }]);
    await saveAlerts(at.db, [{ alert: alert("of-2"), because: "because", fired: [], incident: 2 }]);
    const { endsAt: _over, ...fires } = alert("fires", { status: "firing" });
    await saveAlerts(at.db, [{ alert: fires, because: "because", fired: [] }]);
    set(t0 + 400 * day + 1);
    await pruneAll(desk);
    const kept = await Promise.all(
      ["over", "of-1", "of-2", "fires"].map((name) => readAlert(at.db, alertKey(jobs, name))),
    );
    expect(kept.map((one) => one !== undefined)).toEqual([false, true, false, true]);
  });

  test("why an alert did what it did, and silences that have ended, go after theirs", async () => {
    await using at = await database.open();
    const { desk, set } = heldDesk(at);
    const key = alertKey(jobs, "over");
    await appendDecisions(at.db, [{ key, at: t0, did: "opened", because: "x" }]);
    await appendDecisions(at.db, [{ key, at: t0 + day, did: "ended", because: "y" }]);
    const silence = { matchers: [], startsAt: t0, reason: "x", by: tocsin, createdAt: t0, updatedAt: t0 };
    await saveSilence(at.db, { ...silence, id: brand<SilenceId>("old"), endsAt: t0 + 1 });
    await saveSilence(at.db, { ...silence, id: brand<SilenceId>("new"), endsAt: t0 + day });
    set(t0 + 400 * day + 2);
    await pruneAll(desk);
    expect((await decisionsOf(at.db, key, 9)).map(({ did }) => did)).toEqual(["ended"]);
    expect((await listSilences(at.db, 9)).map(({ id }) => id)).toEqual(["new"]);
  });
});
