import { entriesOf } from "../lib/records.ts";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { tocsin } from "../accounts/actor.ts";
import { sourceOf, type Alert, type AlertKey } from "../alerts/alert.ts";
import type { ComponentId } from "../config/names.ts";
import { hour, minute, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { after, alert, api, copr, impactOn, key, opened, opening, standing, t0 } from "../../test/kit/incidents.ts";
import { dependenciesOf } from "../components/depends.ts";
import { correlate as decide, type Correlation, type KnownAlert, type Surroundings } from "./correlate.ts";
import type { Member } from "./relation.ts";
import { impactOf } from "./draft.ts";
import { apply, type Incident } from "./incident.ts";
import { obey, type Order } from "./obey.ts";

const failing = key("failing");

function memberIn(incident: Incident, each: AlertKey): Member {
  const [component] = entriesOf(incident.impact)[0] ?? [];
  const hit = component === undefined || incident.impact[component] === "operational" ? {} : { component };
  return { ...hit, kind: "failing", source: sourceOf(each), startsAt: incident.clocks.started };
}

/** Nothing is silent, nothing depends on anything, and there are no routes, unless a test says so. */
function correlate(
  alert: Alert,
  known: KnownAlert | undefined,
  last: Incident | undefined,
  open: readonly Incident[],
  more: Partial<Surroundings> = {},
): Correlation {
  const standing = open
    .filter(({ state }) => state !== "resolved")
    .map((incident) => ({
      incident,
      members: new Map(incident.alerts.map((each) => [each, memberIn(incident, each)])),
    }));
  const around = { dismissed: [], depends: dependenciesOf([]), quiet: undefined, opens: "draft" as const, ...more };
  const mine = open.find((incident) => incident.alerts.includes(alert.key)) ?? last;
  return decide(alert, { known, last: mine, open: standing, ...around });
}

function known(more: Partial<KnownAlert> = {}): KnownAlert {
  const startsAt = more.startsAt ?? t0 - 10 * minute;
  return {
    key: failing,
    status: "firing",
    startsAt,
    saidStart: startsAt,
    heardAt: t0,
    incident: 7,
    fired: [],
    ...more,
  };
}
const ended = known({ status: "resolved", endsAt: t0 - 5 * minute });
const resolved = (more: Partial<Alert> = {}): Alert => alert({ status: "resolved", endsAt: t0, ...more });

describe("an alert that fires", () => {
  test("nobody knew of it: it opens an incident", () => {
    expect(correlate(alert(), undefined, undefined, [])).toMatchObject({ do: "open", because: "nobody knew of it" });
  });

  test("it goes on belonging to its open incident, whatever else is open", () => {
    const mine = opened({ impact: impactOn({ api: "major_outage" }) });
    const newer = opened({ number: 8, alerts: [key("other")] });
    expect(correlate(alert(), known(), mine, [newer, mine])).toMatchObject({ do: "attach", incident: { number: 7 } });
  });

  test("it joins the oldest open incident whose component is hit", () => {
    const older = opened({ number: 3, alerts: [key("x")] });
    const newer = opened({ number: 5, alerts: [key("y")] });
    const elsewhere = opened({ number: 6, alerts: [key("z")], impact: impactOn({ api: "major_outage" }) });
    expect(correlate(alert(), undefined, undefined, [elsewhere, newer, older])).toMatchObject({
      do: "attach",
      incident: { number: 3 },
    });
  });

  test("an incident about something else does not swallow it", () => {
    const others = [
      opened({ alerts: [key("x")], impact: impactOn({ api: "major_outage" }) }),
      opened({ alerts: [key("x")], impact: impactOn({ copr: "operational" }) }),
      opened({ alerts: [key("x")], impact: {} }),
      standing("draft resolved", opened({ alerts: [key("x")] })),
      standing("merged", opened({ alerts: [key("x")] })),
    ];
    for (const other of others) expect(correlate(alert(), undefined, undefined, [other]).do).toBe("open");
    const odd = alert({ component: brand<ComponentId>("constructor") });
    expect(correlate(odd, undefined, undefined, [opened({ alerts: [key("x")] })]).do).toBe("open");
  });

  test("without a component it joins nobody", () => {
    const { component: _, ...nameless } = alert();
    expect(correlate(nameless, undefined, undefined, [opened({ alerts: [key("x")] })]).do).toBe("open");
  });

  test("a blind monitor never joins an incident about what it watched", () => {
    const blind = alert({ kind: "blind", key: key("blind") });
    expect(correlate(blind, undefined, undefined, [opened()]).do).toBe("open");
    const own = opened({ number: 8, alerts: [key("blind")], impact: {} });
    expect(correlate(blind, known({ key: key("blind"), incident: 8 }), own, [own]).do).toBe("attach");
  });

  test("a dismissal holds until its time, however the episode goes on", () => {
    const dismissed = after(opened(), { do: "dismiss", reason: "a test", heldUntil: t0 + hour });
    const soon = alert({ startsAt: t0, observedAt: t0 + hour - 1 });
    const late = alert({ startsAt: t0, observedAt: t0 + hour });
    for (const before of [known(), ended])
      expect(correlate(soon, before, dismissed, [])).toEqual({
        do: "nothing",
        because: "incident 7 was dismissed, and that holds",
      });
    expect(correlate(late, ended, dismissed, [])).toMatchObject({ do: "open", because: "a new episode" });
  });

  test("a dismissal without a time lasts until its episode ends", () => {
    const dismissed = standing("dismissed");
    expect(correlate(alert({ observedAt: t0 + 99 * hour }), known(), dismissed, []).do).toBe("nothing");
    expect(correlate(alert({ startsAt: t0 }), ended, dismissed, []).do).toBe("open");
  });

  test("a withdrawal holds as a dismissal does", () => {
    const withdrawn = after(standing("published triggered"), { do: "dismiss", reason: "wrong", heldUntil: t0 + hour });
    expect(correlate(alert({ startsAt: t0 }), ended, withdrawn, []).do).toBe("nothing");
    expect(correlate(alert({ startsAt: t0, observedAt: t0 + hour }), ended, withdrawn, []).do).toBe("open");
  });

  test("it does not reopen what a human has resolved while it fired", () => {
    for (const where of ["draft resolved", "published resolved"] as const)
      expect(correlate(alert(), known(), standing(where), [])).toEqual({
        do: "nothing",
        because: "incident 7 was resolved while it fired",
      });
  });

  test("within an hour of the end a draft is reopened; later, or once published, it is a new one", () => {
    const draft = after(opened(), { do: "resolve", at: t0 });
    const again = (observedAt: Instant): Alert => alert({ startsAt: observedAt, observedAt });
    const soon = correlate(again(t0 + hour), ended, draft, []);
    expect(soon).toMatchObject({ do: "reopen", incident: { number: 7 } });
    expect(correlate(again(t0 + hour + 1), ended, draft, []).do).toBe("open");
    const published = after(standing("published triggered"), { do: "resolve" });
    expect(correlate(again(t0 + 2 * minute), ended, published, []).do).toBe("open");
  });

  test("an open incident about the same component is joined rather than an old draft reopened", () => {
    const draft = after(opened(), { do: "resolve", at: t0 });
    const other = opened({ number: 8, alerts: [key("x")] });
    expect(correlate(alert({ startsAt: t0 }), ended, draft, [other])).toMatchObject({
      do: "attach",
      incident: { number: 8 },
    });
  });

  test("a late or repeated word about an episode that has ended is nothing", () => {
    const draft = after(opened(), { do: "resolve", at: t0 });
    expect(correlate(alert(), ended, draft, [])).toEqual({
      do: "nothing",
      because: "it is late or repeated: that episode has ended",
    });
    expect(correlate(alert({ startsAt: t0 - hour }), ended, undefined, []).do).toBe("nothing");
  });
});

describe("an alert that ends", () => {
  test("it ends its part in its incident", () => {
    const mine = opened();
    expect(correlate(resolved(), known(), mine, [mine])).toMatchObject({ do: "end", incident: { number: 7 } });
  });

  test("for one that never fired here, or had resolved already, it is nothing", () => {
    expect(correlate(resolved(), undefined, undefined, [opened()]).do).toBe("nothing");
    expect(correlate(resolved(), ended, opened(), []).do).toBe("nothing");
  });

  test("when it is late, because the alert has fired again since, it is nothing", () => {
    const refired = known({ startsAt: t0 + 10 * minute });
    expect(correlate(resolved(), refired, opened(), [])).toEqual({
      do: "nothing",
      because: "it is late: the alert has fired again since it ended",
    });
  });

  test("it leaves an incident that a human has resolved meanwhile, once", () => {
    const over = standing("published resolved");
    const end = correlate(resolved(), known(), over, []);
    expect(end).toMatchObject({ do: "end", incident: { number: 7 } });
    const left = after(over, { do: "end-alert", key: failing, summary: "" });
    expect(correlate(resolved(), known(), left, []).do).toBe("nothing");
    for (const where of ["dismissed", "withdrawn", "merged"] as const)
      expect(correlate(resolved(), known(), standing(where), []).do).toBe("nothing");
  });
});

describe("after a merge", () => {
  const merged = after(opened({ number: 3 }), { do: "merge", into: 7 });
  const absorbing = after(opened({ number: 7, alerts: [key("x")] }), { do: "absorb", from: opened({ number: 3 }) });

  test("an alert speaks to the incident that took it along", () => {
    expect(correlate(alert(), known({ incident: 3 }), merged, [absorbing])).toMatchObject({
      do: "attach",
      incident: { number: 7 },
    });
    expect(correlate(resolved(), known({ incident: 3 }), merged, [absorbing])).toMatchObject({
      do: "end",
      incident: { number: 7 },
    });
  });

  test("the one that is gone is never reopened", () => {
    const again = alert({ startsAt: t0 + 2 * minute, observedAt: t0 + 2 * minute, component: api });
    expect(correlate(again, ended, merged, []).do).toBe("open");
  });
});

/** What the engine does with the answer, in a world of one alert. */
class World {
  before: KnownAlert | undefined;
  readonly incidents = new Map<number, Incident>();

  #order(incident: Incident, order: Order, now: Instant): Incident {
    const obeyed = obey(incident, { by: tocsin, at: now, ...order });
    if (!obeyed.ok) throw new Error(`correlation proposed what is not allowed: ${obeyed.refusal.message}`);
    this.incidents.set(incident.number, obeyed.incident);
    return obeyed.incident;
  }

  #carryOut(word: Alert, answer: Correlation, now: Instant): number | undefined {
    const { key: name, summary, startsAt: startedAt } = word;
    const attach: Order = { do: "attach", key: name, summary, impact: impactOf(word), startedAt };
    switch (answer.do) {
      case "nothing":
      case "quiet":
      case "say":
      case "hold":
        return undefined;
      case "open": {
        const number = this.incidents.size + 1;
        this.incidents.set(number, apply(undefined, opening({ number, at: now, startedAt, alerts: [name] })));
        return number;
      }
      case "attach":
        return this.#order(answer.incident, attach, now).number;
      case "reopen":
        return this.#order(this.#order(answer.incident, { do: "reopen" }, now), attach, now).number;
      case "end":
        return this.#order(answer.incident, { do: "end-alert", key: name, summary }, now).number;
    }
    return undefined;
  }

  hear(word: Alert, now: Instant): Correlation["do"] {
    const { before } = this;
    const mine = before?.incident === undefined ? undefined : this.incidents.get(before.incident);
    const answer = correlate({ ...word, observedAt: now }, before, mine, this.open());
    const number = this.#carryOut(word, answer, now) ?? before?.incident;
    const late = answer.do === "nothing" && before?.status === "resolved";
    if (late) return answer.do;
    const same = before?.status === "firing" || answer.do === "reopen";
    this.before = {
      fired: [],
      heardAt: now,
      saidStart: word.startsAt,
      key: word.key,
      status: word.status,
      startsAt: same ? Math.min(before?.startsAt ?? Infinity, word.startsAt) : word.startsAt,
      ...(word.endsAt === undefined ? {} : { endsAt: word.endsAt }),
      ...(number === undefined ? {} : { incident: number }),
    };
    return answer.do;
  }

  open(): readonly Incident[] {
    return [...this.incidents.values()].filter((incident) => incident.state !== "resolved").reverse();
  }
}

describe("words that come twice, late and in any order", () => {
  const fire = alert();
  const end = resolved({ endsAt: t0 + minute });

  test("one episode, shuffled and doubled, ends with nothing open and at most one incident", () => {
    const words = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([fires, ends]) => {
      const all = [...Array.from({ length: fires }, () => fire), ...Array.from({ length: ends }, () => end)];
      return fc.shuffledSubarray(all, { minLength: all.length });
    });
    fc.assert(
      fc.property(words, (shuffled) => {
        const world = new World();
        shuffled.forEach((word, n) => world.hear(word, t0 + 2 * minute + n));
        expect(world.open()).toEqual([]);
        expect(world.before).toMatchObject({ status: "resolved", startsAt: fire.startsAt, endsAt: end.endsAt });
        expect(world.incidents.size).toBe(shuffled[0] === fire ? 1 : 0);
      }),
    );
  });

  test("an alert that flaps within the hour stays one incident, and is open exactly while it fires", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 59 }), { minLength: 1, maxLength: 12 }), (gaps) => {
        const world = new World();
        let now = t0;
        let firing = false;
        for (const gap of gaps) {
          const began = now;
          now += gap * minute;
          firing = !firing;
          world.hear(firing ? alert({ startsAt: now }) : resolved({ startsAt: began, endsAt: now }), now);
          // Each word twice: webhooks repeat.
          world.hear(firing ? alert({ startsAt: now }) : resolved({ startsAt: began, endsAt: now }), now + 1);
          expect(world.open()).toHaveLength(firing ? 1 : 0);
        }
        expect(world.incidents.size).toBe(1);
        expect([...world.incidents.values()][0]?.alerts).toEqual(firing ? [failing] : []);
      }),
    );
  });

  test("a repeat while it fires changes nothing but what was said", () => {
    const world = new World();
    world.hear(fire, t0);
    const first = world.open()[0];
    expect(world.hear(fire, t0 + minute)).toBe("attach");
    expect(world.open()[0]).toEqual({ ...first, version: 2 });
    expect(first?.impact).toEqual({ [copr]: "major_outage" });
  });
});
