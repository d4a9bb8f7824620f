import * as fc from "fast-check";
import { expect, test } from "vitest";
import { jobs, t0 } from "../../test/kit/incidents.ts";
import { alertKey, type Alert } from "./alert.ts";
import { condense, type Word } from "./repeats.ts";

function alert(fingerprint: string, more: Partial<Alert> = {}): Alert {
  return {
    key: alertKey(jobs, fingerprint),
    kind: "down",
    status: "firing",
    severity: "critical",
    summary: "It is down",
    labels: { target: "f43" },
    startsAt: t0,
    observedAt: t0,
    ...more,
  };
}
const words = (...alerts: readonly Alert[]) => alerts.map((one) => ({ source: jobs, alert: one }));

test("what still fires is taken in once, as first begun and last heard", () => {
  const said = words(
    alert("a"),
    alert("b"),
    alert("a", { startsAt: t0 + 5, observedAt: t0 + 5 }),
    alert("a", { observedAt: t0 + 9 }),
  );
  const { words: condensed, repeated } = condense(said);
  expect(condensed.map((word) => word.alert)).toEqual([alert("a", { observedAt: t0 + 9 }), alert("b")]);
  expect(repeated).toHaveLength(2);
});

test.each<[string, Partial<Alert>]>([
  ["its end", { status: "resolved", endsAt: t0 + 1 }],
  ["another severity", { severity: "warning" }],
  ["another kind", { kind: "slow" }],
  ["another summary", { summary: "It is slow" }],
  ["another label", { labels: { target: "f44" } }],
  ["one more label", { labels: { target: "f43", project: "x" } }],
  ["a link", { link: "https://example.org" }],
  ["an earlier start", { startsAt: t0 - 1 }],
])("%s is news", (_what, more) => {
  const said = words(alert("a"), alert("a", more), alert("a"));
  expect(condense(said).words.map((word) => word.alert)).toContainEqual(alert("a", more));
});

test("an alert that ends and fires again between two equal words is told so", () => {
  const ended = alert("a", { status: "resolved", endsAt: t0 + 1 });
  const said = words(alert("a"), ended, alert("a", { observedAt: t0 + 2, startsAt: t0 + 2 }));
  expect(condense(said)).toEqual({ words: said, repeated: [] });
});

test("the last status of each alert is kept, in order, and every word is accounted for", () => {
  const one = fc.record({
    name: fc.constantFrom("a", "b", "c"),
    status: fc.constantFrom("firing" as const, "resolved" as const),
    severity: fc.constantFrom("critical" as const, "info" as const),
  });
  fc.assert(
    fc.property(fc.array(one, { maxLength: 60 }), (list) => {
      const said = words(...list.map(({ name, ...more }, n) => alert(name, { ...more, observedAt: t0 + n })));
      const { words: condensed, repeated } = condense(said);
      expect(condensed.length + repeated.length).toBe(said.length);
      for (const name of ["a", "b", "c"]) {
        const story = (all: readonly Word[]): readonly string[] =>
          all
            .filter((word) => word.alert.key === alertKey(jobs, name))
            .map((word) => `${word.alert.status} ${word.alert.severity}`);
        const full = story(said);
        expect(story(condensed)).toEqual(full.filter((word, n) => !word.startsWith("firing") || word !== full[n - 1]));
      }
    }),
  );
});
