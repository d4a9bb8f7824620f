import { describe, expect, test } from "vitest";
import { tocsin, type Actor } from "../accounts/actor.ts";
import { hour, minute } from "../lib/clock.ts";
import { alice, bob, opened, opening, play, t0 } from "../../test/kit/incidents.ts";
import { checklist, duties, type Duty } from "./checklist.ts";

type Steps = Parameters<typeof play> extends readonly [unknown, ...infer Rest] ? Rest : never;

function ticked(steps: Steps, more: { toldTeamAt?: number; by?: Actor } = {}): readonly Duty[] {
  const first = opening(more.by === undefined ? {} : { by: more.by });
  const { incident, events } = play(opened(more.by === undefined ? {} : { by: more.by }), ...steps);
  const ticks = checklist(incident, [first, ...events], more.toldTeamAt);
  expect(ticks.map((tick) => tick.duty)).toEqual(duties);
  for (const tick of ticks) if (!tick.done) expect(tick).toEqual({ duty: tick.duty, done: false });
  return ticks.filter((tick) => tick.done).map((tick) => tick.duty);
}

describe("the five duties", () => {
  test("nothing is ticked for what only Tocsin did to a draft", () => {
    expect(ticked([])).toEqual([]);
    expect(ticked([{ do: "resolve", by: tocsin }])).toEqual([]);
    expect(ticked([{ do: "note", text: "hm" }])).toEqual([]);
  });

  test("whoever opens, acknowledges, takes, publishes or dismisses it has identified it", () => {
    expect(ticked([], { by: bob })).toEqual(["identify"]);
    expect(ticked([{ do: "acknowledge" }])).toEqual(["identify"]);
    expect(ticked([{ do: "take" }])).toEqual(["identify"]);
    expect(ticked([{ do: "dismiss", reason: "no" }])).toEqual(["identify"]);
    expect(ticked([{ do: "publish" }])).toEqual(["identify", "inform-users"]);
  });

  test("an automatic notice informs the users, and nobody has identified anything", () => {
    expect(ticked([{ do: "publish", by: tocsin }])).toEqual(["inform-users"]);
  });

  test("the team is informed when a channel has confirmed it", () => {
    expect(ticked([], { toldTeamAt: t0 })).toEqual(["inform-team"]);
  });

  test("to ask, to find the cause and to end it is to fix it or ask; to say that one looks is not", () => {
    expect(ticked([{ do: "ask", text: "who?" }])).toEqual(["fix-or-ask"]);
    const publish = { do: "publish", by: tocsin } as const;
    expect(ticked([publish, { do: "update", text: "looking" }])).toEqual(["inform-users"]);
    expect(ticked([publish, { do: "update", text: "found", phase: "identified" }])).toContain("fix-or-ask");
    expect(ticked([{ do: "resolve" }])).toEqual(["fix-or-ask"]);
  });

  test("the end is told when a public incident is over, and owed again once it is reopened", () => {
    const told = [{ do: "publish" }, { do: "resolve", at: t0 + hour }] as const;
    expect(ticked([...told])).toContain("inform-resolved");
    expect(ticked([...told, { do: "reopen", at: t0 + 2 * hour }])).not.toContain("inform-resolved");
    expect(ticked([{ do: "publish" }, { do: "dismiss", reason: "wrong" }])).toContain("inform-resolved");
    expect(ticked([{ do: "publish" }, { do: "merge", into: 3 }])).toContain("inform-resolved");
    expect(ticked([{ do: "resolve" }])).not.toContain("inform-resolved");
  });

  test("a tick says who did it and when", () => {
    const { incident, events } = play(opened(), { do: "acknowledge", by: bob, at: t0 + minute }, { do: "take" });
    expect(checklist(incident, [opening(), ...events], undefined)[0]).toEqual({
      duty: "identify",
      done: true,
      at: t0 + minute,
      by: bob,
      how: "somebody acted on it",
    });
    expect(alice).not.toEqual(bob);
  });
});
