import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { PersonId } from "../config/names.ts";
import { hour, minute, second, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { t0 } from "../../test/kit/incidents.ts";
import type { Sent } from "./channel.ts";
import { backoff, collapseAfter, nextDue, nextUp, settle, type Delivery } from "./delivery.ts";

const alice = brand<PersonId>("alice");
const bob = brand<PersonId>("bob");

function row(id: number, more: Partial<Delivery> = {}): Delivery {
  const priority = more.priority ?? "news";
  return {
    id,
    kind: "channel",
    target: "irc",
    subject: "incident:7",
    wish: 1,
    priority,
    message: { lead: "L", text: `line ${id}`, mentions: [], saidAt: t0, priority, possiblyRepeated: false },
    attempts: 0,
    createdAt: t0,
    dueAt: t0,
    possiblyRepeated: false,
    ...more,
  };
}

function mentioning(id: number, people: readonly PersonId[], more: Partial<Delivery> = {}): Delivery {
  const plain = row(id, more);
  return plain.message === undefined ? plain : { ...plain, message: { ...plain.message, mentions: people } };
}

describe("what becomes of a try", () => {
  test("what was sent is sent, with its reference", () => {
    expect(settle(row(1), { kind: "sent", ref: "9" }, t0)).toMatchObject({ status: "sent", ref: "9" });
    expect(settle(row(1), { kind: "sent" }, t0)).not.toHaveProperty("ref");
  });

  test("the pauses between tries double up to half a minute, and no count of tries breaks them", () => {
    expect([0, 1, 2, 3, 4, 5, 6, 7].map((n) => backoff(n) / second)).toEqual([1, 1, 2, 4, 8, 16, 30, 30]);
    expect(backoff(1e9)).toBe(30 * second);
  });

  test("what was certainly not delivered goes again unmarked, no sooner than the peer asked", () => {
    const tried = row(1, { attempts: 3 });
    const after = settle(tried, { kind: "retry", because: "busy" }, t0);
    expect(after).toEqual({ status: "pending", dueAt: t0 + 4 * second, possiblyRepeated: false, reason: "busy" });
    expect(settle(tried, { kind: "retry", because: "429", afterMs: hour }, t0).dueAt).toBe(t0 + hour);
    expect(settle(tried, { kind: "retry", because: "429", afterMs: 1 }, t0).dueAt).toBe(t0 + 4 * second);
    expect(settle(tried, { kind: "retry", because: "clock", afterMs: -hour }, t0).dueAt).toBe(t0 + 4 * second);
  });

  test("what may have arrived goes again marked, and the mark never wears off", () => {
    const unknown: Sent = { kind: "unknown", because: "cut" };
    expect(settle(row(1, { attempts: 1 }), unknown, t0)).toEqual({
      status: "pending",
      dueAt: t0 + second,
      possiblyRepeated: true,
      reason: "cut",
    });
    const marked = row(1, { possiblyRepeated: true });
    for (const sent of [{ kind: "retry", because: "x" }, { kind: "sent" }, { kind: "reject", because: "x" }] as const)
      expect(settle(marked, sent, t0).possiblyRepeated).toBe(true);
  });

  test("a publication is made equal, not said: it goes again without a mark", () => {
    const publication = row(1, { kind: "publisher" });
    expect(settle(publication, { kind: "unknown", because: "cut" }, t0)).toMatchObject({
      status: "pending",
      possiblyRepeated: false,
    });
  });

  test("what is rejected is dead, with the reason", () => {
    expect(settle(row(1), { kind: "reject", because: "no such channel" }, t0)).toMatchObject({
      status: "dead",
      reason: "no such channel",
    });
  });
});

describe("what goes next", () => {
  const chosen = (waiting: readonly Delivery[], now = t0): number | undefined => nextUp(waiting, now)?.delivery.id;

  test("nothing, when nothing waits or nothing is due", () => {
    expect(nextUp([], t0)).toBeUndefined();
    expect(nextDue([])).toBeUndefined();
    expect(nextUp([row(1, { dueAt: t0 + 1 })], t0)).toBeUndefined();
    expect(nextDue([row(1, { dueAt: t0 + 1 })])).toBe(t0 + 1);
  });

  test("the oldest goes first", () => {
    expect(chosen([row(1), row(2), row(3, { subject: "incident:8" })])).toBe(1);
  });

  test("a line that is held back holds back only its own incident on its own target", () => {
    const held = row(1, { dueAt: t0 + minute });
    expect(chosen([held, row(2), row(3)])).toBeUndefined();
    expect(chosen([held, row(2), row(3, { subject: "incident:8" })])).toBe(3);
    expect(chosen([held, row(2), row(3, { target: "mail" })])).toBe(3);
    expect(chosen([held, row(2)], t0 + minute)).toBe(1);
  });

  test("what stands behind a line that is held back does not wake anybody", () => {
    const held = row(1, { dueAt: t0 + minute });
    expect(nextDue([held, row(2)])).toBe(t0 + minute);
    expect(nextDue([held, row(2), row(3, { subject: "incident:8", dueAt: t0 + second })])).toBe(t0 + second);
  });

  test("pages overtake the news of other incidents, and take the lines before them along", () => {
    const page = row(4, { subject: "incident:8", priority: "page" });
    expect(chosen([row(1), row(2), page])).toBe(4);
    expect(chosen([row(1), row(3, { subject: "incident:8" }), page])).toBe(3);
    expect(chosen([row(1), row(3, { subject: "incident:8", dueAt: t0 + 1 }), page])).toBe(1);
  });

  test("lines that waited for more than half an hour are told as one, which keeps every mention and every doubt", () => {
    const waiting = [
      mentioning(1, [alice], { priority: "page", possiblyRepeated: true }),
      mentioning(2, [bob, alice]),
      row(3, { subject: "incident:8" }),
      row(4, { createdAt: t0 + collapseAfter }),
    ];
    expect(nextUp(waiting, t0 + collapseAfter)).toEqual({ delivery: waiting[0], collapsed: [] });
    const { delivery, collapsed } = nextUp(waiting, t0 + collapseAfter + 1) ?? expect.fail("something is due");
    expect(collapsed.map(({ id }) => id)).toEqual([1, 2]);
    expect(delivery).toMatchObject({ id: 4, priority: "page", possiblyRepeated: true });
    expect(delivery.message?.mentions).toEqual([alice, bob]);
    expect(delivery.message?.text).toBe("line 4 (2 earlier messages could not be sent.)");
  });

  test("one line alone is told as it is, however late, and so is a publication", () => {
    expect(nextUp([row(1)], t0 + 9 * hour)).toEqual({ delivery: row(1), collapsed: [] });
    const { message: _, ...publication } = row(1, { kind: "publisher" });
    expect(nextUp([publication], t0 + 9 * hour)).toEqual({ delivery: publication, collapsed: [] });
  });
});

describe("whatever becomes of the tries", () => {
  const outcome: fc.Arbitrary<Sent> = fc.oneof(
    fc.constant<Sent>({ kind: "sent" }),
    fc.integer({ min: 0, max: hour }).map((afterMs): Sent => ({ kind: "retry", because: "busy", afterMs })),
    fc.constant<Sent>({ kind: "unknown", because: "cut" }),
    fc.constant<Sent>({ kind: "reject", because: "no" }),
  );
  const queued = fc.record({
    target: fc.constantFrom("irc", "mail"),
    subject: fc.constantFrom("incident:7", "incident:8"),
    priority: fc.constantFrom("news", "page"),
    after: fc.integer({ min: 0, max: 20 * minute }),
    people: fc.subarray([alice, bob]),
  });

  type Tried = { readonly row: Delivery; readonly speaksFor: readonly number[]; readonly kind: Sent["kind"] };

  /** Sends until nothing waits; after the given outcomes all goes well. Nothing is looked at but what is due. */
  function run(rows: readonly Delivery[], outcomes: readonly Sent[]): readonly Tried[] {
    const tried: Tried[] = [];
    const left = [...outcomes];
    let waiting = rows;
    let now: Instant = t0;
    while (waiting.length > 0) {
      const here = waiting.filter((each) => each.createdAt <= now);
      const choice = nextUp(here, now);
      if (choice === undefined) {
        const arrives = Math.min(...waiting.filter((each) => each.createdAt > now).map((each) => each.createdAt));
        const wakes = Math.min(nextDue(here) ?? Infinity, arrives);
        // Else the loop would turn without sleep.
        expect(wakes).toBeGreaterThan(now);
        now = wakes;
        continue;
      }
      const { delivery, collapsed } = choice;
      const claimed = { ...delivery, attempts: delivery.attempts + 1 };
      const sent = left.shift() ?? { kind: "sent" };
      tried.push({ row: claimed, speaksFor: collapsed.map(({ id }) => id), kind: sent.kind });
      const { status, ref: _, reason: __, ...after } = settle(claimed, sent, now);
      const gone = new Set(collapsed.map(({ id }) => id));
      waiting = waiting
        .filter((each) => !gone.has(each.id) && (each.id !== claimed.id || status === "pending"))
        .map((each) => (each.id === claimed.id ? { ...claimed, ...after } : each));
    }
    return tried;
  }

  test("order within an incident is kept on each target, nothing is skipped or said twice unmarked, nobody is left out", () => {
    fc.assert(
      fc.property(fc.array(queued, { maxLength: 15 }), fc.array(outcome, { maxLength: 30 }), (queue, outcomes) => {
        let at = t0;
        const rows = queue.map(({ after, people, ...more }, n) => {
          at += after;
          return mentioning(n + 1, people, { ...more, createdAt: at, dueAt: at });
        });
        const tried = run(rows, outcomes);
        for (const line of Map.groupBy(rows, (each) => `${each.target} ${each.subject}`).values()) {
          const ids = line.map(({ id }) => id);
          const ours = tried.filter(({ row: { id } }) => ids.includes(id));
          const order = ours.map(({ row: { id } }) => id);
          expect(order).toEqual(order.toSorted((a, b) => a - b));
          // Each is told by itself or by a later one of its own line, and settled exactly once.
          const done = ours.filter(({ kind }) => kind === "sent" || kind === "reject");
          const spoken = ours.flatMap(({ speaksFor }) => speaksFor);
          expect([...done.map(({ row: { id } }) => id), ...spoken].toSorted((a, b) => a - b)).toEqual(ids);
          ours.forEach(({ row: now, kind }, n) => {
            const next = ours[n + 1]?.row;
            // Whoever speaks next, be it the same line or one that speaks for it, says that it may be a repeat.
            if (kind === "unknown") expect(next).toMatchObject({ possiblyRepeated: true });
            if (kind === "unknown" || kind === "retry")
              for (const person of now.message?.mentions ?? []) expect(next?.message?.mentions).toContain(person);
          });
        }
      }),
      { numRuns: 300 },
    );
  });
});
