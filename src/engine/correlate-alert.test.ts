import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Actor } from "../accounts/actor.ts";
import { alertKey, type Alert, type AlertKind } from "../alerts/alert.ts";
import { listAlerts, readAlert } from "../alerts/alert-store.ts";
import { decisionsOf } from "../alerts/decision-store.ts";
import type { Silence, SilenceId } from "../alerts/silence.ts";
import { saveSilence } from "../alerts/silence-store.ts";
import type { Component } from "../components/component.ts";
import { sql } from "kysely";
import { connect } from "../db/connect.ts";
import { migrate } from "../db/migrate.ts";
import type { ChannelId, ComponentId, SourceId } from "../config/names.ts";
import type { Db } from "../db/schema.ts";
import { listDeliveries } from "../delivery/delivery-store.ts";
import type { Incident } from "../incidents/incident.ts";
import { listIncidents, openIncidents, readIncident, readTimeline } from "../incidents/incident-store.ts";
import type { Route } from "../incidents/route.ts";
import { hour, minute, second, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { bareDesk, type BareDesk } from "../../test/kit/bare-desk.ts";
import { databases, onEachDatabase } from "../../test/kit/database.ts";
import { alice, t0 } from "../../test/kit/incidents.ts";
import { transact } from "./commit.ts";
import { takeAlerts, type Outcome } from "./correlate-alert.ts";
import type { Desk } from "./desk.ts";
import { remind } from "./remind.ts";
import { command } from "./respond.ts";
import { revisit } from "./revisit.ts";
import { addSilence } from "./silencing.ts";

const hook = brand<SourceId>("hook");
const id = (name: string): ComponentId => brand<ComponentId>(name);

/** network ← db ← api, worker; copr stands alone, c1…c9 too. */
const components: readonly Component[] = [
  { id: id("network"), name: "Network", notice: {} },
  { id: id("db"), name: "Database", notice: {}, dependsOn: [id("network")] },
  { id: id("api"), name: "API", notice: {}, dependsOn: [id("db")] },
  { id: id("worker"), name: "Worker", notice: {}, dependsOn: [id("db")] },
  { id: id("copr"), name: "Copr builds", notice: {} },
  ...Array.from({ length: 9 }, (_, n) => ({ id: id(`c${n + 1}`), name: `Part ${n + 1}`, notice: {} })),
];

type Fire = {
  readonly name?: string;
  readonly component?: string;
  readonly kind?: AlertKind;
  readonly at?: Instant;
  readonly startsAt?: Instant;
  readonly severity?: Alert["severity"];
  readonly status?: Alert["status"];
  readonly more?: Partial<Alert>;
};

function word({
  name,
  component,
  kind = "down",
  at = t0,
  startsAt = at,
  severity = "critical",
  status = "firing",
  more,
}: Fire): Alert {
  const hit = component === undefined ? {} : { component: id(component) };
  return {
    key: alertKey(hook, name ?? component ?? "nameless"),
    kind,
    status,
    severity,
    ...hit,
    summary: `${name ?? component ?? "something"} is ${kind}`,
    labels: { team: "x" },
    startsAt,
    ...(status === "resolved" ? { endsAt: at } : {}),
    observedAt: at,
    ...more,
  };
}

async function hear(desk: Desk, ...alerts: readonly Alert[]): Promise<readonly Outcome[]> {
  const now = desk.clock.now();
  const words = alerts.map((alert) => ({ alert }));
  return transact(desk, (tx) => takeAlerts(tx, desk, words, now));
}

async function lines(db: Db, target: "team" | "users"): Promise<readonly string[]> {
  const all = await listDeliveries(db, { limit: 1_000 });
  return all
    .filter((each) => each.target === target)
    .map(({ message }) => `${message?.lead ?? ""} | ${message?.text ?? ""}`)
    .reverse();
}

/** Which alerts make which incidents, whatever their numbers: `copr+copr/slow`. */
function groups(incidents: readonly Incident[]): readonly string[] {
  return incidents
    .map(
      ({ alerts, impact }) =>
        `${[...alerts].toSorted().join("+")} ${JSON.stringify(Object.entries(impact).toSorted())}`,
    )
    .toSorted();
}

const worlds = async (more: Partial<Desk> = {}): Promise<BareDesk & AsyncDisposable> => {
  const connection = connect("sqlite::memory:");
  await migrate(connection);
  return { ...bareDesk(connection.db, components, more), [Symbol.asyncDispose]: () => connection.close() };
};

describe("one incident per cause", () => {
  test("what stands on the same, and breaks within five minutes, is one incident named after both", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ component: "api" }), word({ component: "worker", startsAt: t0 + 4 * minute }));
    const [incident, ...others] = await openIncidents(world.desk.db);
    expect(others).toEqual([]);
    expect(incident?.impact).toEqual({ api: "major_outage", worker: "major_outage" });
    expect(incident?.notice.title).toBe("Trouble in API and Worker");
  });

  test("ten minutes apart they are two, and so are parts that have nothing to do with each other", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ component: "api" }), word({ component: "worker", startsAt: t0 + 10 * minute }));
    await hear(world.desk, word({ component: "copr" }));
    expect(await openIncidents(world.desk.db)).toHaveLength(3);
  });

  test("a part fails because what it stands on is down, however long that has been: the incident is about the root", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ component: "api" }));
    await hear(world.desk, word({ component: "network", startsAt: t0 + 2 * minute }));
    await hear(world.desk, word({ component: "worker", startsAt: t0 + 50 * minute }));
    const [incident, ...others] = await openIncidents(world.desk.db);
    expect(others).toEqual([]);
    expect(incident?.notice.title).toBe("Network: not reachable");
    expect(Object.keys(incident?.impact ?? {}).toSorted()).toEqual(["api", "network", "worker"]);
  });

  test("an alert that shows two drafts to be the same puts them together, and says so", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ component: "api" }));
    await hear(world.desk, word({ component: "worker", startsAt: t0 + 8 * minute }));
    expect(await openIncidents(world.desk.db)).toHaveLength(2);
    await hear(world.desk, word({ component: "db", startsAt: t0 + 4 * minute }));
    expect(groups(await openIncidents(world.desk.db))).toHaveLength(1);
    expect((await readIncident(world.desk.db, 2))?.mergedInto).toBe(1);
    expect(await lines(world.desk.db, "team")).toContainEqual(
      expect.stringContaining("Incident 2 is the same trouble"),
    );
    // The alerts went along: the end of one ends its part in the one that is left.
    await hear(world.desk, word({ component: "worker", status: "resolved", at: t0 + 9 * minute }));
    expect((await readIncident(world.desk.db, 1))?.alerts).toHaveLength(2);
  });

  test("what people have touched is never put together by itself", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ component: "api" }));
    await hear(world.desk, word({ component: "worker", startsAt: t0 + 8 * minute }));
    await command(world.desk, 2, alice, { do: "acknowledge" });
    await hear(world.desk, word({ component: "db", startsAt: t0 + 4 * minute }));
    const open = await openIncidents(world.desk.db);
    expect(open.map(({ number, alerts }) => [number, alerts.length])).toEqual([
      [2, 2],
      [1, 1],
    ]);
  });

  test("a certificate that will expire joins no outage", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ component: "api" }), word({ name: "tls", component: "api", kind: "expiring" }));
    expect(await openIncidents(world.desk.db)).toHaveLength(2);
  });

  test("trouble with one target that users read about does not swallow the total outage", async () => {
    await using world = await worlds();
    const narrow = { coverage: { targets: ["epel-9"], since: t0 }, severity: "info" as const };
    await hear(world.desk, word({ component: "copr", more: narrow }));
    const complete = {
      affected: "x",
      alternatives: ["y"],
      eta: "unknown",
      nextUpdateAt: t0 + hour,
      retrigger: "no",
    } as const;
    await command(world.desk, 1, alice, { do: "edit", notice: complete });
    await command(world.desk, 1, alice, { do: "publish" });
    await hear(world.desk, word({ name: "all", component: "copr" }));
    expect((await openIncidents(world.desk.db)).map(({ number, visibility }) => [number, visibility])).toEqual([
      [2, "draft"],
      [1, "published"],
    ]);
  });

  test("a draft about one target grows visibly, and pages again", async () => {
    await using world = await worlds();
    const narrow = { coverage: { targets: ["epel-9"], since: t0 } };
    await hear(world.desk, word({ component: "copr", more: narrow }));
    world.set(t0 + 2 * minute);
    await hear(world.desk, word({ name: "all", component: "copr", at: t0 + 2 * minute }));
    expect(await openIncidents(world.desk.db)).toHaveLength(1);
    const said = await listDeliveries(world.desk.db, { limit: 10 });
    expect(said[0]).toMatchObject({ priority: "page", message: { lead: expect.stringContaining("Incident 1 grows") } });
  });
});

describe("a storm", () => {
  test("of 1,000 alerts in one batch is one incident and one line", async () => {
    await using world = await worlds();
    const storm = Array.from({ length: 1_000 }, (_, n) =>
      word({ name: `host-${n}`, component: `c${(n % 9) + 1}`, startsAt: t0 + n * 50 }),
    );
    await hear(world.desk, ...storm);
    const [incident, ...others] = await openIncidents(world.desk.db);
    expect(others).toEqual([]);
    expect(incident?.alerts).toHaveLength(1_000);
    expect(await lines(world.desk.db, "team")).toHaveLength(1);
  });

  test("of 1,000 alerts about one part, one by one in a minute, is one incident and one line, and a second one when it grew", async () => {
    await using world = await worlds();
    for (let n = 0; n < 1_000; n++) {
      const at = t0 + n * 50;
      world.set(at);
      await hear(
        world.desk,
        word({ name: `host-${n}`, component: "copr", at, severity: n < 500 ? "warning" : "critical" }),
      );
    }
    expect(await openIncidents(world.desk.db)).toHaveLength(1);
    expect(await lines(world.desk.db, "team")).toHaveLength(1);
    world.set(t0 + minute + second);
    await remind(world.desk);
    await remind(world.desk);
    const said = await lines(world.desk.db, "team");
    expect(said).toHaveLength(2);
    expect(said[1]).toContain("grows: Copr builds: major outage | 1000 alerts fire");
  });

  test("over parts that have nothing to do with each other, one by one: the first four are told, then one line for all", async () => {
    await using world = await worlds();
    for (let n = 0; n < 200; n++) {
      world.set(t0 + n * 100);
      await hear(world.desk, word({ name: `host-${n}`, component: `c${(n % 9) + 1}`, at: t0 + n * 100 }));
    }
    expect(await openIncidents(world.desk.db)).toHaveLength(1);
    const said = await lines(world.desk.db, "team");
    expect(said).toHaveLength(5);
    expect(said[4]).toContain("Incidents 2, 3 and 4 are the same trouble");
  });

  test("of alerts that name no component is one incident for each source", async () => {
    await using world = await worlds();
    for (let n = 0; n < 50; n++) await hear(world.desk, word({ name: `host-${n}`, startsAt: t0 + n * second }));
    expect(await openIncidents(world.desk.db)).toHaveLength(1);
    expect(await lines(world.desk.db, "team")).toHaveLength(1);
  });

  test("of alerts that name no component pages again a minute later: nobody knows that it is the same", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ name: "disk-full", severity: "warning" }));
    await command(world.desk, 1, alice, { do: "acknowledge" });
    world.set(t0 + second);
    await hear(world.desk, word({ name: "database-down" }));
    world.set(t0 + minute + second);
    await remind(world.desk);
    await remind(world.desk);
    const pages = (await listDeliveries(world.desk.db, { limit: 9 })).filter(({ priority }) => priority === "page");
    expect(pages.map(({ message }) => `${message?.lead} | ${message?.text}`).toReversed()).toEqual([
      expect.stringContaining("Incident 1: disk-full is down"),
      "Incident 1 grows: disk-full is down | 2 alerts fire. The latest: database-down is down.",
    ]);
    // One ends and comes back: that is one more again; one that only repeats is not.
    world.set(t0 + 3 * minute);
    await hear(world.desk, word({ name: "database-down", at: t0 + 3 * minute, startsAt: t0 }));
    await remind(world.desk);
    expect(await lines(world.desk.db, "team")).toHaveLength(3);
  });
});

describe("in one batch", () => {
  test("the last alert of a draft ends and another begins: the draft is over, and a new one opens", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ name: "a", component: "copr" }));
    const at = t0 + minute;
    world.set(at);
    const gone = word({ name: "a", component: "copr", status: "resolved", at, startsAt: t0 });
    expect(await hear(world.desk, gone, word({ name: "b", component: "copr", at }))).toEqual(["end", "open"]);
    expect((await openIncidents(world.desk.db)).map(({ alerts }) => alerts)).toEqual([["hook/b"]]);
    expect(await readIncident(world.desk.db, 1)).toMatchObject({ state: "resolved" });
  });

  test("an alert ends and fires again while others go on: it stays in its incident, and each thing is one event", async () => {
    await using world = await worlds();
    const names = ["a", "b", "c", "d"];
    await hear(world.desk, ...names.map((name) => word({ name, component: "copr" })));
    const at = t0 + minute;
    world.set(at);
    const over = (name: string): Alert => word({ name, component: "copr", status: "resolved", at, startsAt: t0 });
    await hear(world.desk, over("a"), over("b"), word({ name: "a", component: "copr", at: at + 1 }), over("c"));
    const [incident, ...others] = await openIncidents(world.desk.db);
    expect(others).toEqual([]);
    expect(incident?.alerts.toSorted()).toEqual(["hook/a", "hook/d"]);
    expect((await readTimeline(world.desk.db, 1)).slice(-3).map(({ kind }) => kind)).toEqual([
      "alerts-ended",
      "alert-attached",
      "alert-ended",
    ]);
  });

  test("5,000 alerts of one incident say something new, then end: two events, each in the time of one", async () => {
    await using world = await worlds();
    const all = Array.from({ length: 5_000 }, (_, n) => word({ name: `host-${n}`, component: "copr" }));
    await hear(world.desk, ...all);
    const before = (await readTimeline(world.desk.db, 1)).length;
    await hear(world.desk, ...all.map((alert) => ({ ...alert, summary: `${alert.summary} again` })));
    expect(await readTimeline(world.desk.db, 1)).toHaveLength(before + 1);
    await hear(
      world.desk,
      ...all.map((alert): Alert => ({ ...alert, status: "resolved", endsAt: t0 + 1, observedAt: t0 + 1 })),
    );
    expect((await readTimeline(world.desk.db, 1)).slice(before + 1).map(({ kind }) => kind)).toEqual([
      "alerts-ended",
      "resolved",
    ]);
  });
});

describe("an alert that comes and goes", () => {
  async function flap(world: BareDesk, times: number): Promise<Instant> {
    let at = t0;
    for (let n = 0; n < times; n++) {
      world.set(at);
      await hear(world.desk, word({ component: "copr", at }));
      at += minute;
      world.set(at);
      await hear(world.desk, word({ component: "copr", at, startsAt: at - minute, status: "resolved" }));
      at += minute;
    }
    return at;
  }

  test("is held as one episode: said once, and over when it has been calm for 15 min", async () => {
    await using world = await worlds();
    const at = await flap(world, 8);
    expect(await listIncidents(world.desk.db, { limit: 9 })).toHaveLength(1);
    expect((await openIncidents(world.desk.db))[0]?.flapping).toEqual(["hook/copr"]);
    const said = await lines(world.desk.db, "team");
    expect(said.filter((line) => line.includes("comes and goes"))).toHaveLength(1);
    expect(said.length).toBeLessThanOrEqual(6);
    world.set(at + 13 * minute);
    await revisit(world.desk);
    expect(await openIncidents(world.desk.db)).toHaveLength(1);
    world.set(at + 15 * minute);
    await revisit(world.desk);
    expect(await openIncidents(world.desk.db)).toEqual([]);
    expect((await decisionsOf(world.desk.db, alertKey(hook, "copr"), 1))[0]).toMatchObject({
      did: "ended",
      incident: 1,
    });
  });
});

describe("many alerts that come and go together", () => {
  test("are one line", async () => {
    await using world = await worlds();
    const names = Array.from({ length: 50 }, (_, n) => `host-${n}`);
    await hear(world.desk, word({ name: "steady", component: "copr" }));
    for (let at = t0; at < t0 + 8 * minute; at += 2 * minute) {
      world.set(at);
      await hear(world.desk, ...names.map((name) => word({ name, component: "copr", at })));
      const end = { component: "copr", at: at + minute, startsAt: at, status: "resolved" } as const;
      world.set(at + minute);
      await hear(world.desk, ...names.map((name) => word({ name, ...end })));
    }
    expect((await lines(world.desk.db, "team")).filter((line) => line.includes("comes and goes"))).toHaveLength(1);
  });
});

describe("a silence", () => {
  const silence = (more: Partial<Silence> = {}): Silence => ({
    id: brand<SilenceId>("s1"),
    matchers: [{ name: "component", how: "=", value: "copr" }],
    startsAt: t0,
    endsAt: t0 + hour,
    reason: "we know",
    by: alice,
    createdAt: t0,
    updatedAt: t0,
    ...more,
  });

  test("tells nobody of what it matches, keeps it, and when it ends while the alert still fires a draft opens", async () => {
    await using world = await worlds();
    await saveSilence(world.desk.db, silence());
    expect(await hear(world.desk, word({ component: "copr" }), word({ component: "api" }))).toEqual(["quiet", "open"]);
    expect(await readAlert(world.desk.db, alertKey(hook, "copr"))).toMatchObject({ quietBy: "silence:s1" });
    expect(await lines(world.desk.db, "team")).toHaveLength(1);
    world.set(t0 + hour - 1);
    await revisit(world.desk);
    expect(await openIncidents(world.desk.db)).toHaveLength(1);
    world.set(t0 + hour);
    await revisit(world.desk);
    expect(await openIncidents(world.desk.db)).toHaveLength(2);
    const why = await decisionsOf(world.desk.db, alertKey(hook, "copr"), 9);
    expect(why.map(({ did }) => did)).toEqual(["opened", "quiet"]);
    expect(why[1]?.because).toBe("silenced: we know");
  });

  test("that names a component, a kind or a source that there is not is refused with the nearest one", async () => {
    await using world = await worlds();
    const asked = (name: string, how: "=" | "=~", value: string) =>
      addSilence(world.desk, alice, { ...silence(), matchers: [{ name, how, value }] });
    expect(await asked("component", "=", "cpr")).toMatchObject({
      error: { code: "unknown-name", message: 'there is no component "cpr"; did you mean "copr"?' },
    });
    expect(await asked("kind", "=", "failling")).toMatchObject({ error: { code: "unknown-name" } });
    for (const [name, how, value] of [
      ["component", "=~", "cpr.*"],
      ["component", "=", "copr"],
      ["team", "=", "of the source's own labels"],
    ] as const)
      expect(await asked(name, how, value), name).toMatchObject({ ok: true });
  });

  test("that ends is told of, too, where the route opens no incident; what ended under it is not", async () => {
    const none: Route = { number: 1, match: [[{ name: "kind", how: "=", value: "expiring" }]], opens: "none" };
    await using world = await worlds({ routes: [none] });
    await saveSilence(world.desk.db, silence());
    await hear(
      world.desk,
      word({ name: "tls", component: "copr", kind: "expiring" }),
      word({ name: "brief", component: "copr", kind: "expiring" }),
    );
    world.set(t0 + hour);
    await hear(
      world.desk,
      word({ name: "brief", component: "copr", kind: "expiring", status: "resolved", at: t0 + hour }),
    );
    await revisit(world.desk);
    expect(await lines(world.desk.db, "team")).toEqual([
      "hook (critical) | tls is expiring (it was silenced until now)",
    ]);
  });

  test("sees the labels that the sender gave last, though nothing else of the alert is new", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ component: "copr" }));
    await hear(world.desk, word({ component: "copr", more: { labels: { team: "y" } } }));
    const stored = await readAlert(world.desk.db, alertKey(hook, "copr"));
    expect(stored?.alert.labels).toEqual({ team: "y" });
    expect((await openIncidents(world.desk.db))[0]?.version).toBe(1);
  });

  test("does not keep an end from being heard", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ component: "copr" }));
    await saveSilence(world.desk.db, silence());
    world.set(t0 + minute);
    await hear(world.desk, word({ component: "copr", status: "resolved", at: t0 + minute, startsAt: t0 }));
    expect(await openIncidents(world.desk.db)).toEqual([]);
  });
});

describe("a dismissal", () => {
  const weighed = (failedJobs: number): Partial<Alert> => ({
    evidence: {
      figures: {
        jobs: 99,
        failedJobs,
        projects: 9,
        failedProjects: 9,
        failedShare: 1,
        usualShare: 0.1,
        windowMs: 1,
        score: 9,
        threshold: 5,
      },
      votes: [],
    },
  });

  test("holds while the episode lasts, until the evidence has doubled", async () => {
    await using world = await worlds();
    const fire = (failed: number): Promise<readonly Outcome[]> =>
      hear(world.desk, word({ component: "copr", kind: "failing", more: weighed(failed) }));
    await fire(10);
    await command(world.desk, 1, alice, { do: "dismiss", reason: "one project" });
    expect(await fire(15)).toEqual(["nothing"]);
    expect(await fire(19)).toEqual(["nothing"]);
    expect(await fire(20)).toEqual(["open"]);
    expect((await decisionsOf(world.desk.db, alertKey(hook, "copr"), 1))[0]?.because).toContain(
      "doubled since incident 1",
    );
  });

  test("holds back more alerts of the same kind until there are twice as many", async () => {
    await using world = await worlds();
    await hear(world.desk, ...[1, 2, 3].map((n) => word({ name: `h${n}`, component: "copr" })));
    await command(world.desk, 1, alice, { do: "dismiss", reason: "a drill" });
    expect(
      await hear(world.desk, word({ name: "h4", component: "copr" }), word({ name: "h5", component: "copr" })),
    ).toEqual(["nothing", "nothing"]);
    expect(await hear(world.desk, word({ component: "api" }))).toEqual(["open"]);
    expect(await hear(world.desk, word({ name: "h6", component: "copr" }))).toEqual(["open"]);
  });

  test("that is taken back has its alerts again: it is not over while one fires", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ component: "copr" }));
    await command(world.desk, 1, alice, { do: "dismiss", reason: "a drill" });
    await command(world.desk, 1, alice, { do: "reopen" });
    const at = t0 + minute;
    await hear(world.desk, word({ name: "other", component: "copr", at }));
    await hear(world.desk, word({ name: "other", component: "copr", at: at + 1, startsAt: at, status: "resolved" }));
    expect((await openIncidents(world.desk.db)).map(({ alerts }) => alerts)).toEqual([["hook/copr"]]);
  });

  test("does not hold back twice as many that come at once, nor what is worse", async () => {
    await using world = await worlds();
    const three = [1, 2, 3].map((n) => word({ name: `h${n}`, component: "copr", severity: "warning" }));
    await hear(world.desk, ...three);
    await command(world.desk, 1, alice, { do: "dismiss", reason: "a drill" });
    const more = Array.from({ length: 5 }, (_, n) => word({ name: `m${n}`, component: "copr", severity: "warning" }));
    expect(await hear(world.desk, ...more)).toEqual(["nothing", "nothing", "open", "attach", "attach"]);
    await command(world.desk, 2, alice, { do: "dismiss", reason: "a drill" });
    expect(await hear(world.desk, word({ name: "worse", component: "copr", severity: "critical" }))).toEqual(["open"]);
  });
});

describe("a split", () => {
  test("makes an incident of its own of some alerts, and they stay apart", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ component: "api" }), word({ component: "worker" }));
    expect(await openIncidents(world.desk.db)).toHaveLength(1);
    const split = await command(world.desk, 1, alice, { do: "split", alerts: [alertKey(hook, "worker")], into: 0 });
    expect(split.ok).toBe(true);
    const titles = (await openIncidents(world.desk.db)).map(({ notice }) => notice.title);
    expect(titles).toEqual(["Worker: not reachable", "API: not reachable"]);
    await hear(
      world.desk,
      word({ component: "api", at: t0 + minute, startsAt: t0 }),
      word({ component: "worker", at: t0 + minute, startsAt: t0 }),
    );
    expect((await openIncidents(world.desk.db)).map(({ number, impact }) => [number, Object.keys(impact)])).toEqual([
      [2, ["worker"]],
      [1, ["api"]],
    ]);
    world.set(t0 + 2 * minute);
    await hear(world.desk, word({ component: "worker", status: "resolved", at: t0 + 2 * minute, startsAt: t0 }));
    expect((await openIncidents(world.desk.db)).map(({ number }) => number)).toEqual([1]);
  });

  test("of an incident that an older version wrote keeps what is hit", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ component: "copr" }), word({ name: "two", component: "copr" }));
    const [now] = await openIncidents(world.desk.db);
    const old = JSON.stringify({ ...now, evidence: undefined, told: undefined });
    await world.desk.db.updateTable("incidents").set({ body: old }).execute();
    await command(world.desk, 1, alice, { do: "split", alerts: [alertKey(hook, "two")], into: 0 });
    expect(await readIncident(world.desk.db, 1)).toMatchObject({ impact: { copr: "major_outage" } });
  });

  test("of all alerts, of none, or of strangers is refused", async () => {
    await using world = await worlds();
    await hear(world.desk, word({ component: "api" }), word({ component: "worker" }));
    const split = (...alerts: readonly string[]): ReturnType<typeof command> =>
      command(world.desk, 1, alice, { do: "split", alerts: alerts.map((name) => alertKey(hook, name)), into: 0 });
    expect(await split("api", "worker")).toMatchObject({ ok: false, refusal: { code: "invalid" } });
    expect(await split()).toMatchObject({ ok: false, refusal: { code: "invalid" } });
    expect(await split("ap")).toMatchObject({
      ok: false,
      refusal: { message: expect.stringContaining('did you mean "hook/api"') },
    });
  });
});

describe("routes", () => {
  const route = (number: number, name: string, value: string, more: Partial<Route>): Route => ({
    number,
    match: [[{ name, how: "=", value }]],
    opens: "draft",
    ...more,
  });
  const ops = brand<ChannelId>("users");

  test("opens none: it is said to the channels, a few lines a minute, and its end too", async () => {
    await using world = await worlds({ routes: [route(1, "kind", "expiring", { opens: "none" })] });
    expect(await hear(world.desk, word({ component: "api", kind: "expiring" }))).toEqual(["say"]);
    expect(await hear(world.desk, word({ component: "api", kind: "expiring" }))).toEqual(["nothing"]);
    expect(await openIncidents(world.desk.db)).toEqual([]);
    await hear(world.desk, word({ component: "api", kind: "expiring", status: "resolved", at: t0 + 1 }));
    expect(await lines(world.desk.db, "team")).toEqual([
      "hook (critical) | api is expiring",
      "hook: over | api is expiring",
    ]);
    await hear(world.desk, ...Array.from({ length: 100 }, (_, n) => word({ name: `x${n}`, kind: "expiring" })));
    expect((await lines(world.desk.db, "team")).slice(-1)[0]).toContain("hook: more alerts");
    expect(await lines(world.desk.db, "team")).toHaveLength(6);
  });

  test("opens publish: users are told at once, in careful words, with the status of the route", async () => {
    await using world = await worlds({
      routes: [route(1, "component", "api", { opens: "publish", status: "partial_outage" })],
    });
    await hear(world.desk, word({ component: "api" }));
    expect((await openIncidents(world.desk.db))[0]).toMatchObject({
      visibility: "published",
      spokenBy: "tocsin",
      impact: { api: "partial_outage" },
    });
    expect(await lines(world.desk.db, "users")).toHaveLength(1);
  });

  test("opens attach: it waits for an incident that it belongs to, and opens none", async () => {
    await using world = await worlds({ routes: [route(1, "severity", "info", { opens: "attach" })] });
    await hear(world.desk, word({ name: "hint", component: "api", severity: "info" }));
    expect(await openIncidents(world.desk.db)).toEqual([]);
    await hear(world.desk, word({ component: "api" }));
    await revisit(world.desk);
    expect((await openIncidents(world.desk.db))[0]?.alerts.toSorted()).toEqual(["hook/api", "hook/hint"]);
  });

  test("channels: only these hear of it, until an alert joins that all hear of", async () => {
    await using world = await worlds({ routes: [route(1, "severity", "warning", { channels: [ops] })] });
    await hear(world.desk, word({ component: "api", severity: "warning" }));
    expect(await lines(world.desk.db, "team")).toEqual([]);
    world.set(t0 + 2 * minute);
    await hear(world.desk, word({ name: "bad", component: "api", at: t0 + 2 * minute }));
    expect(await lines(world.desk.db, "team")).toEqual([expect.stringContaining("grows: API: major outage")]);
  });

  test("channels: whoever heard of a draft hears of the one that it goes on in", async () => {
    const few = { channels: [ops] };
    await using world = await worlds({
      routes: [route(1, "component", "api", few), route(2, "component", "db", few)],
    });
    await hear(world.desk, word({ component: "api" }));
    await hear(world.desk, word({ component: "worker", startsAt: t0 + 8 * minute }));
    await hear(world.desk, word({ component: "db", startsAt: t0 + 4 * minute }));
    expect(await readIncident(world.desk.db, 2)).toMatchObject({ mergedInto: 1 });
    expect((await readIncident(world.desk.db, 1))?.channels).toBeUndefined();
  });

  test("opens none: each channel hears what is meant for it, however much else there is", async () => {
    const none = { opens: "none" } as const;
    await using world = await worlds({
      routes: [route(1, "kind", "expiring", none), route(2, "kind", "slow", { ...none, channels: [ops] })],
    });
    await hear(
      world.desk,
      ...Array.from({ length: 20 }, (_, n) => word({ name: `x${n}`, kind: "expiring" })),
      word({ name: "lone", kind: "slow" }),
    );
    expect(await lines(world.desk.db, "team")).toHaveLength(6);
    expect(await lines(world.desk.db, "users")).toEqual(["hook (critical) | lone is slow"]);
  });
});

const oneAlert = fc.record({
  component: fc.option(fc.constantFrom("network", "db", "api", "worker", "copr", "c1", "c2", "c3", "c4", "c5"), {
    nil: undefined,
  }),
  kind: fc.constantFrom<AlertKind>("down", "failing", "stuck", "expiring", "blind"),
  minutes: fc.integer({ min: 0, max: 30 }),
  severity: fc.constantFrom<Alert["severity"]>("critical", "warning", "info"),
});

describe("whatever comes, in whatever order", () => {
  test("the same alerts make the same incidents", async () => {
    const sets = fc.array(oneAlert, { minLength: 2, maxLength: 14 }).chain((specs) => {
      const alerts = specs.map(({ component, kind, minutes, severity }, n) =>
        word({
          name: `a${n}`,
          kind,
          severity,
          startsAt: t0 - hour + minutes * minute,
          ...(component === undefined ? {} : { component }),
        }),
      );
      return fc.tuple(
        fc.constant(alerts),
        fc.shuffledSubarray(alerts, { minLength: alerts.length }),
        fc.integer({ min: 1, max: 5 }),
      );
    });
    const play = async (alerts: readonly Alert[], size: number): Promise<readonly string[]> => {
      await using world = await worlds();
      for (let n = 0; n < alerts.length; n += size) await hear(world.desk, ...alerts.slice(n, n + size));
      return groups(await openIncidents(world.desk.db));
    };
    await fc.assert(
      fc.asyncProperty(sets, async ([alerts, shuffled, size]) => {
        expect(await play(shuffled, size)).toEqual(await play(alerts, 1));
      }),
      { numRuns: 150 },
    );
  });

  test("no alert is ever unaccounted for", async () => {
    const step = fc.record({
      alert: oneAlert,
      name: fc.integer({ min: 0, max: 6 }),
      fires: fc.boolean(),
      after: fc.integer({ min: 0, max: 20 }),
      order: fc.constantFrom(
        ...Array.from({ length: 6 }, () => undefined),
        "acknowledge",
        "dismiss",
        "resolve",
        "merge",
        "split",
      ),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
        await using world = await worlds();
        let now = t0;
        for (const { alert, name, fires, after, order } of steps) {
          now += after * minute;
          world.set(now);
          const said = word({
            name: `a${name}`,
            kind: alert.kind,
            severity: alert.severity,
            at: now,
            startsAt: now - minute,
            status: fires ? "firing" : "resolved",
            component: alert.component ?? "c9",
          });
          await hear(world.desk, said);
          await revisit(world.desk);
          await meddle(world.desk, order, alice);
          await everyAlertIsSomewhere(world.desk);
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** A human does something, if it may be done. */
async function meddle(desk: Desk, order: string | undefined, by: Actor): Promise<void> {
  const open = await openIncidents(desk.db);
  const [first, second] = open;
  if (first === undefined) return;
  if (order === "acknowledge") await command(desk, first.number, by, { do: "acknowledge" });
  if (order === "dismiss") await command(desk, first.number, by, { do: "dismiss", reason: "no" });
  if (order === "resolve") await command(desk, first.number, by, { do: "resolve" });
  if (order === "merge" && second !== undefined)
    await command(desk, first.number, by, { do: "merge", into: second.number });
  if (order === "split")
    await command(desk, first.number, by, { do: "split", alerts: first.alerts.slice(0, 1), into: 0 });
}

/** Each alert that fires is in an open incident, or its row says why not; each key of an incident is an alert that fires or is held. */
async function everyAlertIsSomewhere(desk: Desk): Promise<void> {
  const open = await openIncidents(desk.db);
  const alerts = await listAlerts(desk.db, { limit: 1_000 });
  for (const { alert, because, incident, quietBy } of alerts) {
    const why = await decisionsOf(desk.db, alert.key, 1);
    expect(why, `${alert.key} has a reason on record`).toHaveLength(1);
    const inside = open.filter((each) => each.alerts.includes(alert.key));
    expect(inside.length, `${alert.key} is in one incident at most`).toBeLessThanOrEqual(1);
    if (alert.status !== "firing" || inside.length === 1) continue;
    const where = incident === undefined ? undefined : await readIncident(desk.db, incident);
    expect(quietBy !== undefined || where !== undefined, `${alert.key} is nowhere: ${because}`).toBe(true);
  }
  for (const incident of open)
    for (const key of incident.alerts) {
      const stored = await readAlert(desk.db, key);
      expect(stored?.alert.status === "firing" || stored?.heldUntil !== undefined, `${key} fires or is held`).toBe(
        true,
      );
    }
}

onEachDatabase("a batch of alerts", (database) => {
  test("opens, joins, keeps quiet and ends, and all of it is on record", async () => {
    await using at = await database.open();
    const world = bareDesk(at.db, components);
    const { desk } = world;
    await hear(desk, ...Array.from({ length: 2_500 }, (_, n) => word({ name: `n${n}`, component: "copr" })));
    expect((await openIncidents(at.db))[0]?.alerts).toHaveLength(2_500);
    world.set(t0 + minute);
    await hear(
      desk,
      ...Array.from({ length: 2_500 }, (_, n) =>
        word({ name: `n${n}`, component: "copr", status: "resolved", at: t0 + minute, startsAt: t0 }),
      ),
    );
    expect(await openIncidents(at.db)).toEqual([]);
    expect((await decisionsOf(at.db, alertKey(hook, "n7"), 9)).map(({ did }) => did)).toEqual(["ended", "joined"]);
  });
});

const postgres = databases.find(({ name }) => name === "PostgreSQL");

test.skipIf(postgres?.missing !== undefined)(
  "a word that comes while people split does not undo the split",
  async () => {
    if (postgres === undefined) throw new Error("there is no PostgreSQL");
    await using at = await postgres.open();
    const world = bareDesk(at.db, components);
    const { desk } = world;
    const key = alertKey(hook, "worker");
    await hear(desk, word({ component: "api" }), word({ component: "worker" }));
    world.set(t0 + 2 * minute);
    let heard: Promise<unknown> | undefined;
    await transact(desk, async (tx) => {
      await command({ ...desk, db: tx }, 1, alice, { do: "split", alerts: [key], into: 0 });
      heard = hear(desk, word({ component: "worker", at: t0 + 2 * minute, startsAt: t0 }));
      for (let waiting = 0; waiting === 0;) {
        const { rows } = await sql<{ n: number }>`select count(*) as n from pg_locks where not granted`.execute(tx);
        waiting = rows[0]?.n ?? 0;
      }
    });
    await heard;
    expect((await readIncident(at.db, 2))?.alerts).toEqual([key]);
    expect(await readAlert(at.db, key)).toMatchObject({ incident: 2 });
  },
);
