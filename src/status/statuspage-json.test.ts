import { expect, test } from "vitest";
import { z } from "zod";
import { maintained, maintainedByAnybody } from "../../test/kit/maintenance-snapshots.ts";
import {
  backlog,
  calm,
  component,
  coprOutage,
  everySnapshot,
  outage,
  snapshot,
  unknown,
  withStatus,
} from "../../test/kit/snapshots.ts";
import {
  StatuspageComponent,
  StatuspageIncident,
  StatuspageIncidentUpdate,
  StatuspageMaintenance,
  StatuspageMaintenanceUpdate,
  StatuspagePage,
  StatuspageStatusAnswer,
  StatuspageSummaryAnswer,
} from "../shapes/statuspage.ts";
import { statuspageCode } from "../lib/codes.ts";
import { statuspageStatus, statuspageSummary } from "./statuspage-json.ts";

/** As the schemas, but nothing may be there that they do not know. */
const Exact = z.strictObject({
  ...StatuspageSummaryAnswer.shape,
  page: z.strictObject(StatuspagePage.shape),
  components: z.array(z.strictObject(StatuspageComponent.shape)),
  incidents: z.array(
    z.strictObject({
      ...StatuspageIncident.shape,
      incident_updates: z.array(z.strictObject(StatuspageIncidentUpdate.shape)),
      components: z.array(z.strictObject(StatuspageComponent.shape)),
    }),
  ),
  scheduled_maintenances: z.array(
    z.strictObject({
      ...StatuspageMaintenance.shape,
      incident_updates: z.array(z.strictObject(StatuspageMaintenanceUpdate.shape)),
      components: z.array(z.strictObject(StatuspageComponent.shape)),
    }),
  ),
});

const every = { ...everySnapshot, maintained, maintainedByAnybody };

test.each(Object.entries(every))("%s: both answers have Statuspage's exact shape", (_, of) => {
  Exact.parse(JSON.parse(JSON.stringify(statuspageSummary(of))));
  z.strictObject(StatuspageStatusAnswer.shape).parse(JSON.parse(JSON.stringify(statuspageStatus(of))));
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
