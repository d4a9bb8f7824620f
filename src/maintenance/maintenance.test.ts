import { describe, expect, test } from "vitest";
import { alice, api, copr, key, t0 } from "../../test/kit/incidents.ts";
import type { Alert } from "../alerts/alert.ts";
import { day, hour, minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { isRunning, maintenanceStates, quietedBy, stateAt, type Maintenance } from "./maintenance.ts";

function maintenanceOn(more: Partial<Maintenance> = {}): Maintenance {
  return {
    id: brand(`m-${more.number ?? 1}`),
    number: 1,
    code: "aaaaaaaaaaaa",
    version: 1,
    title: "Copr moves",
    components: [copr],
    scheduledStart: t0,
    scheduledEnd: t0 + hour,
    state: "scheduled",
    by: alice,
    plannedAt: t0 - hour,
    events: [],
    ...more,
  };
}

function alertOn(more: Partial<Alert> = {}): Alert {
  return {
    key: key("copr"),
    kind: "down",
    status: "firing",
    severity: "critical",
    component: copr,
    summary: "Copr answers 503",
    labels: {},
    startsAt: t0 + 10 * minute,
    observedAt: t0 + 10 * minute,
    ...more,
  };
}

describe("where a window stands", () => {
  test.each([
    ["scheduled", t0 - 1, "scheduled"],
    ["scheduled", t0, "in_progress"],
    ["scheduled", t0 + hour - 1, "in_progress"],
    ["scheduled", t0 + hour, "completed"],
    ["in_progress", t0 - minute, "in_progress"],
    ["verifying", t0 + 1, "verifying"],
    ["verifying", t0 + hour, "completed"],
    ["verifying", t0 + 5 * day, "completed"],
    ["completed", t0 + 1, "completed"],
    ["canceled", t0 + 1, "canceled"],
  ] as const)("a window that was %s is, %d, %s", (state, now, is) => {
    expect(stateAt(maintenanceOn({ state }), now)).toBe(is);
  });

  test.each([
    [t0 + hour - 1, "in_progress"],
    [t0 + hour, "verifying"],
    [t0 + hour + day - 1, "verifying"],
    [t0 + hour + day, "completed"],
  ] as const)("one with monitors is verified at its end, for a day at most: %d is %s", (now, is) => {
    expect(stateAt(maintenanceOn({ verifyMs: 15 * minute }), now)).toBe(is);
  });

  test("is told by the clock alone and never goes back, in whatever steps somebody looks", () => {
    for (const state of maintenanceStates) {
      const seen = [-hour, -1, 0, 1, hour - 1, hour, 5 * hour].map((off) =>
        maintenanceStates.indexOf(stateAt(maintenanceOn({ state }), t0 + off)),
      );
      expect(seen).toEqual(seen.toSorted((a, b) => a - b));
      expect(Math.min(...seen)).toBeGreaterThanOrEqual(maintenanceStates.indexOf(state));
    }
  });
});

describe("a running window", () => {
  const now = t0 + 20 * minute;
  test.each([
    ["quiets an alert of its own component", alertOn(), 1],
    ["quiets no alert of another component", alertOn({ component: api }), undefined],
    ["quiets no outage that began before it", alertOn({ startsAt: t0 - 1 }), undefined],
    ["quiets no end of an alert", alertOn({ status: "resolved", endsAt: now }), undefined],
  ] as const)("%s", (_promise, alert, by) => {
    expect(quietedBy([maintenanceOn()], alert, now)?.number).toBe(by);
  });

  test("quiets no alert that names no component, and a mere notice quiets nothing", () => {
    const { component: _component, ...nameless } = alertOn();
    expect(quietedBy([maintenanceOn()], nameless, now)).toBeUndefined();
    expect(quietedBy([maintenanceOn({ components: [] })], alertOn(), now)).toBeUndefined();
  });

  test("quiets only while it runs", () => {
    for (const [state, at] of [
      ["scheduled", t0 - 1],
      ["scheduled", t0 + hour],
      ["completed", now],
      ["canceled", now],
    ] as const) {
      expect(isRunning(maintenanceOn({ state }), at)).toBe(false);
      expect(quietedBy([maintenanceOn({ state })], alertOn({ startsAt: t0 }), at)).toBeUndefined();
    }
    expect(quietedBy([maintenanceOn({ state: "verifying" })], alertOn(), now)?.number).toBe(1);
  });

  test("that is verified quiets for a while only: longer would mask an outage", () => {
    const window = maintenanceOn({ state: "verifying", verifyMs: 15 * minute });
    const end = t0 + hour;
    expect(quietedBy([window], alertOn({ startsAt: end + 1 }), end + 15 * minute - 1)?.number).toBe(1);
    expect(quietedBy([window], alertOn({ startsAt: end + 1 }), end + 15 * minute)).toBeUndefined();
    expect(isRunning(window, end + hour)).toBe(true);
  });

  test("that lasts longest is the one that is named, in whatever order they come", () => {
    const short = maintenanceOn({ number: 1 });
    const long = maintenanceOn({ number: 2, scheduledEnd: t0 + 2 * hour });
    expect(quietedBy([short, long], alertOn(), now)).toBe(long);
    expect(quietedBy([long, short], alertOn(), now)).toBe(long);
  });
});
