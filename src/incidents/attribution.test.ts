// Whose fault it may be: what counts, how much, and when nobody knows.
import { describe, expect, test } from "vitest";
import { alert, impactOn, t0 } from "../../test/kit/incidents.ts";
import { tocsin } from "../accounts/actor.ts";
import { alertKey, type Alert } from "../alerts/alert.ts";
import { hearsayKey } from "../alerts/hearsay.ts";
import type { Component } from "../components/component.ts";
import { dependenciesOf } from "../components/depends.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { attribute, saySuspicion, type Attribution, type Scene } from "./attribution.ts";

const id = (name: string): ComponentId => brand<ComponentId>(name);
const upstream = (name: string, host: string) => ({ upstream: { name, url: `https://status.${host}` }, notice: {} });
const components: readonly Component[] = [
  { id: id("copr"), name: "Copr builds", ...upstream("Copr", "copr.example") },
  { id: id("tests"), name: "Tests", ...upstream("Testing Farm", "farm.example"), dependsOn: [id("copr")] },
  { id: id("api"), name: "API", notice: {} },
];
const started = t0 - 10 * minute;

function of(impact: Readonly<Record<string, "major_outage">>, more: Partial<Scene>): Attribution {
  return attribute({
    incident: { impact: impactOn(impact), clocks: { started, detected: t0 } },
    components: new Map(components.map((component) => [component.id, component])),
    depends: dependenciesOf(components),
    alerts: [],
    clusters: [],
    changes: [],
    ...more,
  });
}

const feed = (component: string, more: Partial<Alert> = {}): Alert =>
  alert({
    key: hearsayKey(brand<SourceId>("feed"), id(component), "13"),
    component: id(component),
    kind: "other",
    quote: { by: "Copr", title: "Frontend is down" },
    ...more,
  });
const probe = (more: Partial<Alert>): Alert =>
  alert({ key: alertKey(brand<SourceId>("probe"), "x"), kind: "down", summary: "HTTP 503", ...more });
const change = (minutesBefore: number, component?: string) => ({
  number: 1,
  at: started - minutesBefore * minute,
  text: "deployed v2",
  by: tocsin,
  ...(component === undefined ? {} : { component: id(component) }),
});

test("with nothing that points anywhere, nobody is named", () => {
  expect(of({ copr: "major_outage" }, {})).toEqual({
    words: "Unknown: nothing points at an upstream, nor at a change of ours",
    suspects: [],
  });
});

test("an upstream that says so itself, and explains all that is hit, is proposed with its terms", () => {
  const found = of({ copr: "major_outage", tests: "major_outage" }, { alerts: [feed("copr")] });
  expect(found.suspect).toBe("Copr");
  expect(found.suspects.map(saySuspicion)).toEqual(['Copr: 3 = 1 × (3: its status page says "Frontend is down")']);
});

test("what explains only half of what is hit counts half, and that is not enough", () => {
  const alerts = [feed("tests", { quote: { by: "Testing Farm", title: "Queue" } })];
  const found = of({ copr: "major_outage", tests: "major_outage" }, { alerts });
  expect(found.words).toBe("Unknown: probably Testing Farm");
  expect(found.suspects[0]).toMatchObject({ prior: 0.5, score: 1.5 });
});

test("what leads by less than 2 is named beside the next", () => {
  const found = of({ copr: "major_outage" }, { alerts: [feed("copr")], changes: [change(5)] });
  expect(found.suspect).toBeUndefined();
  expect(found.words).toBe("Unknown: probably Copr or ourselves");
});

describe("what counts for an upstream", () => {
  test.each<readonly [string, Partial<Scene>, number]>([
    [
      "its page, until half an hour before",
      { alerts: [feed("copr", { status: "resolved", endsAt: started - 20 * minute })] },
      3,
    ],
    [
      "not its page of long before",
      { alerts: [feed("copr", { status: "resolved", endsAt: started - 40 * minute })] },
      0,
    ],
    ["not work that it planned", { alerts: [feed("copr", { quote: { by: "Copr", title: "x", planned: "x" } })] }, 0],
    ["a probe of it", { alerts: [probe({ component: id("copr") })] }, 2],
    [
      "an error whose label names its host",
      { alerts: [probe({ component: id("api"), labels: { url: "status.copr.example:443" } })] },
      2,
    ],
    ["an error whose label names it", { alerts: [probe({ component: id("api"), labels: { service: "copr" } })] }, 2],
    ["not a stream of jobs", { alerts: [alert({ component: id("copr"), coverage: { since: t0 } })] }, 0],
    ["not a blind monitor", { alerts: [probe({ component: id("copr"), kind: "blind" })] }, 0],
    [
      "a message of three projects that names its host",
      { clusters: [{ fingerprint: "cannot reach copr.example: #", projects: 3, lift: 20 }] },
      2,
    ],
    ["not one of two projects", { clusters: [{ fingerprint: "cannot reach copr.example", projects: 2, lift: 90 }] }, 0],
    ["not one that is usual", { clusters: [{ fingerprint: "cannot reach copr.example", projects: 9, lift: 19 }] }, 0],
    ["not one that names nobody", { clusters: [{ fingerprint: "no space left", projects: 9, lift: 90 }] }, 0],
  ])("%s", (_what, more, score) => {
    const found = of({ copr: "major_outage" }, more);
    expect(found.suspects.find(({ name }) => name === "Copr")?.score ?? 0).toBe(score);
  });
});

describe("what counts for ourselves", () => {
  test.each([
    ["a change within half an hour", change(29), 2],
    ["a change of what is hit", change(5, "copr"), 2],
    ["not a change of something else", change(5, "api"), 0],
    ["not a change of long before", change(31), 0],
    ["not a change after it began", change(-1), 0],
  ])("%s", (_what, one, score) => {
    const found = of({ copr: "major_outage" }, { changes: [one] });
    expect(found.suspects.find(({ name }) => name === "ourselves")?.score ?? 0).toBe(score);
  });
});

test("an upstream that nothing hit stands on is not blamed, whatever it says", () => {
  expect(of({ api: "major_outage" }, { alerts: [feed("copr")] }).suspects).toEqual([]);
});
