import { expect, test } from "vitest";
import { minute } from "../lib/clock.ts";
import type { Sign } from "./alarm.ts";
import { levelOf } from "./chance.ts";
import { mannerOf, recovered, recoveryFrom, speaksFor } from "./recovery.ts";
import type { Outcome } from "./risk.ts";

const risk = { failure: levelOf(0.2), quick: levelOf(0.04), error: levelOf(0.015), other: levelOf(0.145) };
const failures = mannerOf(["failed", "failed", "failed", "failed"]);

const sign = (project: string, began: number, outcome: Outcome, theta = 0.95, manner = failures): Sign => ({
  project,
  began: began * minute,
  speaks: speaksFor(risk, outcome, theta, manner),
  red: outcome !== "passed",
});

test("successes of two projects prove a recovery, from the first of them", () => {
  const red = ["a", "b", "c"].map((name, i) => sign(name, i, "failed"));
  const green = [sign("a", 10, "passed"), sign("b", 12, "passed"), sign("c", 14, "passed")];
  const found = recoveryFrom([...red, ...green]);
  expect(found).toMatchObject({ since: 10 * minute, jobs: 3, succeeded: 3, projects: 3 });
  expect(found?.score).toBeGreaterThan(recovered);
  expect(recoveryFrom([...red, ...green.slice(0, 1)])).toBeUndefined();
});

test("the many successes of one project beside the failures of another prove nothing", () => {
  const lucky = Array.from({ length: 50 }, (_, i) => sign("a", i, "passed"));
  expect(recoveryFrom([...lucky, sign("b", 25, "failed")])?.score ?? 0).toBeLessThan(recovered);
});

test("successes among as many new failures prove nothing", () => {
  const mixed = Array.from({ length: 20 }, (_, i) => sign(`p${i}`, i, i % 4 === 1 ? "passed" : "failed", 0.6));
  expect(recoveryFrom(mixed)?.score ?? 0).toBeLessThan(recovered);
});

test("an ordinary failure after an outage of errors speaks for its end, another error against it", () => {
  const errors = mannerOf(Array.from({ length: 20 }, (): Outcome => "error"));
  expect(speaksFor(risk, "failed", 0.95, errors)).toBeGreaterThan(0);
  expect(speaksFor(risk, "error", 0.95, errors)).toBeLessThan(-3);
  expect(speaksFor(risk, "failed", 0.95, failures)).toBeLessThan(-1);
});
