import { expect, test } from "vitest";
import { hour, minute } from "../lib/clock.ts";
import { sayFailing, sayQuiet, sayRecovered, wordFor } from "./explain.ts";

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

test("the sentence names jobs, projects, time and the usual", () => {
  const sentence = "9 of 10 Copr builds from 7 projects failed in the last 20 min; usual is 24 %";
  expect(sayFailing("copr_build", { figures, votes: [] })).toBe(sentence);
});

test("a window shorter than a minute is said as one", () => {
  expect(sayFailing("x", { figures: { ...figures, windowMs: 4_000 }, votes: [] })).toContain("in the last 1 min;");
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
  const recovery = { since, jobs: 9, succeeded: 8, projects: 3 };
  expect(sayRecovered("testing_farm", recovery)).toBe(
    "8 of 9 tests from 3 projects that began since 14:02 UTC succeeded",
  );
  expect(sayQuiet("srpm_build", since, 12 * hour)).toBe(
    "closed without proof of recovery: no SRPM builds ended in the 12 h since 14:02 UTC",
  );
});
