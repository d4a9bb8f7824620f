import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, expect, test } from "vitest";
import { jobHistory, parseHistoryLine } from "./job-history.ts";
import type { Piece } from "../jobs/job-past.ts";

const folder = mkdtempSync(join(tmpdir(), "tocsin-history-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const line = (id: number, more: object = {}): string =>
  JSON.stringify({
    id,
    type: "copr_build",
    project: "a/b",
    status: "success",
    created_at: "2026-03-02T00:00:00Z",
    ...more,
  });

async function piecesOf(file: string): Promise<readonly Piece[]> {
  const pieces: Piece[] = [];
  for await (const piece of jobHistory(file)) pieces.push(piece);
  return pieces;
}

async function all(bytes: string | Buffer): Promise<{ ids: string[]; problems: string[]; done: number | undefined }> {
  const file = join(folder, "jobs.jsonl");
  writeFileSync(file, bytes);
  const pieces = await piecesOf(file);
  return {
    ids: pieces.flatMap(({ jobs }) => jobs.map((at) => `${at.where}: ${at.job.id}`)),
    problems: pieces.flatMap(({ problems }) => problems.map((at) => `${at.where}: ${at.why}`)),
    done: pieces.at(-1)?.done,
  };
}

test("every line is a job or a problem with its number; empty ones are neither", async () => {
  const text = ["\ufeff" + line(1), "", "nonsense", line(2, { status: "sucess" }), "[]", line(3, { project: null })];
  expect(await all([...text, line(4)].join("\r\n"))).toEqual({
    ids: ["1: 1", "7: 4"],
    problems: [
      "3: is not JSON",
      '4: status: there is no "sucess"; did you mean "success"?',
      "5: line: must be an object",
      "6: project: is missing",
    ],
    done: 1,
  });
});

test("a line longer than a mebibyte is told of, wherever it is cut, and the next is read", async () => {
  const long = line(2, { message: "x".repeat(3_500_000) });
  const { ids, problems } = await all(`${line(1)}\n${long}\n${line(3)}\n`);
  expect(ids).toEqual(["1: 1", "3: 3"]);
  expect(problems).toEqual(["2: is longer than 1048576 bytes"]);
});

test("a gzipped file is read as it is; a broken one is an error", async () => {
  const zipped = gzipSync(
    Array.from({ length: 5_000 }, (_, id) => line(id, { message: `red ${id * 7_919}` })).join("\n"),
  );
  expect(await all(zipped)).toMatchObject({ ids: { length: 5_000 }, problems: [], done: 1 });
  await expect(all(zipped.subarray(0, zipped.length - 100))).rejects.toThrow(/unexpected end of file/u);
});

test("a file that is not there is an error, and an empty one has no jobs", async () => {
  await expect(piecesOf(join(folder, "none.jsonl"))).rejects.toThrow(/ENOENT/u);
  expect(await all("")).toEqual({ ids: [], problems: [], done: 1 });
});

test("a job whose end nobody wrote down keeps none", () => {
  const job = parseHistoryLine(line(1));
  expect(job).toMatchObject({ id: "1", status: "success" });
  expect(job).not.toHaveProperty("finishedAt");
});
