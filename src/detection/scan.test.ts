import { expect, test } from "vitest";
import { day, hour, minute, type Instant } from "../lib/clock.ts";
import { levelOf } from "./chance.ts";
import { newRates, type Outcome } from "./risk.ts";
import { scan, type Scope } from "./scan.ts";
import { thresholdFor } from "./threshold.ts";
import { riskHere, type Habit, type Push, type Vote } from "./vote.ts";

const now = 100 * day;

type Short = readonly [project: string, minutesAgo: number, red: boolean];

function voteOf(project: string, at: Instant, outcome: Outcome, expected = 0.2): Vote {
  const risk = {
    failure: levelOf(expected),
    quick: levelOf(0.04),
    error: levelOf(0.015),
    other: levelOf(expected - 0.055),
  };
  const push = { name: project, passed: 0, failed: 0, made: 1, madeAt: at };
  const times = { at, began: at - minute, took: minute };
  return { id: "", project, target: undefined, ...times, risk, push, habit: undefined, outcome, example: undefined };
}

function scopeOf(votes: readonly Vote[], more: Partial<Scope> = {}): Scope {
  const window = { most: 300, votes: votes.toSorted((a, b) => a.at - b.at), fresh: true };
  return { window, now, fresh: { at: 0, began: 0 }, ...more };
}

function of(votes: readonly Short[], expected?: number): readonly Vote[] {
  return votes.map(([project, ago, red]) => voteOf(project, now - ago * minute, red ? "failed" : "passed", expected));
}

const reds = (projects: number, ago: number): readonly Short[] =>
  Array.from({ length: projects }, (_, i) => [`p${i}`, ago - i, true] as const);

test("siblings of one push do not multiply: thirty targets are the evidence that one is", () => {
  const one = of(reds(5, 20));
  const many = one.flatMap((vote) => Array.from({ length: 30 }, () => vote));
  expect(scan(scopeOf(many))?.score).toBeCloseTo(scan(scopeOf(one))?.score ?? 0, 9);
});

test("three failing projects are the least sample", () => {
  expect(scan(scopeOf(of(reds(2, 20))))).toBeUndefined();
  expect(scan(scopeOf(of([...reds(2, 20), ["q", 20, false], ["r", 20, false]])))).toBeUndefined();
  expect(scan(scopeOf(of(reds(3, 20))))).toBeDefined();
});

test("the window begins where the failing began, not where the successes before it are", () => {
  const before: readonly Short[] = Array.from({ length: 8 }, (_, i) => [`p${i}`, 120 + i, false]);
  const found = scan(scopeOf(of([...before, ...reds(6, 30)])));
  expect(found?.startsAt).toBe(now - 30 * minute);
  expect(found?.theta).toBe(0.95);
});

test("a project that is always red says nothing when it is red", () => {
  const score = (expected: number): number => scan(scopeOf(of(reds(6, 20), expected)))?.score ?? 0;
  expect(score(0.97)).toBeLessThan(0.2);
  expect(score(0.04)).toBeGreaterThan(15);
});

test("votes from before the last alarm's end, or six hours ago, are not evidence", () => {
  const votes = of(reds(6, 20));
  expect(scan(scopeOf(votes, { fresh: { at: now - 10 * minute, began: 0 } }))).toBeUndefined();
  expect(scan(scopeOf(votes, { fresh: { at: 0, began: now } }))).toBeUndefined();
  expect(scan(scopeOf(votes, { now: now + 6 * hour }))).toBeUndefined();
});

test("errors and quick failures, rare on ordinary days, tell more than failures do", () => {
  const score = (outcome: Outcome) => scan(scopeOf(["a", "b", "c"].map((name) => voteOf(name, now - minute, outcome))));
  expect(score("error")?.stream).toBe("error");
  expect(score("quick")?.stream).toBe("quick");
  expect(score("error")?.score).toBeGreaterThan(2 * (score("failed")?.score ?? 0));
});

test("what another alarm explains is left out", () => {
  expect(scan(scopeOf(of(reds(6, 20)), { except: ({ project }) => project !== "p0" }))).toBeUndefined();
});

test("red on one target while the same push passes elsewhere is a surprise, red everywhere is not", () => {
  const rates = newRates();
  const habit: Habit = { red: 0, all: 0, missed: 0, followed: 0 };
  const red = (push: Partial<Push>, own = habit): number => {
    const vote = voteOf("p", now, "failed");
    return riskHere({ ...vote, habit: own, push: { ...vote.push, failed: 1, ...push } }, rates).failure;
  };
  expect(red({ passed: 3 })).toBeLessThan(levelOf(0.2));
  expect(red({ failed: 4 })).toBeGreaterThan(levelOf(0.8));
  expect(red({})).toBe(levelOf(0.2));
  expect(red({ passed: 3 }, { ...habit, red: 30, all: 30 })).toBeGreaterThan(levelOf(0.8));
});

test("the busier the stream, the more evidence is asked for; the fewer false alarms are wanted, the more", () => {
  expect(thresholdFor(0, "type", 1)).toBe(5.5);
  const usual = thresholdFor(3_000, "type", 1);
  expect(thresholdFor(6_000, "type", 1)).toBeGreaterThan(usual);
  expect(thresholdFor(3_000, "type", 0.1)).toBeCloseTo(usual + Math.log(10), 9);
  expect(thresholdFor(3_000, "target", 1)).toBeGreaterThan(thresholdFor(3_000, "type", 1));
  expect(thresholdFor(200_000, "type", 1)).toBeGreaterThan(usual + 3);
});
