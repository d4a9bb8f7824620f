import { describe, expect, test } from "vitest";
import { tocsin } from "../accounts/actor.ts";
import { hour, minute, type Instant } from "../lib/clock.ts";
import { after, complete, impactOn, key, opened, standing, t0 } from "../../test/kit/incidents.ts";
import type { Incident } from "./incident.ts";
import { lacks } from "./notice.ts";
import { carefulNotice, remindersOf, type Rules } from "./reminders.ts";

const rules: Rules = {
  automaticNotice: { afterMs: 15 * minute, afterAckMs: 45 * minute },
  automaticResolve: { afterMs: 30 * minute },
};
const kinds = (incident: Incident, now: Instant, by: Rules = rules): readonly string[] =>
  remindersOf(incident, by, now).map((due) => due.kind);

const failing = key("failing");
const bare = opened({ notice: { title: "Copr builds fail", alternatives: [], links: [], eta: "unknown" } });
const automatic = after(opened(), { do: "publish", by: tocsin });

describe("the automatic notice", () => {
  test("it is due when nobody has published for so long, and later once somebody has acknowledged", () => {
    expect(kinds(opened(), t0 + 15 * minute - 1)).toEqual([]);
    expect(kinds(opened(), t0 + 15 * minute)).toEqual(["publish"]);
    const held = standing("draft acknowledged");
    expect(kinds(held, t0 + 45 * minute - 1)).toEqual([]);
    expect(kinds(held, t0 + 45 * minute)).toEqual(["publish"]);
  });

  test("it is never due without the rule, for what is public or over, nor for what no alert detected", () => {
    const late = t0 + 50 * minute;
    expect(kinds(opened(), late, {})).toEqual([]);
    expect(kinds(standing("published triggered"), late)).toEqual([]);
    for (const where of ["draft resolved", "dismissed", "withdrawn", "merged", "published resolved"] as const)
      expect(kinds(standing(where), late)).toEqual([]);
    expect(kinds(opened({ alerts: [] }), late)).toEqual([]);
  });

  test("it is due only for what the named sources detected", () => {
    const from = (...sources: readonly string[]): Rules => ({
      automaticNotice: { afterMs: 0, afterAckMs: 0, from: sources },
    });
    expect(kinds(opened(), t0, from("jobs"))).toEqual(["publish"]);
    expect(kinds(opened(), t0, from("other", "jobs"))).toEqual(["publish"]);
    expect(kinds(opened(), t0, from("job"))).toEqual([]);
    expect(kinds(opened(), t0, from("jobs/failing"))).toEqual([]);
    expect(kinds(opened(), t0, from())).toEqual([]);
  });

  test("what is reopened has the whole time again", () => {
    const again = after(standing("draft resolved"), { do: "reopen", at: t0 + 5 * hour });
    expect(kinds(again, t0 + 5 * hour + 15 * minute - 1)).toEqual([]);
    expect(kinds(again, t0 + 5 * hour + 15 * minute)).toEqual(["publish"]);
  });

  test("what Tocsin cannot make up is asked of the team instead of tried for ever", () => {
    const late = t0 + hour / 2;
    expect(remindersOf(opened({ impact: {} }), rules, late)).toEqual([
      { kind: "cannot-publish", lacks: ["component"] },
    ]);
    const blaming = opened({ notice: { ...complete, cause: "Copr" } });
    expect(remindersOf(blaming, rules, late)).toEqual([{ kind: "cannot-publish", lacks: ["link"] }]);
  });

  test("its careful words fill exactly what is empty, and then only the promise is missing", () => {
    const filled = { ...bare.notice, ...carefulNotice(bare) };
    expect(lacks(filled).map((lack) => lack.field)).toEqual(["next-update"]);
    expect(filled).toMatchObject({ title: "Copr builds fail", alternatives: ["none known"] });
    // What a sender wrote for the team is never public by itself.
    expect(JSON.stringify(filled)).not.toContain(bare.summary);
    expect(kinds(bare, t0 + 15 * minute)).toEqual(["publish"]);
    expect(carefulNotice(opened())).toEqual({});
    expect(lacks({ ...complete, ...carefulNotice(opened({ notice: { ...complete, title: "" } })) })).toEqual([]);
  });
});

describe("the automatic end", () => {
  const end = { do: "end-alert", key: failing, summary: "normal again" } as const;
  const at = t0 + hour;
  const quiet = after(automatic, { ...end, by: tocsin, at });

  test("it is due when the evidence has been over for so long", () => {
    expect(kinds(quiet, at + 30 * minute - 1, { ...rules })).not.toContain("resolve");
    expect(kinds(quiet, at + 30 * minute)).toContain("resolve");
    expect(kinds(quiet, at + hour, {})).not.toContain("resolve");
    expect(kinds(automatic, at + 9 * hour)).not.toContain("resolve");
  });

  test("it is never due once a human has acknowledged, taken, spoken or edited", () => {
    for (const step of [
      { do: "acknowledge" },
      { do: "take" },
      { do: "update", text: "looking", phase: "monitoring" },
      { do: "edit", notice: { scope: "All of it." } },
    ] as const)
      expect(kinds(after(quiet, step), at + 9 * hour)).not.toContain("resolve");
    const ours = after(opened(), { do: "publish" }, { ...end, at });
    expect(kinds(ours, at + 9 * hour)).not.toContain("resolve");
  });

  test("evidence that comes back starts the wait anew", () => {
    const attach = {
      do: "attach",
      key: failing,
      summary: "again",
      impact: impactOn({ copr: "major_outage" }),
    } as const;
    const back = after(quiet, { ...attach, startedAt: at, by: tocsin, at: at + 10 * minute });
    expect(kinds(back, at + 9 * hour)).not.toContain("resolve");
    const again = after(back, { ...end, by: tocsin, at: at + 2 * hour });
    expect(kinds(again, at + 2 * hour + 29 * minute)).not.toContain("resolve");
    expect(kinds(again, at + 2 * hour + 30 * minute)).toContain("resolve");
  });
});

describe("what was promised", () => {
  test("an update that was promised is overdue from its moment on, while the incident is public and open", () => {
    const promisedAt = complete.nextUpdateAt ?? 0;
    const published = standing("published acknowledged");
    expect(kinds(published, promisedAt - 1)).toEqual([]);
    expect(remindersOf(published, rules, promisedAt)).toEqual([{ kind: "update-overdue", promisedAt }]);
    expect(kinds(standing("published resolved"), promisedAt)).toEqual([]);
    expect(kinds(opened(), promisedAt, {})).toEqual([]);
  });

  test("an acknowledgement for a while is over after the while, unless it was renewed", () => {
    const until = t0 + hour;
    const held = after(opened(), { do: "acknowledge", until });
    expect(kinds(held, until - 1, {})).toEqual([]);
    expect(remindersOf(held, {}, until)).toEqual([{ kind: "acknowledgement-over", until }]);
    expect(kinds(after(held, { do: "acknowledge" }), until, {})).toEqual([]);
    expect(kinds(after(held, { do: "take" }), until, {})).toEqual([]);
    expect(kinds(after(held, { do: "resolve" }), until, {})).toEqual([]);
  });
});
