import { expect, test } from "vitest";
import type { Evidence } from "../alerts/alert.ts";
import { hour, minute } from "../lib/clock.ts";
import type { Alarm } from "./alarm.ts";
import { sayAlarm, sayQuiet, sayRecovered, wordFor } from "./explain.ts";

const figures = {
  jobs: 10,
  failedJobs: 9,
  projects: 7,
  failedProjects: 7,
  failedShare: 0.9,
  usualShare: 0.24,
  windowMs: 20 * minute,
  score: 12,
  threshold: 9,
};

const times = { startsAt: 0, openedAt: 0, lastVoteAt: 0, theta: 0.95, score: 12, threshold: 9 };
const manner = { failed: 1, quick: 0, error: 0 };

function said(
  test: Alarm["test"],
  more: Partial<Evidence["figures"]> = {},
  target?: string,
  type = "copr_build",
): string {
  const kind = test === "delay" ? "stuck" : test === "failing" ? "failing" : "silent";
  const alarm: Alarm = { test, kind, ...times, manner, signs: [], ...(target !== undefined && { target }) };
  return sayAlarm(type, alarm, { figures: { ...figures, ...more }, votes: [] });
}

test("the sentence names jobs, projects, time and the usual", () => {
  expect(said("failing")).toBe("9 of 10 Copr builds from 7 projects failed in the last 20 min; usual is 24 %");
});

test("a window shorter than a minute is said as one", () => {
  expect(said("failing", { windowMs: 4_000 })).toContain("in the last 1 min;");
});

test("it says what most failures have in common, and when only one target has them", () => {
  expect(said("failing", { errors: 7, quick: 1 })).toMatch(
    /usual is 24 %\. Most ended as errors of the infrastructure$/,
  );
  expect(said("failing", { errors: 1, quick: 7 })).toMatch(/usual is 24 %\. Most failed sooner than such jobs get to/);
  expect(said("failing", {}, "fedora-rawhide-x86_64")).toBe(
    "9 of 10 Copr builds for fedora-rawhide-x86_64 from 7 projects failed in the last 20 min; usual is 24 %. The same pushes do better elsewhere",
  );
});

test("delay, missing followers and silence each have their own sentence", () => {
  expect(said("delay", { jobs: 41, oldestMs: 3 * hour, expected: 12.4, seen: 1 })).toBe(
    "41 Copr builds in flight, the oldest for 3 h; 12 should have ended in the last 20 min, 1.0 did",
  );
  expect(said("flow")).toBe(
    "7 of 7 projects had the step before succeed in the last 20 min, but no Copr builds followed",
  );
  expect(said("silence", { expected: 14.2, seen: 0 }, undefined, "*")).toBe(
    "No new jobs of any kind for 20 min; usually 14 pushes make some in that time",
  );
});

test("each job type has a word that people use, a foreign one its own name", () => {
  const types = [
    "copr_build",
    "srpm_build",
    "testing_farm",
    "koji_build",
    "vm_image_build",
    "constructor",
    "a\nb\u202e",
  ];
  expect(types.map(wordFor)).toEqual([
    "Copr builds",
    "SRPM builds",
    "tests",
    "Koji builds",
    "vm image build",
    "constructor",
    "a b",
  ]);
});

test("an end says what it rests on", () => {
  const since = Date.parse("2026-10-05T14:02:30Z");
  const recovery = { score: 7, since, jobs: 9, succeeded: 8, projects: 3 };
  const over = (test: Alarm["test"]): string => sayRecovered("testing_farm", { test, target: undefined }, recovery);
  expect(over("failing")).toBe("8 of 9 tests from 3 projects that began since 14:02 UTC succeeded");
  expect(over("delay")).toBe("9 tests from 3 projects that were made since 14:02 UTC took no longer than usual");
  expect(over("flow")).toBe("tests follow again: for 8 of 9 since 14:02 UTC");
  expect(over("silence")).toBe("tests come again: 9 pushes from 3 projects since 14:02 UTC");
  expect(sayQuiet("srpm_build", since, 12 * hour)).toBe(
    "closed without proof of recovery: no SRPM builds ended in the 12 h since 14:02 UTC",
  );
});
