import { expect, test } from "vitest";
import { day, hour, minute } from "../lib/clock.ts";
import { recoveryOf, scan, thresholdOf } from "./scan.ts";
import { newStream, type Alarm, type Stream, type Vote } from "./stream.ts";

const now = 100 * day;

type Short = readonly [project: string, minutesAgo: number, red: boolean];

function streamOf(votes: readonly Short[], more: Partial<Vote> = {}): Stream {
  const all = votes.map(([project, ago, red], index): Vote => {
    const at = now - ago * minute;
    return { id: String(index), project, at, began: at - minute, red, expected: 0.2, ...more };
  });
  return { ...newStream(), clock: now, votes: all.sort((a, b) => a.at - b.at) };
}

const reds = (projects: number, ago: number): readonly Short[] =>
  Array.from({ length: projects }, (_, i) => [`p${i}`, ago - i, true] as const);

test("siblings of one push do not multiply: thirty targets are the evidence that one is", () => {
  const one = reds(5, 20);
  const many = one.flatMap((vote) => Array.from({ length: 30 }, () => vote));
  expect(scan(streamOf(many))?.score).toBeCloseTo(scan(streamOf(one))?.score ?? 0, 9);
});

test("three failing projects of four are the least sample", () => {
  expect(scan(streamOf(reds(3, 20)))).toBeUndefined();
  expect(scan(streamOf([...reds(2, 20), ["q", 20, false], ["r", 20, false]]))).toBeUndefined();
  expect(scan(streamOf([...reds(3, 20), ["q", 20, false]]))).toBeDefined();
});

test("the window begins where the failing began, not where the successes before it are", () => {
  const before: readonly Short[] = Array.from({ length: 8 }, (_, i) => [`p${i}`, 120 + i, false]);
  const found = scan(streamOf([...before, ...reds(6, 30)]));
  expect(found?.startsAt).toBe(now - 30 * minute);
  expect(found?.theta).toBe(0.95);
});

test("a project that is always red says nothing when it is red", () => {
  const score = (expected: number): number => scan(streamOf(reds(6, 20), { expected }))?.score ?? 0;
  expect(score(0.97)).toBeLessThan(0.2);
  expect(score(0.04)).toBeGreaterThan(15);
});

test("votes from before the last alarm's end, or six hours ago, are not evidence", () => {
  const votes = reds(6, 20);
  expect(scan({ ...streamOf(votes), fresh: { at: now - 10 * minute, began: 0 } })).toBeUndefined();
  expect(scan({ ...streamOf(votes), fresh: { at: 0, began: now } })).toBeUndefined();
  expect(scan({ ...streamOf(votes), clock: now + 6 * hour })).toBeUndefined();
});

test("the busier the stream, the more evidence is asked for", () => {
  const busy = (perDay: number): Stream => ({
    ...newStream(),
    clock: now,
    days: Array.from({ length: 30 }, (_, i) => [70 + i, perDay]),
  });
  expect(thresholdOf(busy(0))).toBe(5.5);
  expect(thresholdOf(busy(5))).toBe(5.5);
  expect(thresholdOf(busy(1_000))).toBeCloseTo(Math.log(30_000), 5);
});

const alarm: Alarm = {
  theta: 0.95,
  score: 9,
  threshold: 8,
  startsAt: now - hour,
  openedAt: now - hour,
  lastVoteAt: now,
};

test("successes of two projects that began after the outage prove a recovery, from the first of them", () => {
  const green: readonly Short[] = [["a", 10, false], ["b", 8, false], ["c", 6, false]]; // prettier-ignore
  const recovery = recoveryOf(streamOf([...reds(5, 40), ...green]), alarm);
  expect(recovery).toEqual({ since: now - 11 * minute, jobs: 3, succeeded: 3, projects: 3 });
  expect(recoveryOf(streamOf([...reds(5, 40), ...green.slice(0, 1)]), alarm)).toBeUndefined();
});

test("the many successes of one project beside the failures of another prove nothing", () => {
  const lucky: readonly Short[] = Array.from({ length: 50 }, (_, i) => ["a", 50 - i, false]);
  expect(recoveryOf(streamOf([...lucky, ["b", 25, true]]), alarm)).toBeUndefined();
});

test("successes among as many new failures prove nothing", () => {
  const mixed = Array.from({ length: 20 }, (_, i): Short => [`p${i}`, 30 - i, i % 4 !== 1]);
  expect(recoveryOf(streamOf(mixed), { ...alarm, theta: 0.6 })).toBeUndefined();
});

test("jobs that began before the outage prove nothing", () => {
  const green: readonly Short[] = [["a", 10, false], ["b", 8, false], ["c", 6, false]]; // prettier-ignore
  expect(recoveryOf(streamOf(green, { began: now - 2 * hour }), alarm)).toBeUndefined();
});
