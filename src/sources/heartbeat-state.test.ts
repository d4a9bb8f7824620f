import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hour, minute, second, type Instant } from "../lib/clock.ts";
import type { Ping } from "../monitors/ping.ts";
import { HeartbeatState, judgeHeartbeat, type Run, type Terms, type Turn } from "./heartbeat-state.ts";

const start = Date.parse("2026-11-22T02:00:00Z");
const terms: Terms = { rhythm: { everyMs: hour }, graceMs: 10 * minute, longestRunMs: 20 * minute };

function ping(said: Ping["said"], at: Instant, more: Partial<Ping> = {}): Ping {
  return { said, at, log: "", ...more };
}

/** Looks each minute until `minutes` have passed, and says what turned, with its minute. */
function watch(
  minutes: number,
  pings: readonly Ping[] = [],
  { deaf = [-1, -1], given = terms }: { readonly deaf?: readonly [number, number]; readonly given?: Terms } = {},
): { readonly said: readonly string[]; readonly runs: readonly Run[]; readonly state: HeartbeatState } {
  let state: HeartbeatState | undefined;
  const turns: Turn[] = [];
  const runs: Run[] = [];
  let heardUntil = -Infinity;
  for (let passed = 0; passed <= minutes; passed++) {
    if (passed > deaf[0] && passed < deaf[1]) continue;
    const now = start + passed * minute;
    const judged = judgeHeartbeat(state, pings.filter(({ at }) => at > heardUntil && at <= now), now, given); // prettier-ignore
    heardUntil = now;
    state = HeartbeatState.parse(JSON.parse(JSON.stringify(judged.state)));
    turns.push(...judged.turns);
    runs.push(...judged.runs);
  }
  if (state === undefined) throw new Error("it never looked");
  const said = turns.map(({ kind, status, at }) => `${kind} ${status} ${(at - start) / minute}`);
  return { said, runs, state };
}

const at = (minutes: number): Instant => start + minutes * minute;

describe("a heartbeat", () => {
  test("that never pinged is waited for from its first sight in the config", () => {
    expect(watch(69).said).toEqual([]);
    expect(watch(300).said).toEqual(["silent firing 70"]);
  });

  test("that pings in time says nothing, and one ping ends its silence", () => {
    expect(
      watch(
        300,
        [30, 95, 160, 229, 290].map((m) => ping("success", at(m))),
      ).said,
    ).toEqual([]);
    expect(watch(300, [30, 150, 200, 250].map((m) => ping("success", at(m)))).said).toEqual(["silent firing 100", "silent resolved 150"]); // prettier-ignore
  });

  test("that fails is failing until it ends well; each failure is told", () => {
    const pings = [ping("fail", at(10), { exitCode: 7 }), ping("fail", at(20)), ping("success", at(30))];
    expect(watch(40, pings).said).toEqual(["failing firing 10", "failing firing 20", "failing resolved 30"]);
  });

  test("that fails and recovers between two looks has failed all the same", () => {
    const pings = [ping("fail", at(10) + second), ping("success", at(10) + 2 * second)];
    expect(watch(12, pings).said).toHaveLength(2);
  });

  test("that fails is no longer silent, and is silent again when it stops", () => {
    const { said } = watch(300, [ping("fail", at(100))]);
    expect(said).toEqual(["silent firing 70", "silent resolved 100", "failing firing 100", "silent firing 170"]);
  });

  test("that has started and does not end hangs, and is not called silent", () => {
    expect(watch(100, [ping("start", at(60))]).said).toEqual(["stuck firing 80"]);
    expect(watch(100, [ping("start", at(60)), ping("success", at(90))]).said).toEqual(["stuck firing 80", "stuck resolved 90"]); // prettier-ignore
  });

  test("that runs past its due time is waited for", () => {
    expect(watch(100, [ping("start", at(65)), ping("success", at(84))]).said).toEqual([]);
  });

  test("tells how long a run took, where it told of the start", () => {
    const { runs } = watch(60, [ping("start", at(10)), ping("success", at(15)), ping("fail", at(30))]);
    expect(runs).toEqual([{ at: at(15), well: true, tookMs: 5 * minute }, { at: at(30), well: false }]); // prettier-ignore
  });

  test("that was due while nobody listened is given until its next time", () => {
    expect(watch(200, [ping("success", at(30))], { deaf: [60, 120] }).said).toEqual(["silent firing 190"]);
    expect(watch(200, [ping("start", at(50))], { deaf: [60, 120] }).said).toEqual(["silent firing 190"]);
  });

  test("is told at its time when nobody listened long before it was due", () => {
    expect(watch(200, [ping("success", at(30))], { deaf: [40, 60] }).said).toEqual(["silent firing 100"]);
  });

  test("stays silent through a time in which nobody listened", () => {
    expect(watch(400, [ping("success", at(300))], { deaf: [100, 200] }).said).toEqual(["silent firing 70", "silent resolved 300", "silent firing 370"]); // prettier-ignore
  });

  test("never fires twice without an end between, and its last word is its state, whatever is pinged", () => {
    const said = fc.constantFrom<Ping["said"]>("success", "fail", "start");
    const pings = fc.array(fc.record({ said, at: fc.integer({ min: 0, max: 400 }) }), { maxLength: 12 });
    fc.assert(
      fc.property(pings, fc.tuple(fc.nat(400), fc.nat(100)), (list, [from, length]) => {
        const sorted = list.map((one) => ping(one.said, at(one.at))).toSorted((a, b) => a.at - b.at);
        const { said: words, state } = watch(400, sorted, { deaf: [from, from + length] });
        for (const kind of ["silent", "failing", "stuck"] as const) {
          const own = words.filter((word) => word.startsWith(kind)).map((word) => word.split(" ")[1]);
          if (kind !== "failing")
            expect(own.every((word, i) => word === (i % 2 === 0 ? "firing" : "resolved"))).toBe(true);
          expect(own.at(-1) === "firing").toBe(state.firing[kind] !== undefined);
        }
      }),
    );
  });
});
