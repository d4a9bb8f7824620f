import { expect, test } from "vitest";
import { alice, api, copr, t0 } from "../../test/kit/incidents.ts";
import type { Component } from "../components/component.ts";
import type { ComponentId } from "../config/names.ts";
import { hour, minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import type { Maintenance, MaintenancePlan } from "../maintenance/maintenance.ts";
import { advance, maintain, planMaintenance, type MaintenanceOrder } from "../maintenance/maintenance-orders.ts";
import { announceMaintenance } from "./announce-maintenance.ts";
import type { Names } from "./announce.ts";

const component = (id: ComponentId, name: string): readonly [ComponentId, Component] => [id, { id, name, notice: {} }];
const names: Names & { saysStart: boolean } = {
  saysStart: true,
  components: new Map([component(copr, "Copr builds"), component(api, "Packit API")]),
  people: new Map(),
  site: { timeZone: "Europe/Prague" },
};
const ids = { id: brand<Maintenance["id"]>("m-1"), number: 1, code: "aaaaaaaaaaaa" };

type Step = ReturnType<typeof advance>;

function planned(more: Partial<MaintenancePlan> = {}, at = t0 - hour): Step {
  const plan = { title: "Copr *moves*", components: [copr], scheduledStart: t0, scheduledEnd: t0 + hour, ...more };
  const done = planMaintenance(ids, plan, alice, at);
  if (!done.ok) throw new Error(done.error.message);
  return done.value;
}

function ordered(order: MaintenanceOrder, at: number): Step {
  const done = maintain(advance(planned().maintenance, at).maintenance, { by: alice, at, ...order });
  if (!done.ok) throw new Error(done.error.message);
  return done.value;
}

const said = (step: Step, now: number, audience: "team" | "users"): readonly string[] =>
  announceMaintenance(step.maintenance, step.events, names, now)
    .filter(([each]) => each.audience === audience)
    .map(([each, event]) => `${event}: ${each.lead}. ${each.text}`);

test.each([
  [
    "a plan with its times",
    planned(),
    t0 - hour,
    /^planned: Maintenance planned: Copr moves\. Copr builds\. From 12:00 UTC \(13:00 Prague\) to 13:00 UTC/u,
  ],
  [
    "a beginning until when",
    advance(planned().maintenance, t0),
    t0,
    /^began: Maintenance: Copr moves · in progress\. Copr builds\. Until 13:00 UTC/u,
  ],
  ["a later end", ordered({ do: "extend", byMs: hour }, t0), t0, /^extended: .* · takes longer\. Until 14:00 UTC/u],
  [
    "a change of the plan",
    ordered({ do: "edit", plan: { components: [api] } }, t0 - minute),
    t0 - minute,
    /^edited: .* · changed\. Packit API\. From 12:00 UTC/u,
  ],
  [
    "what people add",
    ordered({ do: "update", text: "Half is **done**" }, t0),
    t0,
    /^updated: Maintenance: Copr moves\. Half is done\.$/u,
  ],
  [
    "an end by the clock",
    advance(advance(planned().maintenance, t0).maintenance, t0 + hour),
    t0 + hour,
    /^completed: .* · over\. Copr builds\. Its planned time has ended\.$/u,
  ],
  ["an early end", ordered({ do: "complete" }, t0 + minute), t0 + minute, /^completed: .* · over\. Copr builds\.$/u],
  [
    "that it does not take place",
    ordered({ do: "cancel" }, t0 - minute),
    t0 - minute,
    /· canceled\. Copr builds\. It does not take place\.$/u,
  ],
  [
    "that it was stopped",
    ordered({ do: "cancel" }, t0 + minute),
    t0 + minute,
    /· canceled\. Copr builds\. It was stopped before its time\.$/u,
  ],
])("users are told %s, in one line", (_what, step, now, line) => {
  const lines = said(step, now, "users");
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(line);
  expect(said(step, now, "team")).toHaveLength(1);
});

test("a window that begins as it is planned is told once", () => {
  const now = t0 + minute;
  expect(said(planned({}, now), now, "users")).toEqual([
    expect.stringMatching(/^began: Maintenance: Copr moves · in progress\./u),
  ]);
});

test("of a window that was missed while nobody ran, only its end is told", () => {
  expect(said(advance(planned().maintenance, t0 + 5 * hour), t0 + 5 * hour, "users")).toEqual([
    expect.stringMatching(/^completed: /u),
  ]);
});

test("the team hears what is quiet, and of a mere notice nothing about alerts", () => {
  expect(said(planned(), t0 - hour, "team")[0]).toContain("Alerts of Copr builds will be quiet.");
  expect(said(planned({ components: [] }), t0 - hour, "team")[0]).not.toContain("quiet");
});

test("what concerns no component is a notice: said without a word of maintenance, and without alerts that would be quiet", () => {
  const notice = { title: "We are away", text: "Until Monday.", components: [] };
  const lines = [
    [planned(notice), t0 - hour],
    [advance(planned(notice).maintenance, t0), t0],
    [advance(advance(planned(notice).maintenance, t0).maintenance, t0 + hour), t0 + hour],
  ] as const;
  const all = lines.map(([step, now]) => [...said(step, now, "users"), ...said(step, now, "team")]);
  expect(all.map(([users]) => users)).toEqual([
    expect.stringMatching(/^planned: Notice: We are away\. From 12:00 UTC .*\.$/u),
    expect.stringMatching(/^began: Notice: We are away\. Until 13:00 UTC .*\. Until Monday\.$/u),
    expect.stringMatching(/^completed: Notice: We are away · over\./u),
  ]);
  expect(all.flat().join()).not.toMatch(/Maintenance|Alerts/u);
});
