import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tocsin } from "../accounts/actor.ts";
import { hour, minute } from "../lib/clock.ts";
import { stored } from "../lib/json.ts";
import {
  after,
  alice,
  bob,
  complete,
  impactOn,
  key,
  opened,
  opening,
  play,
  refusal,
  standing,
  t0,
} from "../../test/kit/incidents.ts";
import type { Incident, IncidentEvent } from "./incident.ts";
import { fold } from "./steps.ts";
import { lacks } from "./notice.ts";
import { legalMoves, obey, standingOf, standings, type Do, type Order, type Standing } from "./obey.ts";

const failing = key("failing");
const stuck = key("stuck");

/** Each order in a form that nothing but the table can refuse. */
const orders: Readonly<Record<Do, Order>> = {
  acknowledge: { do: "acknowledge" },
  take: { do: "take" },
  publish: { do: "publish" },
  reopen: { do: "reopen" },
  undo: { do: "undo", of: [2], was: {} },
  dismiss: { do: "dismiss", reason: "a false alarm" },
  merge: { do: "merge", into: 3 },
  note: { do: "note", text: "the disk is full" },
  ask: { do: "ask", text: "who knows Copr?" },
  postmortem: { do: "postmortem", text: "A disk was full." },
  edit: { do: "edit", notice: { title: "Builds fail" } },
  update: { do: "update", text: "found it" },
  resolve: { do: "resolve" },
  revise: { do: "revise", update: 1, text: "other words", of: { n: 2, before: "words" } },
  attach: { do: "attach", key: stuck, summary: "stuck", impact: impactOn({ api: "partial_outage" }), startedAt: t0 },
  "end-alert": { do: "end-alert", key: failing, summary: "normal again" },
  "hold-alert": { do: "hold-alert", key: failing, because: "it flaps" },
  "tell-growth": { do: "tell-growth" },
  "attach-all": { do: "attach-all", alerts: [] },
  "end-all": { do: "end-all", alerts: [] },
  split: { do: "split", alerts: [failing], into: 8 },
  absorb: { do: "absorb", from: opened({ number: 9 }) },
};
/** The same alert says the same again. */
const again: Order = {
  do: "attach",
  key: failing,
  summary: "18 of 20 failed",
  impact: impactOn({ copr: "major_outage" }),
  startedAt: t0 - 10 * minute,
};

const everyOrder = Object.values(orders);

describe("the table of legal moves", () => {
  test("there is an incident for each standing", () => {
    for (const where of standings) expect(standingOf(standing(where))).toBe(where);
  });

  describe.each(standings)("an incident that is %s", (where) => {
    test.each(everyOrder)("obeys $do where the table says so, and refuses it in useful words otherwise", (order) => {
      const incident = standing(where, order.do === "split" ? opened({ alerts: [failing, stuck] }) : undefined);
      const obeyed = obey(incident, { by: alice, at: t0 + hour, ...order });
      if (legalMoves[where].includes(order.do)) {
        expect(obeyed).toMatchObject({ ok: true });
        return;
      }
      expect(obeyed).toMatchObject({ ok: false, refusal: { code: "illegal" } });
      if (obeyed.ok) return;
      expect(obeyed.refusal.message).toMatch(/^incident 7 (is|was) .+; .+/u);
      // What it advises instead must be allowed where it stands.
      for (const [, verb, number] of obeyed.refusal.message.matchAll(/`(\w+) (\d+)`/gu)) {
        expect(number).toBe("7");
        expect(legalMoves[where]).toContain(verb);
      }
    });
  });

  test("a merged incident names the one to speak to", () => {
    expect(refusal(standing("merged"), { do: "resolve" }).message).toContain("incident 3");
  });

  test("what one person has acknowledged another takes over by `take`, not by a second acknowledgement", () => {
    const held = standing("draft acknowledged");
    const { code, message } = refusal(held, { do: "acknowledge", by: bob });
    expect(code).toBe("illegal");
    expect(message).toMatch(/alice.*`take 7`/u);
    expect(after(held, { do: "acknowledge" }).holder).toEqual(alice);
    expect(after(held, { do: "take", by: bob }).holder).toEqual(bob);
  });
});

describe("versions", () => {
  test("a command that expects another version is refused as a conflict, before anything else", () => {
    const incident = standing("merged");
    const stale = refusal(incident, { do: "resolve", expect: incident.version - 1 });
    expect(stale.code).toBe("conflict");
    expect(stale.message).toContain(`version ${incident.version}, you saw ${incident.version - 1}`);
    expect(after(opened(), { do: "take", expect: 1 }).version).toBe(2);
  });
});

describe("publish", () => {
  test("it is refused with every field that is missing, and with the component", () => {
    const bare = opened({ notice: { title: " ", alternatives: [""], links: [], cause: "Copr" }, impact: {} });
    const { code, message, lacks: missing } = refusal(bare, { do: "publish" });
    expect(code).toBe("incomplete");
    const fields = ["title", "scope", "affected", "alternative", "eta", "retrigger", "link", "component"];
    expect(missing?.map((lack) => lack.field)).toEqual(fields);
    for (const field of fields) expect(message).toContain(`--${field} (`);
  });

  test("what was over before it was told stays over", () => {
    const told = after(standing("draft resolved"), { do: "publish" });
    expect(told).toMatchObject({ visibility: "published", state: "resolved", phase: "resolved" });
    expect(told.clocks.published).toBe(t0 + minute);
  });

  test.each([[undefined], [""], ["  \n"]])("its first word is never empty (%j)", (text) => {
    const { events } = play(opened(), text === undefined ? { do: "publish" } : { do: "publish", text });
    expect(events).toMatchObject([{ kind: "published", text: complete.scope }]);
  });

  test("a draft that Tocsin publishes is taken over by whoever speaks, takes, edits or reopens it next", () => {
    const automatic = after(opened(), { do: "publish", by: tocsin });
    expect(automatic.spokenBy).toBe("tocsin");
    expect(after(automatic, { do: "update", text: "found it" }).spokenBy).toBe("people");
    expect(after(automatic, { do: "take" }).spokenBy).toBe("people");
    expect(after(automatic, { do: "edit", notice: { scope: "All of it." } }).spokenBy).toBe("people");
    expect(after(automatic, { do: "resolve", by: tocsin }, { do: "reopen" }).spokenBy).toBe("people");
    expect(after(automatic, { do: "edit", notice: { scope: "All." }, by: tocsin }).spokenBy).toBe("tocsin");
    expect(after(automatic, { do: "note", text: "hm" }).spokenBy).toBe("tocsin");
  });
});

describe("edit", () => {
  test("a published incident cannot be made incomplete; a draft can", () => {
    for (const where of ["published triggered", "published resolved"] as const) {
      const incident = standing(where);
      expect(refusal(incident, { do: "edit", notice: { scope: "" } }).lacks?.map((lack) => lack.field)).toEqual([
        "scope",
      ]);
      expect(refusal(incident, { do: "edit", impact: {} }).lacks?.map((lack) => lack.field)).toEqual(["component"]);
      expect(refusal(incident, { do: "edit", notice: { cause: "Copr" } }).code).toBe("incomplete");
    }
    expect(after(opened(), { do: "edit", notice: { scope: "" }, impact: {} }).impact).toEqual({});
  });

  test("the event keeps what really changed, and what it was before", () => {
    const { events } = play(opened(), { do: "edit", notice: { title: complete.title, scope: "All of it." } });
    expect(events).toMatchObject([
      { kind: "edited", notice: { scope: "All of it." }, before: { scope: complete.scope } },
    ]);
  });

  test("an incident cannot end before it started, nor start or end in the future", () => {
    const over = standing("published resolved");
    const invalid = (order: Order): string => {
      const { code, message } = refusal(over, order);
      expect(code).toBe("invalid");
      return message;
    };
    expect(invalid({ do: "edit", endedAt: over.clocks.started - 1 })).toContain("ended before it started");
    expect(invalid({ do: "edit", startedAt: t0 + 2 * minute })).toContain("ended before it started");
    expect(invalid({ do: "edit", startedAt: t0 + hour })).toContain("started in the future");
    expect(invalid({ do: "edit", endedAt: t0 + hour })).toContain("ended in the future");
    expect(refusal(opened(), { do: "resolve", endedAt: t0 - hour }).message).toContain("ended before it started");
    expect(refusal(opened(), { do: "resolve", endedAt: t0 + hour }).message).toContain("ended in the future");
    expect(after(opened(), { do: "resolve", endedAt: t0 - 5 * minute }).clocks.resolved).toBe(t0 - 5 * minute);
    expect(after(over, { do: "edit", startedAt: t0 - hour, endedAt: t0 }).clocks).toMatchObject({
      started: t0 - hour,
      resolved: t0,
    });
  });

  test("a clock that is a little ahead is forgiven, but nothing is recorded for later than now", () => {
    const early = after(opened(), { do: "edit", startedAt: t0 + 4 * minute });
    expect(early.clocks.started).toBe(t0 + minute);
    expect(after(early, { do: "resolve" }).clocks.resolved).toBe(t0 + minute);
    expect(after(opened(), { do: "resolve", endedAt: t0 + 4 * minute }).clocks.resolved).toBe(t0 + minute);
  });

  test("what has not ended has no end to be edited", () => {
    expect(refusal(opened(), { do: "edit", endedAt: t0 }).message).toContain("`resolve 7` ends it");
  });
});

describe("update", () => {
  const published = standing("published triggered");

  test("the phase resolved resolves it, with the text", () => {
    const { incident, events } = play(published, { do: "update", text: "All is well.", phase: "resolved" });
    expect(incident).toMatchObject({ state: "resolved", phase: "resolved", clocks: { resolved: t0 + minute } });
    expect(events).toMatchObject([{ kind: "resolved", text: "All is well." }]);
  });

  test("a backlog is worked off in the phase monitoring only", () => {
    for (const phase of ["investigating", "identified", "resolved"] as const)
      expect(refusal(published, { do: "update", text: "queue", phase, backlog: true }).code).toBe("invalid");
    expect(refusal(published, { do: "update", text: "queue", backlog: true }).code).toBe("invalid");
    const working = after(published, { do: "update", text: "queue", phase: "monitoring", backlog: true });
    expect(working.backlog).toBe(true);
    expect(after(working, { do: "update", text: "still" }).backlog).toBe(true);
    expect(after(working, { do: "update", text: "again", phase: "identified" }).backlog).toBe(false);
    expect(after(working, { do: "resolve" }).backlog).toBe(false);
    expect(after(working, { do: "dismiss", reason: "wrong" }).backlog).toBe(false);
    expect(after(working, { do: "merge", into: 3 }).backlog).toBe(false);
  });

  test("mitigated is the first monitoring since the last reopen", () => {
    const once = after(published, { do: "update", text: "fixed", phase: "monitoring" });
    const twice = after(
      once,
      { do: "update", text: "not", phase: "identified" },
      { do: "update", text: "fixed", phase: "monitoring", at: t0 + hour },
    );
    expect(twice.clocks.mitigated).toBe(t0 + minute);
    const again = after(
      twice,
      { do: "resolve", at: t0 + hour },
      { do: "reopen", at: t0 + 2 * hour },
      { do: "update", text: "fixed", phase: "monitoring", at: t0 + 3 * hour },
    );
    expect(again.clocks.mitigated).toBe(t0 + 3 * hour);
  });

  test("texts that say nothing and promises in the past are refused", () => {
    expect(refusal(published, { do: "update", text: "  " }).code).toBe("invalid");
    expect(refusal(published, { do: "update", text: "x", nextUpdateAt: t0 + minute }).code).toBe("invalid");
    expect(refusal(published, { do: "note", text: "\n" }).code).toBe("invalid");
    expect(refusal(published, { do: "ask", text: "" }).code).toBe("invalid");
    expect(refusal(published, { do: "dismiss", reason: " " }).code).toBe("invalid");
    expect(refusal(opened(), { do: "acknowledge", until: t0 }).code).toBe("invalid");
  });
});

describe("the end of the evidence", () => {
  const end: Order = { do: "end-alert", key: failing, summary: "normal again" };

  test("a draft resolves with its last alert", () => {
    expect(after(opened(), end)).toMatchObject({ state: "resolved", visibility: "draft", alerts: [] });
  });

  test("a published incident becomes monitoring and waits for a human; a relapse is told, and its end again", () => {
    const { incident, events } = play(standing("published triggered"), end);
    expect(events.map((event) => event.kind)).toEqual(["alert-ended", "recovered"]);
    expect(incident).toMatchObject({ state: "triggered", phase: "monitoring", clocks: { mitigated: t0 + minute } });
    const flapping = play(incident, again, end);
    expect(flapping.events.map((event) => event.kind)).toEqual([
      "alert-attached",
      "relapsed",
      "alert-ended",
      "recovered",
    ]);
    expect(after(incident, again)).toMatchObject({ phase: "investigating", visibility: "published" });
  });

  test("one of two alerts keeps it going", () => {
    for (const where of ["draft triggered", "published acknowledged"] as const) {
      const both = after(standing(where), orders.attach);
      const left = after(both, end);
      expect(left).toMatchObject({ state: both.state, phase: "investigating", alerts: [stuck] });
    }
  });

  test("an alert that ends after a human has resolved its incident leaves it, and changes nothing else", () => {
    const over = standing("published resolved");
    expect(over.alerts).toEqual([failing]);
    const { incident, events } = play(over, end);
    expect(events.map((event) => event.kind)).toEqual(["alert-ended"]);
    expect(incident).toEqual({
      ...over,
      alerts: [],
      evidence: {},
      summary: "normal again",
      quietSince: t0 + minute,
      version: over.version + 1,
    });
    // Reopened, it does not wait for the end of an alert that ended long ago.
    expect(after(incident, { do: "reopen" }).alerts).toEqual([]);
  });
});

describe("evidence and what humans corrected", () => {
  test("a repeat undoes neither the impact nor the start that a human gave", () => {
    const corrected = after(opened(), {
      do: "edit",
      impact: impactOn({ copr: "degraded_performance" }),
      startedAt: t0 - 2 * minute,
    });
    expect(after(corrected, again)).toMatchObject({
      impact: { copr: "degraded_performance" },
      clocks: { started: t0 - 2 * minute },
      summary: "18 of 20 failed",
    });
  });

  test("evidence that grew makes the incident grow", () => {
    const small = opened({ impact: impactOn({ copr: "degraded_performance" }) });
    const grown = after(small, again);
    expect(grown.impact).toEqual({ copr: "major_outage" });
    expect(after(small, { ...again, startedAt: t0 - hour }).clocks.started).toBe(t0 - hour);
    expect(after(grown, orders.attach).impact).toEqual({ copr: "major_outage", api: "partial_outage" });
    expect(after(grown, orders.attach).alerts).toEqual([failing, stuck]);
  });
});

describe("reopen", () => {
  test("it clears when it was mitigated and resolved, and keeps who acknowledged", () => {
    const over = after(
      standing("published acknowledged"),
      { do: "update", text: "fixed", phase: "monitoring" },
      { do: "resolve" },
    );
    const { clocks, ...again } = after(over, { do: "reopen", at: t0 + hour });
    expect(again).toMatchObject({
      state: "acknowledged",
      phase: "investigating",
      visibility: "published",
      holder: alice,
    });
    expect(clocks).not.toHaveProperty("resolved");
    expect(clocks).not.toHaveProperty("mitigated");
    expect(after(standing("draft resolved"), { do: "reopen" }).state).toBe("triggered");
  });

  test("a dismissed one comes back as a draft, and nothing holds its alerts any more", () => {
    const dismissed = after(opened(), { do: "dismiss", reason: "a test", heldUntil: t0 + hour });
    expect(dismissed).toMatchObject({ visibility: "dismissed", state: "resolved", heldUntil: t0 + hour });
    const back = after(dismissed, { do: "reopen" });
    expect(back).toMatchObject({ visibility: "draft", state: "triggered" });
    expect(back).not.toHaveProperty("heldUntil");
  });
});

describe("dismiss and merge", () => {
  test("a published one that was wrong is withdrawn with a public correction, and the dismissal holds", () => {
    const { incident, events } = play(standing("published triggered"), {
      do: "dismiss",
      reason: "Our probe was broken.",
      heldUntil: t0 + hour,
    });
    expect(events).toMatchObject([{ kind: "withdrawn", correction: "Our probe was broken." }]);
    expect(incident).toMatchObject({
      visibility: "withdrawn",
      state: "resolved",
      phase: "resolved",
      withdrawal: { at: t0 + minute, correction: "Our probe was broken." },
      heldUntil: t0 + hour,
      alerts: [],
    });
  });

  test("an incident cannot be merged into itself", () => {
    expect(refusal(opened(), { do: "merge", into: 7 })).toMatchObject({ code: "invalid" });
  });

  test("what absorbs another has its alerts, its impact and its start", () => {
    const other = opened({
      number: 9,
      alerts: [stuck, failing],
      impact: impactOn({ api: "partial_outage" }),
      startedAt: t0 - hour,
    });
    expect(after(opened(), { do: "absorb", from: other })).toMatchObject({
      alerts: [failing, stuck],
      impact: { copr: "major_outage", api: "partial_outage" },
      clocks: { started: t0 - hour },
    });
  });

  test("a public incident cannot disappear into a draft", () => {
    const open = standing("published triggered", opened({ number: 9 }));
    const { code, message } = refusal(opened(), { do: "absorb", from: open });
    expect(code).toBe("illegal");
    expect(message).toContain("`publish 7` first");
    expect(after(standing("published triggered"), { do: "absorb", from: open }).version).toBe(3);
    expect(after(standing("published triggered"), { do: "absorb", from: opened({ number: 9 }) }).version).toBe(3);
  });
});

describe("whatever is commanded, in whatever order", () => {
  const text = fc.constantFrom("a text", "", "  ", "другой");
  const when = fc.integer({ min: -2 * hour, max: 2 * hour });
  const alertName = fc.constantFrom(failing, stuck);
  const impact = fc.constantFrom(
    impactOn({}),
    impactOn({ copr: "partial_outage" }),
    impactOn({ api: "major_outage", copr: "degraded_performance" }),
  );
  type Asked = (now: number) => Order;
  const asked: fc.Arbitrary<Asked> = fc.oneof(
    fc.constantFrom<Asked>(...everyOrder.map((order) => () => order)),
    when.map<Asked>((ms) => (now) => ({ do: "acknowledge", until: now + ms })),
    text.map<Asked>((each) => () => ({ do: "publish", text: each })),
    fc.tuple(text, when).map<Asked>(([reason, ms]) => (now) => ({ do: "dismiss", reason, heldUntil: now + ms })),
    fc.tuple(when, when).map<Asked>(([a, b]) => (now) => ({ do: "edit", startedAt: now + a, endedAt: now + b })),
    fc.tuple(text, impact).map<Asked>(([scope, hit]) => () => ({ do: "edit", notice: { scope }, impact: hit })),
    when.map<Asked>((ms) => (now) => ({ do: "resolve", endedAt: now + ms })),
    fc
      .tuple(text, fc.constantFrom("investigating", "identified", "monitoring", "resolved"), fc.boolean(), when)
      .map<Asked>(([each, phase, backlog, ms]) => (now) => ({
        do: "update",
        text: each,
        phase,
        backlog,
        nextUpdateAt: now + ms,
      })),
    fc.tuple(alertName, impact, when).map<Asked>(([name, hit, ms]) => (now) => ({
      do: "attach",
      key: name,
      summary: "s",
      impact: hit,
      startedAt: now + ms,
    })),
    alertName.map<Asked>((name) => () => ({ do: "end-alert", key: name, summary: "ended" })),
  );
  const step = fc.record({ asked, by: fc.constantFrom(alice, bob, tocsin), later: fc.integer({ min: 0, max: hour }) });

  /** Moves that the table allows from one standing to the public and back. */
  const publicAfter: Readonly<Partial<Record<Standing, readonly Standing[]>>> = {
    dismissed: ["dismissed", "draft triggered", "draft acknowledged"],
    withdrawn: ["withdrawn"],
    merged: ["merged"],
  };

  function holds(incident: Incident, events: readonly IncidentEvent[]): void {
    const { clocks } = incident;
    // As the database gives it back, too.
    expect(fold(events)).toEqual(incident);
    expect(fold(stored(JSON.stringify(events)))).toEqual(stored(JSON.stringify(incident)));
    expect(incident.version).toBe(events.length);
    expect(clocks.started).toBeLessThanOrEqual(clocks.resolved ?? Infinity);
    expect(clocks.detected).toBeLessThanOrEqual(clocks.acknowledged ?? Infinity);
    expect(clocks.detected).toBeLessThanOrEqual(clocks.published ?? Infinity);
    expect(clocks.detected).toBeLessThanOrEqual(clocks.mitigated ?? Infinity);
    expect(incident.state === "resolved").toBe(clocks.resolved !== undefined);
    expect(incident.state === "resolved").toBe(incident.phase === "resolved");
    if (incident.backlog) expect(incident.phase).toBe("monitoring");
    const told = incident.visibility === "published" || incident.visibility === "withdrawn";
    expect(clocks.published !== undefined).toBe(told);
    expect(incident.spokenBy !== "nobody").toBe(told);
    if (incident.visibility === "published") expect(lacks(incident.notice)).toEqual([]);
    if (incident.quietSince !== undefined) expect(incident.alerts).toEqual([]);
    for (const name of Object.keys(incident.evidence ?? {})) expect(incident.alerts).toContain(name);
  }

  test("the row is its timeline, clocks are in order, and what is not for the public stays so", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
        const first = opening();
        const events: IncidentEvent[] = [first];
        let incident = fold(events) ?? opened();
        let now = t0;
        for (const { asked: make, by, later } of steps) {
          now += later;
          const before = standingOf(incident);
          const frozen = JSON.stringify(incident);
          const obeyed = obey(incident, { by, at: now, ...make(now) });
          expect(JSON.stringify(incident)).toBe(frozen);
          if (!obeyed.ok) {
            expect(obeyed.refusal.message).not.toMatch(/undefined|NaN/u);
            continue;
          }
          // What the engine proposes may turn out to be no news.
          if (!["hold-alert", "tell-growth", "attach-all", "end-all"].includes(make(now).do))
            expect(obeyed.events.length).toBeGreaterThan(0);
          for (const event of obeyed.events) expect(event).toMatchObject({ at: now, by });
          events.push(...obeyed.events);
          incident = obeyed.incident;
          holds(incident, events);
          const allowed = publicAfter[before];
          if (allowed !== undefined) expect(allowed).toContain(standingOf(incident));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("a text that users have read", () => {
  const published = standing("published resolved");

  test("is changed by naming what it says now, and the row only counts the change", () => {
    const of = { n: 2, before: "Builds in Copr." };
    const revised = play(published, { do: "revise", update: 1, text: "Builds.", of });
    expect(revised.events).toMatchObject([{ kind: "revised", n: 2, text: "Builds.", before: "Builds in Copr." }]);
    expect(revised.incident).toEqual({ ...published, version: published.version + 1, spokenBy: "people" });
  });

  test("is refused where there is none, or nothing new", () => {
    expect(refusal(published, { do: "revise", update: 5, text: "x" })).toMatchObject({ code: "not-found" });
    const of = { n: 2, before: "same" };
    expect(refusal(published, { do: "revise", update: 1, text: "same", of }).message).toBe(
      "update 1 says that already",
    );
    expect(refusal(published, { do: "revise", update: 1, text: " ", of }).message).toBe("an update needs a text");
  });
});

test("what is over may be published without an ETA, and be edited after that", () => {
  const { eta: _eta, nextUpdateAt: _next, ...notice } = complete;
  const told = after(opened({ notice }), { do: "resolve" }, { do: "publish" });
  expect([told.visibility, told.phase]).toEqual(["published", "resolved"]);
  expect(after(told, { do: "edit", notice: { scope: "All builds." } }).notice.scope).toBe("All builds.");
  expect(refusal(opened({ notice }), { do: "publish" }).lacks?.map(({ field }) => field)).toEqual(["eta"]);
});
