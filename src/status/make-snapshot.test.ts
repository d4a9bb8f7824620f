import { everything } from "../components/shown-components.ts";
import { describe, expect, test } from "vitest";
import { tocsin } from "../accounts/actor.ts";
import type { Component } from "../components/component.ts";
import type { ComponentId } from "../config/names.ts";
import { hour, minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { copr, impactOn, key, opened, opening, play, t0 } from "../../test/kit/incidents.ts";
import { publicIncident } from "./public-incident.ts";
import { makeSnapshot, type SnapshotParts } from "./make-snapshot.ts";
import type { PublicIncident } from "./snapshot.ts";

type Steps = Parameters<typeof play> extends readonly [unknown, ...infer Rest] ? Rest : never;

function told(steps: Steps, more: Parameters<typeof opening>[0] = {}): PublicIncident {
  const { incident, events } = play(opened(more), ...steps);
  return publicIncident(incident, "code", [opening(more), ...events], everything);
}

const described = (id: string): SnapshotParts["components"][number] => {
  const component: Component = { id: brand<ComponentId>(id), name: id, notice: {} };
  return { component, code: `code-${id}`, firstSeenAt: t0 - hour };
};

function snapshot(more: Partial<SnapshotParts> = {}): ReturnType<typeof makeSnapshot> {
  return makeSnapshot({
    site: { name: "S", url: "https://s.example", timeZone: "UTC", language: "en", demo: false, code: "c" },
    record: { epoch: 2, seq: 9 },
    now: t0,
    everyMs: minute,
    addresses: ["https://s.example"],
    components: [described("copr"), described("api"), described("constructor")],
    blind: new Map(),
    incidents: [],
    maintenance: [],
    ...more,
  });
}
const statusOf = (all: ReturnType<typeof makeSnapshot>, id: string): string | undefined =>
  all.components.find((component) => component.id === id)?.status;

const attach = {
  do: "attach",
  key: key("stuck"),
  summary: "INTERNAL",
  impact: impactOn({ api: "partial_outage" }),
  startedAt: t0,
} as const;

describe("what is said of an incident", () => {
  test("the words for the public, newest first; nothing that was said before it was published", () => {
    const { updates, phase } = told([
      { do: "note", text: "INTERNAL" },
      { do: "resolve", text: "INTERNAL" },
      { do: "reopen" },
      { do: "publish", text: "We look." },
      { do: "ask", text: "INTERNAL" },
      { do: "update", text: "Found.", phase: "identified" },
      { do: "end-alert", key: key("failing"), summary: "INTERNAL", by: tocsin },
      { do: "resolve", text: "Done." },
    ]);
    expect(phase).toBe("resolved");
    expect(updates.map((update) => [update.phase, update.text, update.automatic])).toEqual([
      ["resolved", "Done.", false],
      ["monitoring", "What we measure looks normal again. We keep watching.", true],
      ["identified", "Found.", false],
      ["investigating", "We look.", false],
    ]);
    expect(new Set(updates.map(({ code }) => code)).size).toBe(4);
  });

  test("the code of an update never changes, whatever is said later", () => {
    const steps = [{ do: "publish" }, { do: "note", text: "x" }, { do: "update", text: "Found." }] as const;
    const before = told([...steps]).updates.map(({ code }) => code);
    const after = told([...steps, { do: "update", text: "More." }, { do: "resolve" }]).updates.map(({ code }) => code);
    expect(after.slice(2)).toEqual(before);
  });

  test("what was over before it was told is told as over, and what was opened again as open", () => {
    const late = told([{ do: "resolve" }, { do: "publish", text: "It was down." }]);
    expect(late.updates.map(({ phase }) => phase)).toEqual(["resolved"]);
    const again = told([{ do: "resolve" }, { do: "reopen" }, { do: "publish", text: "It is down." }]);
    expect(again.updates.map(({ phase }) => phase)).toEqual(["investigating"]);
  });

  test("the newest word has the phase of the incident, whatever happened", () => {
    const ways: readonly Steps[] = [
      [{ do: "publish" }],
      [{ do: "publish" }, { do: "update", text: "x", phase: "monitoring" }],
      [{ do: "publish" }, { do: "resolve" }],
      [{ do: "publish" }, { do: "resolve" }, { do: "reopen" }],
      [{ do: "publish" }, { do: "merge", into: 3 }],
      [{ do: "publish" }, { do: "dismiss", reason: "wrong" }],
      [{ do: "publish" }, { do: "end-alert", key: key("failing"), summary: "" }],
      [{ do: "resolve" }, { do: "publish" }],
    ];
    for (const steps of ways) {
      const { updates, phase } = told(steps);
      expect(updates[0]?.phase).toBe(phase);
    }
  });

  test("a withdrawn one carries its correction, a merged one says where it goes on", () => {
    const withdrawn = told([{ do: "publish" }, { do: "dismiss", reason: "Our probe was broken." }]);
    expect(withdrawn).toMatchObject({ phase: "resolved", withdrawn: { correction: "Our probe was broken." } });
    expect(told([{ do: "publish" }, { do: "merge", into: 3 }]).updates[0]?.text).toContain("outage 3");
  });

  test("it is automatic until a human speaks", () => {
    expect(told([{ do: "publish", by: tocsin }]).automatic).toBe(true);
    expect(
      told([
        { do: "publish", by: tocsin },
        { do: "update", text: "x" },
      ]).automatic,
    ).toBe(false);
  });

  test("it is as old as the last thing that the public could see of it", () => {
    const publish = { do: "publish", at: t0 + minute } as const;
    const updatedAt = (...steps: Steps): number => told([publish, ...steps]).updatedAt;
    const at = t0 + hour;
    expect(updatedAt()).toBe(t0 + minute);
    expect(updatedAt({ do: "note", text: "x", at })).toBe(t0 + minute);
    expect(updatedAt({ do: "update", text: "x", at })).toBe(at);
    expect(updatedAt({ do: "edit", notice: { scope: "More." }, at })).toBe(at);
    expect(updatedAt({ do: "acknowledge", at })).toBe(at);
    expect(updatedAt({ ...attach, at })).toBe(at);
    // The same alert again shows nothing new.
    expect(updatedAt({ ...attach, at }, { ...attach, summary: "again", at: at + hour })).toBe(at);
    expect(told([{ do: "edit", notice: { scope: "More." }, at: t0 }, publish]).updatedAt).toBe(t0 + minute);
  });
});

describe("a snapshot", () => {
  test("it says how new it is and how long it is good for: three renewals", () => {
    expect(snapshot()).toMatchObject({
      sequence: { epoch: 2, seq: 9 },
      generatedAt: t0,
      validUntil: t0 + 3 * minute,
    });
    expect(snapshot({ addresses: ["a", "b", "a"] }).addresses).toEqual(["a", "b"]);
  });

  test("a component is as bad as the worst open incident says; one that is over says nothing", () => {
    const open = told([{ do: "publish" }, { ...attach, impact: impactOn({ copr: "partial_outage" }) }]);
    const worse = told([{ do: "publish" }], { number: 8, impact: impactOn({ copr: "major_outage" }) });
    const over = told([{ do: "publish" }, { do: "resolve" }], { impact: impactOn({ api: "major_outage" }) });
    const all = snapshot({ incidents: [open, worse, over] });
    expect(all.open).toEqual([open, worse]);
    expect(all.past).toEqual([over]);
    expect([statusOf(all, "copr"), statusOf(all, "api")]).toEqual(["major_outage", "operational"]);
    expect(statusOf(all, "constructor")).toBe("operational");
    expect(all.components.map(({ updatedAt }) => updatedAt)).toEqual([
      Math.max(open.updatedAt, worse.updatedAt),
      over.updatedAt,
      t0 - hour,
    ]);
  });

  test("what nobody can watch is unknown, never up; a known outage of it is still an outage", () => {
    const blind = new Map([[copr, t0 - minute]]);
    expect(statusOf(snapshot({ blind }), "copr")).toBe("unknown");
    expect(snapshot({ blind }).components[0]?.updatedAt).toBe(t0 - minute);
    const degraded = told([{ do: "publish" }], { impact: impactOn({ copr: "degraded_performance" }) });
    expect(statusOf(snapshot({ blind, incidents: [degraded] }), "copr")).toBe("degraded_performance");
    const working = told([{ do: "publish" }], { impact: impactOn({ copr: "under_maintenance" }) });
    expect(statusOf(snapshot({ blind, incidents: [working] }), "copr")).toBe("unknown");
    const fine = told([{ do: "publish" }], { impact: impactOn({ copr: "operational" }) });
    expect(statusOf(snapshot({ blind, incidents: [fine] }), "copr")).toBe("unknown");
  });
});
