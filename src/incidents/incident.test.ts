import { worstImpact, statusIn, type Impact } from "./impact.ts";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { componentStatuses, worst } from "../components/status.ts";
import { alice, copr, impactOn, opened, t0 } from "../../test/kit/incidents.ts";
import { apply } from "./incident.ts";
import { fold } from "./steps.ts";

const impacts: fc.Arbitrary<Impact> = fc.dictionary(
  fc.constantFrom("copr", "api", "constructor", "tests"),
  fc.constantFrom(...componentStatuses),
);

describe("the worse of two impacts", () => {
  test("it has each component of both in its worse state", () => {
    const a = impactOn({ copr: "degraded_performance", api: "major_outage" });
    const b = impactOn({ copr: "partial_outage", tests: "under_maintenance" });
    const both = { copr: "partial_outage", api: "major_outage", tests: "under_maintenance" };
    expect(worstImpact(a, b)).toEqual(both);
  });

  test("a component may be called as a property that every object has", () => {
    expect(worstImpact({}, impactOn({ ["constructor"]: "major_outage" } as const))).toEqual({
      constructor: "major_outage",
    });
    expect(statusIn({}, copr)).toBeUndefined();
    expect(statusIn(impactOn({ copr: "major_outage" }), copr)).toBe("major_outage");
  });

  test("the order does not matter, nothing gets better, and its inputs stay as they were", () => {
    fc.assert(
      fc.property(impacts, impacts, (a, b) => {
        const before = JSON.stringify([a, b]);
        const both = worstImpact(a, b);
        expect(both).toEqual(worstImpact(b, a));
        expect(worstImpact(both, a)).toEqual(both);
        const all = [...Object.values(a), ...Object.values(b)];
        expect(worst(Object.values(both), "operational")).toBe(worst(all, "operational"));
        expect(JSON.stringify([a, b])).toBe(before);
      }),
    );
  });
});

describe("a timeline", () => {
  test("it begins with the opening, or is refused as broken", () => {
    expect(fold([])).toBeUndefined();
    expect(() => apply(undefined, { kind: "taken", at: t0, by: alice })).toThrow('begins with "opened", not "taken"');
  });

  test("coverage is kept of the last twenty alerts", () => {
    let incident = opened();
    for (let n = 0; n < 25; n++)
      incident = apply(incident, {
        kind: "alert-attached",
        at: t0,
        by: alice,
        key: incident.alerts[0] ?? expect.fail("it has an alert"),
        summary: "again",
        impact: {},
        startedAt: t0,
        coverage: { since: n },
      });
    expect(incident.coverage.map(({ since }) => since)).toEqual(Array.from({ length: 20 }, (_, n) => n + 5));
    expect(incident.alerts).toHaveLength(1);
  });
});
