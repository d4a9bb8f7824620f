import { describe, expect, test } from "vitest";
import type { Component } from "../components/component.ts";
import { apply, type Incident, type IncidentEvent } from "../incidents/incident.ts";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import { alice, complete, copr, impactOn, opened, opening, play, t0 } from "../../test/kit/incidents.ts";
import { announceAll, type Names } from "./announce.ts";
import { stepsOf } from "../incidents/steps.ts";

const component: Component = { id: copr, name: "Copr builds", notice: {} };
const names: Names = {
  components: new Map([[copr, component]]),
  people: new Map(),
  site: { timeZone: "Europe/Prague" },
};

/** All that is said when these events are committed together. */
function said(before: Incident | undefined, events: readonly IncidentEvent[]): readonly string[] {
  return announceAll(stepsOf(before, events), names).map(
    (one) => `${one.audience}${one.page ? "!" : ""}: ${one.lead}. ${one.text}`,
  );
}

function late(startedAt: Instant, endedAt: Instant): readonly string[] {
  const { nextUpdateAt: _, ...notice } = complete;
  const first = opening({ by: alice, startedAt, alerts: [], summary: "", notice });
  const { events } = play(apply(undefined, first), { do: "resolve", endedAt, at: t0 }, { do: "publish", at: t0 });
  return said(undefined, [first, ...events]);
}

describe("what was over before anybody was told", () => {
  test("is said once, in the past tense, and calls nobody", () => {
    expect(late(t0 - 3 * hour, t0 - 90 * minute)).toEqual([
      "users: Earlier today: Copr builds fail (major outage). Builds in Copr. Who was affected: Everybody who builds. Must I retrigger? no. It lasted 1 h 30 min, 09:00–10:30 UTC.",
      "team: Incident 7 is public. alice published what is over: Copr builds fail.",
    ]);
  });

  test("has its day where that is another one, by the site's zone", () => {
    // 23:30 UTC is half past midnight in Prague.
    expect(late(t0 - 12 * hour - 30 * minute, t0 - hour)[0]).toMatch(/^users: Earlier today: /u);
    expect(late(t0 - 2 * day, t0 - 2 * day + hour)[0]).toMatch(/^users: On Fri 20 Nov: /u);
    expect(late(t0 - 400 * day, t0 - 400 * day + hour)[0]).toMatch(/^users: On Sat 18 Oct 2025: /u);
  });
});

test("an incident that is opened and published at once is not said to be unseen", () => {
  const { events } = play(opened({ by: alice }), { do: "publish" });
  expect(said(undefined, [opening({ by: alice }), ...events])).toEqual([
    "team!: Incident 7: Copr builds: major outage. 17 of 19 builds failed.",
    expect.stringMatching(/^users: Copr builds fail \(major outage\)\. Builds in Copr\./u),
    "team: Incident 7 is public. alice published: Copr builds fail.",
  ]);
});

describe("an edit of what is public", () => {
  const { incident: published } = play(opened(), { do: "publish" });
  const edited = (step: Parameters<typeof play>[1]): readonly string[] => {
    const { events } = play(published, step);
    return said(published, events);
  };

  test("is told to the team in plain words, not in names of fields", () => {
    const notice = { notAffected: "Koji", scope: "All builds.", nextUpdateAt: t0 + hour };
    expect(edited({ do: "edit", notice, startedAt: t0 - hour })).toEqual([
      "team: Incident 7. alice changed what is broken, what is not affected and when it began.",
    ]);
  });

  test("is told to users when what is hit or the ETA is another", () => {
    expect(edited({ do: "edit", impact: impactOn({ copr: "degraded_performance" }) })).toEqual([
      "users: Copr builds fail (degraded performance) · corrected. Next update by 13:00 UTC.",
      "team: Incident 7. alice changed what is hit.",
    ]);
  });

  test("of an update's text is told to the team alone", () => {
    expect(edited({ do: "revise", update: 1, text: "Other words.", of: { n: 2, before: "Words." } })).toEqual([
      "team: Incident 7. alice changed the text of an update; the old one can still be read.",
    ]);
  });
});
