import { describe, expect, test } from "vitest";
import { alice, api, bob, copr, t0 } from "../../test/kit/incidents.ts";
import { tocsin } from "../accounts/actor.ts";
import { day, hour, minute } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { maintenanceStates, stateAt, type Maintenance, type MaintenancePlan } from "./maintenance.ts";
import {
  advance,
  happened,
  maintain,
  nextMoment,
  planMaintenance,
  verified,
  type MaintenanceOrder,
} from "./maintenance-orders.ts";

const ids = { id: brand<Maintenance["id"]>("m-1"), number: 1, code: "aaaaaaaaaaaa" };
const plan: MaintenancePlan = {
  title: "Copr moves",
  components: [copr],
  scheduledStart: t0,
  scheduledEnd: t0 + hour,
};

function planned(more: Partial<MaintenancePlan> = {}, at = t0 - hour): Maintenance {
  const done = planMaintenance(ids, { ...plan, ...more }, alice, at);
  if (!done.ok) throw new Error(done.error.message);
  return done.value.maintenance;
}

function ordered(before: Maintenance, order: MaintenanceOrder, at: number): Maintenance {
  const done = maintain(before, { by: bob, at, ...order });
  if (!done.ok) throw new Error(done.error.message);
  return done.value.maintenance;
}

function refused(before: Maintenance, order: MaintenanceOrder, at: number, expected?: number): string {
  const done = maintain(before, { by: bob, at, ...order, ...(expected === undefined ? {} : { expect: expected }) });
  return done.ok ? "it was done" : `${done.error.code}: ${done.error.message}`;
}

const kinds = ({ events }: Maintenance): readonly string[] => events.map(({ kind }) => kind);

describe("a plan", () => {
  test.each([
    [{ scheduledEnd: t0 }, /^it would end \(.*\) before it starts/u],
    [{ scheduledStart: t0 - 3 * hour, scheduledEnd: t0 - 2 * hour }, /^it would be over already/u],
    [{ scheduledEnd: t0 + 31 * day }, /^it would last 31 d, and 30 d is the longest/u],
    [{ scheduledStart: t0 + 500 * day, scheduledEnd: t0 + 501 * day }, /is the year right\?$/u],
  ] as const)("with impossible times is refused with the reason: %o", (more, reason) => {
    const done = planMaintenance(ids, { ...plan, ...more }, alice, t0 - hour);
    expect(done.ok ? "" : done.error.message).toMatch(reason);
  });

  test("that starts in the past starts now, and has begun", () => {
    const now = t0 + 10 * minute;
    const begun = planned({ components: [copr, copr] }, now);
    expect(begun).toMatchObject({ scheduledStart: now, state: "in_progress", components: [copr], version: 2 });
    expect(kinds(begun)).toEqual(["planned", "began"]);
  });
});

describe("by the clock", () => {
  test("it begins and ends at its planned times, however late somebody looks", () => {
    const { maintenance, events } = advance(planned(), t0 + 5 * hour);
    expect(events).toEqual([
      { kind: "began", at: t0, by: tocsin },
      { kind: "completed", at: t0 + hour, by: tocsin },
    ]);
    expect(maintenance).toMatchObject({ state: "completed", endedAt: t0 + hour, version: 3 });
    expect(advance(maintenance, t0 + 9 * hour).events).toEqual([]);
  });

  test("with monitors it is verified at its end, until they are green or a day has passed", () => {
    const begun = planMaintenance(ids, plan, alice, t0 - hour, { verifyMs: 15 * minute });
    if (!begun.ok) throw new Error(begun.error.message);
    const window = begun.value.maintenance;
    const verifying = advance(window, t0 + hour + minute);
    expect(verifying.events.map(({ kind, at }) => [kind, at])).toEqual([
      ["began", t0],
      ["verifying", t0 + hour],
    ]);
    const late = advance(window, t0 + 5 * day);
    expect(late.events.map(({ kind }) => kind)).toEqual(["began", "verifying", "completed"]);
    expect(late.maintenance.endedAt).toBe(t0 + hour + day);

    const now = t0 + hour + minute;
    expect(verified(verifying.maintenance, [], now)).toMatchObject({ kind: "completed", at: now });
    expect(verified(verifying.maintenance, ["api-health: 503"], now)).toBeUndefined();
    const asked = verified(verifying.maintenance, ["api-health: 503"], t0 + hour + 15 * minute);
    expect(asked).toMatchObject({ kind: "asked", because: "api-health: 503" });
    if (asked === undefined) throw new Error("nobody was asked");
    const waiting = happened(verifying.maintenance, asked);
    expect(verified(waiting, ["api-health: 503"], t0 + 3 * hour)).toBeUndefined();

    const longer = ordered(waiting, { do: "extend", byMs: 30 * minute }, t0 + 2 * hour);
    expect(longer).toMatchObject({ state: "in_progress", scheduledEnd: t0 + 2 * hour + 30 * minute });
    const again = advance(longer, t0 + 4 * hour).maintenance;
    expect(verified(again, ["api-health: 503"], t0 + 4 * hour)).toMatchObject({ kind: "asked" });
  });

  test("the next moment is its start, then its end, then none", () => {
    const before = planned();
    const running = advance(before, t0).maintenance;
    expect([before, running, advance(running, t0 + hour).maintenance].map(nextMoment)).toEqual([
      t0,
      t0 + hour,
      undefined,
    ]);
  });
});

describe("an order", () => {
  test("extends from the planned end, or to a moment, and never to an earlier one", () => {
    const running = planned();
    expect(ordered(running, { do: "extend", byMs: 30 * minute }, t0 + minute).scheduledEnd).toBe(t0 + 90 * minute);
    expect(ordered(running, { do: "extend", to: t0 + 2 * hour }, t0 - minute).scheduledEnd).toBe(t0 + 2 * hour);
    expect(refused(running, { do: "extend", to: t0 + hour }, t0)).toMatch(
      /^invalid: that is not later than its end \(2026-11-22T13:00:00Z\); `tocsin maintenance complete 1` ends it now$/u,
    );
    expect(refused(running, { do: "extend", byMs: 30 * day }, t0)).toMatch(/is the longest/u);
  });

  test("meets what the clock has made of the window, even if nobody has carried that out yet", () => {
    expect(refused(planned(), { do: "extend", byMs: hour }, t0 + hour)).toBe(
      "illegal: maintenance 1 is over; add another one",
    );
    const done = ordered(planned(), { do: "complete", text: "All is moved." }, t0 + 20 * minute);
    expect(kinds(done)).toEqual(["planned", "began", "completed"]);
    expect(done).toMatchObject({ state: "completed", endedAt: t0 + 20 * minute });
  });

  test("cancels before and during, completes only during, and a canceled one is left alone", () => {
    const canceled = ordered(planned(), { do: "cancel", text: "Not today." }, t0 - minute);
    expect(canceled.state).toBe("canceled");
    expect(stateAt(canceled, t0 + minute)).toBe("canceled");
    expect(ordered(planned(), { do: "cancel" }, t0 + minute).endedAt).toBe(t0 + minute);
    expect(refused(planned(), { do: "complete" }, t0 - minute)).toBe(
      "illegal: maintenance 1 has not begun; `tocsin maintenance cancel 1` takes it back",
    );
    expect(refused(canceled, { do: "update", text: "Really." }, t0)).toMatch(/^illegal: maintenance 1 was canceled/u);
  });

  test("edits keep what was said before, and a start that has passed stays", () => {
    const edited = ordered(
      planned(),
      { do: "edit", plan: { title: "Copr moves house", components: [api, api], scheduledEnd: t0 + 2 * hour } },
      t0 - minute,
    );
    expect(edited).toMatchObject({ title: "Copr moves house", components: [api], scheduledEnd: t0 + 2 * hour });
    expect(edited.events.at(-1)).toMatchObject({
      kind: "edited",
      before: { title: "Copr moves", components: [copr], scheduledEnd: t0 + hour },
    });
    expect(refused(planned(), { do: "edit", plan: { scheduledStart: t0 + 1 } }, t0 + 2)).toMatch(/its start stays$/u);
    expect(refused(planned(), { do: "edit", plan: { scheduledEnd: t0 + 1 } }, t0 + 2)).toMatch(/over already/u);
    expect(kinds(ordered(planned(), { do: "edit", plan: { scheduledStart: t0 - hour } }, t0 - minute))).toEqual([
      "planned",
      "edited",
      "began",
    ]);
    expect(ordered(planned(), { do: "edit", plan: { title: plan.title } }, t0 - minute).version).toBe(1);
  });

  test("that expects another version is refused", () => {
    expect(refused(planned(), { do: "cancel" }, t0, 7)).toBe(
      "conflict: maintenance 1 has changed since you looked (version 1)",
    );
  });
});

/** Small, seeded, and the same everywhere. */
function dice(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("over random orders and looks the state goes back only where work takes longer after all, no event is lost, and each version is one event", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const roll = dice(seed);
    let now = t0 - 2 * hour;
    const first = planMaintenance(ids, plan, alice, now, seed % 2 === 0 ? {} : { verifyMs: 15 * minute });
    if (!first.ok) throw new Error(first.error.message);
    let window = first.value.maintenance;
    const seen: string[] = [stateAt(window, now)];
    for (let turn = 0; turn < 25; turn++) {
      now += Math.floor(roll() * 20 * minute);
      const orders: readonly MaintenanceOrder[] = [
        { do: "extend", byMs: Math.floor(roll() * hour) },
        { do: "extend", to: now + Math.floor(roll() * hour) },
        { do: "edit", plan: { scheduledStart: now + Math.floor(roll() * hour) } },
        { do: "update", text: "Still on it." },
        { do: "edit", plan: { title: `Turn ${turn}` } },
        ...(roll() < 0.1 ? ([{ do: "complete" }, { do: "cancel" }] as const) : []),
      ];
      const order = orders[Math.floor(roll() * orders.length)];
      const before = window;
      const done = order === undefined || roll() < 0.3 ? undefined : maintain(window, { by: bob, at: now, ...order });
      if (done === undefined) window = advance(window, now).maintenance;
      else if (done.ok) {
        window = done.value.maintenance;
        expect(window.events).toEqual([...before.events, ...done.value.events]);
      }
      expect(window.version).toBe(window.events.length);
      expect(window.events.slice(0, before.events.length)).toEqual(before.events);
      expect(window.scheduledEnd).toBeGreaterThan(window.scheduledStart);
      seen.push(stateAt(window, now));
    }
    const ranks = seen.map((state) => maintenanceStates.findIndex((each) => each === state));
    const back = ranks.filter((rank, n) => rank < (ranks[n - 1] ?? 0)).length;
    const longer = window.events.filter(({ kind }, n) => {
      const verifies = window.events
        .slice(0, n)
        .findLast((each) => each.kind === "verifying" || each.kind === "extended");
      return verifies?.kind === "verifying" && (kind === "extended" || kind === "edited");
    });
    expect(back).toBeLessThanOrEqual(longer.length);
    const at = window.events.map((event) => event.at);
    expect(at).toEqual(at.toSorted((a, b) => a - b));
    expect(window.events.filter(({ kind }) => kind === "began").length).toBeLessThanOrEqual(1);
  }
});
