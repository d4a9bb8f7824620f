import { expect, test } from "vitest";
import { z } from "zod";
import { maintained, maintainedByAnybody, maintenance } from "../../test/kit/maintenance-snapshots.ts";
import {
  backlog,
  calm,
  component,
  coprOutage,
  everySnapshot,
  noon,
  outage,
  snapshot,
  unknown,
  withStatus,
} from "../../test/kit/snapshots.ts";
import { bodyOf, fileOf } from "../../test/kit/sites.ts";
import {
  StatuspageComponent,
  StatuspageIncident,
  StatuspageIncidentUpdate,
  StatuspageMaintenance,
  StatuspageMaintenanceUpdate,
  StatuspagePage,
  StatuspageStatusAnswer,
} from "../shapes/statuspage.ts";
import { hour } from "../lib/clock.ts";
import { statuspageCode } from "../lib/codes.ts";
import { statuspageStatus, statuspageSummary } from "./statuspage-json.ts";

// As the published shape, but nothing may be there that it does not know. Every rule has its link.
// Components, and groups as components: https://www.githubstatus.com/api#components
const Component = z.strictObject({ ...StatuspageComponent.shape, id: z.string().regex(/^[0-9a-z]{12}$/u) });
// Updates: https://www.githubstatus.com/api#incidents
const updatesOf = <T extends z.ZodRawShape>(shape: T) => z.array(z.strictObject(shape)).min(1);
const Incident = z.strictObject({
  ...StatuspageIncident.shape,
  id: z.string().regex(/^[0-9a-z]{12}$/u),
  shortlink: z.url(),
  incident_updates: z.array(z.strictObject(StatuspageIncidentUpdate.shape)),
  components: z.array(Component),
});
// https://www.githubstatus.com/api#scheduled-maintenances
const Maintenance = z.strictObject({
  ...StatuspageMaintenance.shape,
  id: z.string().regex(/^[0-9a-z]{12}$/u),
  shortlink: z.url(),
  incident_updates: updatesOf(StatuspageMaintenanceUpdate.shape),
  components: z.array(Component),
});
const page = z.strictObject(StatuspagePage.shape);
// https://www.githubstatus.com/api#status
const status = z.strictObject(StatuspageStatusAnswer.shape.status.shape);
const maintenances = z.strictObject({ page, scheduled_maintenances: z.array(Maintenance).max(50) });
const incidents = z.strictObject({ page, incidents: z.array(Incident).max(50) });

/** The eight addresses of https://www.githubstatus.com/api, and the keys of each at the top. */
const answers = {
  "summary.json": z.strictObject({
    page,
    components: z.array(Component),
    incidents: z.array(Incident),
    scheduled_maintenances: z.array(Maintenance),
    status,
  }),
  "status.json": z.strictObject({ page, status }),
  "components.json": z.strictObject({ page, components: z.array(Component) }),
  "incidents.json": incidents,
  "incidents/unresolved.json": incidents,
  "scheduled-maintenances.json": maintenances,
  "scheduled-maintenances/upcoming.json": maintenances,
  "scheduled-maintenances/active.json": maintenances,
};

const every = { ...everySnapshot, maintained, maintainedByAnybody };

test.each(Object.entries(every))("%s: all eight answers have Statuspage's exact shape", async (_, of) => {
  for (const [path, Answer] of Object.entries(answers)) {
    const file = await fileOf(of, `api/v2/${path}`);
    expect(file?.contentType).toBe("application/json; charset=utf-8");
    Answer.parse(JSON.parse(file?.body ?? ""));
  }
});

test("updates are newest first, belong to their incident, and every component of an incident is listed", async () => {
  const { components, incidents: open } = answers["summary.json"].parse(statuspageSummary(outage));
  const known = components.map(({ id }) => id);
  for (const one of open) {
    const times = one.incident_updates.map(({ created_at }) => Date.parse(created_at));
    expect(times).toEqual(times.toSorted((a, b) => b - a));
    expect(new Set(one.incident_updates.map(({ incident_id }) => incident_id))).toEqual(new Set([one.id]));
    expect(one.components.map(({ id }) => id).filter((id) => !known.includes(id))).toEqual([]);
  }
});

test("the three lists of maintenance: what is to come, what goes on, and all that there was, newest first", async () => {
  const verifying = maintenance(6, { state: "verifying", title: "Being checked", scheduledStart: noon - hour });
  const of = { ...maintained, maintenance: [...maintained.maintenance, verifying] };
  const list = async (path: string) =>
    maintenances
      .parse(JSON.parse(await bodyOf(of, `api/v2/scheduled-maintenances${path}.json`)))
      .scheduled_maintenances.map(({ name, status: state }) => [name, state]);
  const [moves, holiday] = [
    ["Copr moves to new hardware", "in_progress"],
    ["The team is on holiday", "scheduled"],
  ];
  expect(await list("/upcoming")).toEqual([holiday]);
  expect(await list("/active")).toEqual([moves, ["Being checked", "verifying"]]);
  // Statuspage has no word for canceled: the fourth is not listed.
  const over = ["Copr moves to new hardware", "completed"];
  expect(await list("")).toEqual([holiday, moves, ["Being checked", "verifying"], over]);
});

test("maintenance is what goes on and what is planned, with its times and its components", () => {
  const { scheduled_maintenances: windows, status } = statuspageSummary(maintained);
  expect(status).toEqual({ indicator: "maintenance", description: "Service Under Maintenance" });
  expect(windows).toMatchObject([
    {
      name: "Copr moves to new hardware",
      status: "in_progress",
      impact: "maintenance",
      shortlink: "https://status.packit.example/maintenance/4.html",
      started_at: "2026-11-22T11:30:00.000Z",
      scheduled_for: "2026-11-22T11:30:00.000Z",
      scheduled_until: "2026-11-22T13:30:00.000Z",
      resolved_at: null,
      components: [{ name: "Copr builds", status: "under_maintenance" }],
      incident_updates: [{ status: "in_progress" }, { status: "scheduled", body: expect.stringMatching(/^Builds/u) }],
    },
    { name: "The team is on holiday", status: "scheduled", components: [] },
  ]);
});

test("the rollup is in Statuspage's own words", () => {
  const rollup = (states: Parameters<typeof withStatus>[1]): unknown =>
    statuspageStatus(withStatus(snapshot(), states)).status;
  expect(rollup({})).toEqual({ indicator: "none", description: "All Systems Operational" });
  expect(rollup({ api: "degraded_performance" })).toEqual({
    indicator: "minor",
    description: "Partially Degraded Service",
  });
  expect(rollup({ api: "partial_outage" })).toEqual({ indicator: "major", description: "Partial System Outage" });
  expect(rollup({ api: "major_outage", tests: "under_maintenance" })).toEqual({
    indicator: "critical",
    description: "Major System Outage",
  });
  expect(rollup({ api: "under_maintenance" })).toEqual({
    indicator: "maintenance",
    description: "Service Under Maintenance",
  });
  const all = snapshot().components.map((one) => ({ ...one, status: "degraded_performance" as const }));
  expect(statuspageStatus(snapshot({ components: all })).status).toEqual({
    indicator: "minor",
    description: "Degraded System Service",
  });
});

test("a group is a component that lists its members; ids are twelve characters and stay", () => {
  const { components } = statuspageSummary(calm);
  const group = components.find((one) => one.name === "External services");
  expect(group).toMatchObject({ group: true, group_id: null, status: "operational", position: 2 });
  expect(group?.id).toBe(statuspageCode("group", "External services"));
  expect(group?.components).toEqual(["copr", "tests", "koji"].map((id) => statuspageCode("component", id)));
  const members = components.filter((one) => one.group_id === group?.id);
  expect(members.map((one) => [one.name, one.position])).toEqual([
    ["Copr builds", 1],
    ["Tests", 2],
    ["Koji", 3],
  ]);
  for (const one of components) expect(one.id).toMatch(/^[0-9a-z]{12}$/u);
});

test("components without a group stand among the groups", () => {
  const mixed = snapshot({
    components: [component("a", "A"), component("b", "B", { group: "G" }), component("c", "C")],
  });
  expect(statuspageSummary(mixed).components.map((one) => [one.name, one.position, one.group])).toEqual([
    ["A", 1, false],
    ["G", 2, true],
    ["B", 1, false],
    ["C", 3, false],
  ]);
});

test("unknown is written as degraded, and the description says unknown", () => {
  const tests = statuspageSummary(unknown).components.find((one) => one.name === "Tests");
  expect(tests?.status).toBe("degraded_performance");
  expect(tests?.description).toBe("State unknown: its monitors cannot look. Testing Farm");
});

test("open incidents only, with their permanent page, updates newest first and in plain text", () => {
  const { incidents } = statuspageSummary(outage);
  expect(incidents).toHaveLength(1);
  expect(incidents[0]).toMatchObject({
    id: coprOutage.code,
    status: "identified",
    impact: "critical",
    shortlink: "https://status.packit.example/incidents/112.html",
    started_at: "2026-11-22T10:42:00.000Z",
    created_at: "2026-11-22T10:58:00.000Z",
    monitoring_at: null,
    resolved_at: null,
  });
  expect(incidents[0]?.components.map((one) => one.name)).toEqual(["Copr builds"]);
  expect(incidents[0]?.incident_updates.map((one) => one.created_at)).toEqual([
    "2026-11-22T11:31:00.000Z",
    "2026-11-22T10:58:00.000Z",
  ]);
  expect(statuspageSummary(backlog).incidents[0]).toMatchObject({
    status: "monitoring",
    monitoring_at: "2026-11-22T11:50:00.000Z",
  });
});

test("a heartbeat alone changes nothing", () => {
  expect(statuspageSummary({ ...outage, generatedAt: outage.generatedAt + 60_000 })).toEqual(statuspageSummary(outage));
});
