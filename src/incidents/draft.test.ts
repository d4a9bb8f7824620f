import { describe, expect, test } from "vitest";
import { alertKinds, type Alert, type Evidence } from "../alerts/alert.ts";
import type { Component } from "../components/component.ts";
import { alert, copr } from "../../test/kit/incidents.ts";
import { defaultsFor, draftFrom, impactOf, statusOf } from "./draft.ts";

const component: Component = {
  id: copr,
  name: "Copr builds",
  upstream: { name: "Copr", url: "https://copr.example/status" },
  notice: { affected: "Everybody who builds.", alternatives: ["build locally"], retrigger: "no" },
};

function evidence(failedShare: number): Evidence {
  const figures = { jobs: 19, failedJobs: 17, projects: 12, failedProjects: 12, usualShare: 0.2, windowMs: 1 };
  return { figures: { ...figures, failedShare, score: 9, threshold: 5 }, votes: [] };
}

describe("how bad an alert is", () => {
  test.each([
    [1, "major_outage"],
    [0.8, "major_outage"],
    [0.79, "partial_outage"],
    [0.4, "partial_outage"],
    [0.39, "degraded_performance"],
  ])("a share of %d failed jobs is a %s, whatever its severity", (share, status) => {
    for (const severity of ["critical", "warning", "info"] as const)
      expect(statusOf(alert({ severity, evidence: evidence(share) }))).toBe(status);
  });

  test.each<[Alert["kind"], Alert["severity"], string]>([
    ["failing", "critical", "major_outage"],
    ["down", "critical", "major_outage"],
    ["down", "warning", "partial_outage"],
    ["other", "info", "degraded_performance"],
    ["slow", "critical", "degraded_performance"],
    ["expiring", "critical", "degraded_performance"],
    ["blind", "critical", "degraded_performance"],
  ])("without a share, %s and %s is a %s", (kind, severity, status) => {
    expect(statusOf(alert({ kind, severity }))).toBe(status);
  });

  test("not to see is not to see trouble, and no component is no impact", () => {
    expect(impactOf(alert({ kind: "blind" }))).toEqual({});
    const { component: _, ...nameless } = alert();
    expect(impactOf(nameless)).toEqual({});
    expect(impactOf(alert())).toEqual({ copr: "major_outage" });
  });
});

describe("a draft", () => {
  test.each(alertKinds)("of the kind %s has a title and a scope that name the component, and blames nobody", (kind) => {
    const { notice } = draftFrom(alert({ kind }), component);
    expect(notice.title).toMatch(/^Copr builds: .+/u);
    expect(notice.scope).toContain("Copr builds");
    expect(notice).not.toHaveProperty("cause");
  });

  test("it is filled in with the component's defaults, and links to the upstream", () => {
    expect(draftFrom(alert(), component).notice).toMatchObject({
      affected: "Everybody who builds.",
      alternatives: ["build locally"],
      retrigger: "no",
      eta: "unknown",
      links: [{ url: "https://copr.example/status", title: "Copr" }],
    });
    expect(draftFrom(alert(), { ...component, notice: { scope: "All builds." } }).notice.scope).toBe("All builds.");
  });

  test("without a component its title is one line of what the alert said, cut between characters", () => {
    const { component: _, ...nameless } = alert({ summary: `a\n\u202eb ${"😀".repeat(300)}` });
    const { notice } = draftFrom(nameless, undefined);
    expect(notice.title).toMatch(/^a b 😀+…$/u);
    expect(Array.from(notice.title)).toHaveLength(200);
    expect(notice.title.isWellFormed()).toBe(true);
    expect(notice.scope).toContain("the service");
  });

  test("of several components the first that has a word gives it, and every upstream is linked", () => {
    const other: Component = {
      ...component,
      upstream: { name: "TF", url: "https://tf.example" },
      notice: { scope: "S" },
    };
    const bare: Component = { id: copr, name: "x", upstream: { name: "no page" }, notice: {} };
    const { scope, affected, links } = defaultsFor([bare, component, other]);
    expect({ scope, affected }).toEqual({ scope: "S", affected: "Everybody who builds." });
    expect(links.map(({ url }) => url)).toEqual(["https://copr.example/status", "https://tf.example"]);
    expect(defaultsFor([])).toEqual({ alternatives: [], eta: "unknown", links: [] });
  });
});
