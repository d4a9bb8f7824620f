import { everything } from "../components/shown-components.ts";
import { describe, expect, test } from "vitest";
import { alice, api, copr, t0 } from "../../test/kit/incidents.ts";
import { maintenance as shown } from "../../test/kit/maintenance-snapshots.ts";
import { impact, incident } from "../../test/kit/snapshots.ts";
import { hour, minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import type { Maintenance } from "../maintenance/maintenance.ts";
import { maintain, planMaintenance, type MaintenanceOrder } from "../maintenance/maintenance-orders.ts";
import { makeSnapshot } from "./make-snapshot.ts";
import { inOrder, publicMaintenance } from "./public-maintenance.ts";
import type { PublicIncident, PublicMaintenance } from "./snapshot.ts";

const ids = { id: brand<Maintenance["id"]>("m-1"), number: 1, code: "aaaaaaaaaaaa" };
const plan = { title: "Copr moves", components: [copr], scheduledStart: t0, scheduledEnd: t0 + hour };

/** Planned an hour ahead; then each order at its moment, after `t0`. */
function played(...orders: readonly (readonly [number, MaintenanceOrder])[]): Maintenance {
  const first = planMaintenance(ids, { ...plan, text: "Builds wait." }, alice, t0 - hour);
  if (!first.ok) throw new Error(first.error.message);
  let { maintenance } = first.value;
  for (const [after, order] of orders) {
    const done = maintain(maintenance, { by: alice, at: t0 + after, ...order });
    if (!done.ok) throw new Error(done.error.message);
    ({ maintenance } = done.value);
  }
  return maintenance;
}

const said = (window: PublicMaintenance): readonly string[] =>
  window.updates.map(({ state, text, automatic }) => `${state}${automatic ? ", automatic" : ""}: ${text}`);

describe("what the public knows of a window", () => {
  test("goes by the clock, whether or not anybody has carried it out", () => {
    const stored = played();
    const at = (now: number): PublicMaintenance => publicMaintenance(stored, "UTC", now, everything);
    expect([t0 - 1, t0, t0 + hour].map((now) => at(now).state)).toEqual(["scheduled", "in_progress", "completed"]);
    expect(said(at(t0 + 9 * hour))).toEqual([
      "completed, automatic: Its planned time has ended.",
      "in_progress, automatic: It has begun.",
      "scheduled: Builds wait.",
    ]);
    expect(at(t0 + 9 * hour)).toMatchObject({ endedAt: t0 + hour, updatedAt: t0 + hour });
  });

  test("is every word that was said and every move, the newest first, with the old times", () => {
    const window = publicMaintenance(
      played(
        [-30 * minute, { do: "edit", plan: { title: "Copr moves house", scheduledEnd: t0 + 2 * hour } }],
        [-20 * minute, { do: "edit", plan: { title: "Copr moves" } }],
        [minute, { do: "update", text: "Half is done." }],
        [2 * minute, { do: "extend", byMs: hour }],
        [3 * minute, { do: "cancel", text: "It goes on tomorrow." }],
      ),
      "Europe/Prague",
      t0 + 4 * minute,
      everything,
    );
    expect(said(window)).toEqual([
      "canceled: It goes on tomorrow.",
      "in_progress: It takes longer: until 22 Nov 2026, 15:00 UTC (16:00 Prague), not 22 Nov 2026, 14:00 UTC (15:00 Prague).",
      "in_progress: Half is done.",
      "in_progress, automatic: It has begun.",
      "scheduled: It was moved; before, it was planned from 22 Nov 2026, 12:00 UTC (13:00 Prague) to 22 Nov 2026, 13:00 UTC (14:00 Prague).",
      "scheduled: Builds wait.",
    ]);
    const codes = window.updates.map(({ code }) => code);
    expect(codes).toHaveLength(new Set(codes).size);
  });

  test("comes in an order: what goes on, what comes next, then what is over, newest first", () => {
    const windows = [
      shown(1, { state: "completed", scheduledStart: 1 }),
      shown(2, { state: "canceled", scheduledStart: 2 }),
      shown(3, { scheduledStart: 9 }),
      shown(4, { scheduledStart: 8 }),
      shown(5, { state: "verifying", scheduledStart: 7 }),
    ];
    expect(inOrder(windows).map(({ number }) => number)).toEqual([5, 4, 3, 2, 1]);
  });
});

describe("a component of a window", () => {
  const states = (now: number, incidents: readonly PublicIncident[] = [], blind = false): readonly string[] =>
    makeSnapshot({
      site: { name: "S", url: "https://s.example", timeZone: "UTC", language: "en", demo: false, code: "c" },
      record: { epoch: 1, seq: 1 },
      now,
      everyMs: minute,
      addresses: [],
      components: [copr, api].map((id) => ({
        component: { id, name: id, notice: {} },
        code: id,
        firstSeenAt: t0 - 9 * hour,
      })),
      blind: new Map(blind ? [[copr, t0]] : []),
      incidents,
      maintenance: [publicMaintenance(played(), "UTC", now, everything)],
    }).components.map(({ status, updatedAt }) => `${status} since ${(updatedAt - t0) / hour}`);

  test("is under maintenance while it runs, and what it does not name is not", () => {
    expect(states(t0 - 1)).toEqual(["operational since -9", "operational since -9"]);
    expect(states(t0 + minute)).toEqual(["under_maintenance since 0", "operational since -9"]);
    expect(states(t0 + 3 * hour)).toEqual(["operational since 1", "operational since -9"]);
  });

  test("shows an outage, and that nobody can look, rather than the maintenance", () => {
    const outage = incident(1, { impact: impact({ copr: "degraded_performance" }), updatedAt: t0 });
    expect(states(t0 + minute, [outage])[0]).toMatch(/^degraded_performance /u);
    expect(states(t0 + minute, [], true)[0]).toMatch(/^unknown /u);
  });
});
