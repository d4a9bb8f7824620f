import { appendFileSync, mkdtempSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import type { Job } from "../jobs/job.ts";
import { day, hour, minute } from "../lib/clock.ts";
import { jobLines, LinesCursor, parseJobLine } from "./job-lines.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const never = new AbortController().signal;
let folder = "";
let path = "";
const Warning = z.object({ lines: z.number(), problems: z.array(z.string()) });
let warnings: z.infer<typeof Warning>[] = [];
const log = pino({}, { write: (line: string) => void warnings.push(Warning.parse(JSON.parse(line))) });

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "job-lines-"));
  path = join(folder, "jobs.jsonl");
  warnings = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const line = (id: string | number, more: object = {}): string =>
  `${JSON.stringify({ id, type: "copr_build", project: "a/b", status: "pending", created_at: "2026-11-20T11:00:00Z", ...more })}\n`;

/** Reads on from where it was, its cursor put through JSON, as after a restart. */
function reader(): (at?: number) => Promise<readonly Job[]> {
  let cursor: LinesCursor | undefined;
  return async (at = now) => {
    const changed: Job[] = [];
    for (;;) {
      const batch = await jobLines(path, log).read(cursor, at, never);
      cursor = LinesCursor.parse(JSON.parse(JSON.stringify(batch.next)));
      changed.push(...batch.changed);
      if (batch.complete) return changed;
    }
  };
}
const ids = (jobs: readonly Job[]): readonly string[] => jobs.map((job) => job.id);

test("a line becomes a job, with all that it carries", async () => {
  const full = {
    target: "f43",
    trigger: "push-1",
    status: "failure",
    started_at: "2026-11-20T13:01:00+02:00",
    finished_at: now - minute,
    message: "it\nbroke",
    repository: "a/b",
    commit: "abc",
    pull: 7,
    check: "rpm-build:f43",
    extra: { ignored: true },
  };
  writeFileSync(path, line(17, full) + line("x", { target: null, started_at: null, pull: null, trigger: "" }));
  expect(await reader()()).toEqual([
    {
      id: "17",
      type: "copr_build",
      project: "a/b",
      status: "failure",
      createdAt: now - hour,
      startedAt: now - 59 * minute,
      finishedAt: now - minute,
      finishedAtIs: "reported",
      target: "f43",
      trigger: "push-1",
      message: "it broke",
      repository: "a/b",
      commit: "abc",
      pull: 7,
      check: "rpm-build:f43",
    },
    { id: "x", type: "copr_build", project: "a/b", status: "pending", createdAt: now - hour },
  ]);
});

test("only what was appended is read, and a later line updates the job", async () => {
  const look = reader();
  writeFileSync(path, line(1) + line(2));
  expect(ids(await look())).toEqual(["1", "2"]);
  expect(await look()).toEqual([]);
  appendFileSync(path, line(2, { status: "running" }) + line(3) + line(2, { status: "success", finished_at: now }));
  const jobs = await look();
  expect(jobs.map((job) => [job.id, job.status])).toEqual([["2", "success"], ["3", "pending"]]); // prettier-ignore
});

test("a half-written last line waits for its end", async () => {
  const look = reader();
  const text = line("ž");
  const bytes = Buffer.from(text);
  writeFileSync(path, Buffer.concat([Buffer.from(line(1)), bytes.subarray(0, 9)]));
  expect(ids(await look())).toEqual(["1"]);
  appendFileSync(path, bytes.subarray(9, -1));
  expect(await look()).toEqual([]);
  appendFileSync(path, "\n");
  expect(ids(await look())).toEqual(["ž"]);
  expect(warnings).toEqual([]);
});

test("a file that was truncated or replaced is read from its start", async () => {
  const look = reader();
  writeFileSync(path, line(1) + line(2));
  await look();
  truncateSync(path);
  expect(await look()).toEqual([]);
  appendFileSync(path, line(3));
  expect(ids(await look())).toEqual(["3"]);
  renameSync(path, `${path}.1`);
  writeFileSync(path, line(4, { status: "running" }) + line(5));
  expect(ids(await look())).toEqual(["4", "5"]);
});

test("a file that was truncated and has outgrown our place since is noticed too", async () => {
  const look = reader();
  writeFileSync(path, line(1));
  await look();
  const { ino } = statSync(path);
  truncateSync(path);
  appendFileSync(path, line("a much longer first line") + line(7));
  expect(statSync(path).ino).toBe(ino);
  expect(ids(await look())).toEqual(["a much longer first line", "7"]);
});

test("bad lines are counted and told of with their number and reason, and stop nothing", async () => {
  const look = reader();
  writeFileSync(path, `${line(1)}{\n\n${line(2, { status: "fine" })}${line(3, { created_at: "soon" })}[]\n${line(4)}`);
  expect(ids(await look())).toEqual(["1", "4"]);
  appendFileSync(path, "nonsense\n".repeat(20) + line(5));
  expect(ids(await look())).toEqual(["5"]);
  const problems = warnings.map((warning) => warning.problems);
  expect(problems[0]?.[0]).toBe("line 2: is not JSON");
  expect(problems[0]?.[1]).toMatch(/^line 4: status: /);
  expect(problems[0]?.[2]).toBe("line 5: created_at: is no time");
  expect(problems[0]?.[3]).toMatch(/^line 6: line: /);
  expect(warnings[1]?.lines).toBe(20);
  expect(problems[1]).toEqual([8, 9, 10, 11, 12].map((n) => `line ${n}: is not JSON`));
});

test("a line over 64 KB is passed over, even one that is longer than what is read at once", async () => {
  const look = reader();
  const fits = line(2, { message: "x".repeat(60_000) });
  writeFileSync(
    path,
    line(1, { message: "x".repeat(70_000) }) + fits + line(3, { message: "x".repeat(5_000_000) }) + line(4),
  );
  expect(ids(await look())).toEqual(["2", "4"]);
  expect(warnings.flatMap((warning) => warning.problems)).toEqual([
    "line 1: is longer than 65536 bytes",
    "line 3: is longer than 65536 bytes",
  ]);
  appendFileSync(path, "y".repeat(100_000));
  expect(await look()).toEqual([]);
  appendFileSync(path, `${"y".repeat(100_000)}\n${line(5)}`);
  expect(ids(await look())).toEqual(["5"]);
  expect(warnings.at(-1)?.problems).toEqual(["line 5: is longer than 65536 bytes"]);
});

test("a long file is read in bounded batches", async () => {
  writeFileSync(path, Array.from({ length: 40_000 }, (_, i) => line(i)).join(""));
  const sizes: number[] = [];
  let cursor: LinesCursor | undefined;
  for (let complete = false; !complete;) {
    const batch = await jobLines(path, log).read(cursor, now, never);
    ({ next: cursor, complete } = batch);
    sizes.push(batch.changed.length);
  }
  expect(sizes.length).toBeGreaterThan(1);
  expect(sizes.reduce((a, b) => a + b)).toBe(40_000);
});

test("a finished job without a finish time ended when we saw it, but not in the history", async () => {
  const look = reader();
  const created = { status: "failure", created_at: now - day };
  writeFileSync(path, line(1, created));
  expect(await look()).toMatchObject([{ finishedAt: now - day, finishedAtIs: "observed" }]);
  appendFileSync(path, line(2, created));
  expect(await look(now + minute)).toMatchObject([{ finishedAt: now + minute, finishedAtIs: "observed" }]);
});

test("a file that is not there is an error that names it", async () => {
  await expect(reader()()).rejects.toThrow(`the jobs file ${path}: ENOENT`);
});

test("a time without a zone is UTC, and one that is none is refused", () => {
  const at = (created_at: unknown): unknown => {
    const job = parseJobLine(line(1, { created_at }), (created) => created);
    return job.ok ? job.value.createdAt : job.error;
  };
  const noon = Date.parse("2026-11-20T12:00:00Z");
  expect(["2026-11-20T12:00:00Z", "2026-11-20T12:00:00", "2026-11-20T12:00:00.000", noon].map(at)).toEqual(
    Array(4).fill(noon),
  );
  expect(at(1e300)).toBe("created_at: is no time");
  expect(at("")).toBe("created_at: is no time");
});
