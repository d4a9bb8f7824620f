// Jobs from a file of JSON lines that somebody else appends to: followed by byte offset, a line at a time.
import { open, type FileHandle } from "node:fs/promises";
import { z } from "zod";
import type { Job } from "../jobs/job.ts";
import type { JobFeed } from "../jobs/job-feed.ts";
import type { Instant } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { jobOf, jobRowOf } from "../jobs/job-row.ts";
import { observedEnd } from "./observed.ts";

const longestLine = 64 * 1024;
const batchBytes = 2 * 1024 * 1024;
const shownProblems = 5;
const newline = 10;

/** One line of a jobs file. A finished job without `finished_at` ended `endedAt(created)`. */
export function parseJobLine(text: string, endedAt: (createdAt: Instant) => Instant): Result<Job, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return failed("is not JSON");
  }
  const row = jobRowOf(value);
  return row.ok ? ok(jobOf(row.value, endedAt)) : row;
}

export const LinesCursor = z.object({
  offset: z.int(),
  /** Lines before the offset. */
  line: z.int(),
  /** Whose offset it is: the file's inode, and its bytes before the offset. */
  inode: z.number(),
  tail: z.string(),
  /** In the middle of a line that is too long. */
  skipping: z.boolean(),
  lookedAt: z.number().optional(),
});
export type LinesCursor = z.infer<typeof LinesCursor>;

const tailBytes = 32;

async function bytesAt(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(buffer, filled, length - filled, offset + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return buffer.subarray(0, filled);
}

async function tailOf(file: FileHandle, offset: number): Promise<string> {
  const length = Math.min(tailBytes, offset);
  return (await bytesAt(file, offset - length, length)).toString("base64");
}

/** Where to go on; at the start when the file was truncated, rewritten or replaced. */
async function placeIn(file: FileHandle, after: LinesCursor | undefined): Promise<LinesCursor> {
  const { ino: inode, size } = await file.stat();
  const fresh = { offset: 0, line: 0, inode, tail: "", skipping: false };
  if (after === undefined) return fresh;
  const same = after.inode === inode && after.offset <= size && (await tailOf(file, after.offset)) === after.tail;
  return same ? after : { ...fresh, ...(after.lookedAt !== undefined && { lookedAt: after.lookedAt }) };
}

type Lines = {
  readonly texts: readonly { readonly line: number; readonly text: string }[];
  readonly tooLong: readonly number[];
  readonly used: number;
  readonly line: number;
  readonly skipping: boolean;
};

/** The whole lines of `bytes`. What follows the last newline is still being written, unless it is too long already. */
function linesOf(bytes: Buffer, from: Pick<LinesCursor, "line" | "skipping">): Lines {
  const texts: { line: number; text: string }[] = [];
  const tooLong: number[] = [];
  let { line, skipping } = from;
  let used = 0;
  for (let end = bytes.indexOf(newline); end !== -1; end = bytes.indexOf(newline, used)) {
    line += 1;
    if (!skipping && end - used > longestLine) tooLong.push(line);
    if (!skipping && end - used <= longestLine) texts.push({ line, text: bytes.toString("utf8", used, end) });
    skipping = false;
    used = end + 1;
  }
  if (skipping || bytes.length - used > longestLine) {
    if (!skipping) tooLong.push(line + 1);
    return { texts, tooLong, used: bytes.length, line, skipping: true };
  }
  return { texts, tooLong, used, line, skipping };
}

/** A feed over a file that grows. Lines that are no job are told of in the log and passed over. */
export function jobLines(path: string, log: Log): JobFeed<LinesCursor> {
  const report = (problems: readonly string[]): void => {
    if (problems.length === 0) return;
    log.warn(
      { file: path, lines: problems.length, problems: problems.slice(0, shownProblems) },
      "lines that are no job",
    );
  };
  const read = async (file: FileHandle, after: LinesCursor | undefined, now: Instant) => {
    const place = await placeIn(file, after);
    const bytes = await bytesAt(file, place.offset, batchBytes);
    const lines = linesOf(bytes, place);
    const endedAt = (createdAt: Instant): Instant => observedEnd(createdAt, place.lookedAt, now);
    const problems = lines.tooLong.map((line) => `line ${line}: is longer than ${longestLine} bytes`);
    const jobs = new Map<string, Job>();
    for (const { line, text } of lines.texts) {
      if (text.trim() === "") continue;
      const job = parseJobLine(line === 1 ? text.replace(/^\ufeff/u, "") : text, endedAt);
      if (job.ok) jobs.set(job.value.id, job.value);
      else problems.push(`line ${line}: ${job.error}`);
    }
    report(problems);
    const offset = place.offset + lines.used;
    const complete = bytes.length < batchBytes;
    const lookedAt = complete ? now : place.lookedAt;
    const next = {
      offset,
      line: lines.line,
      inode: place.inode,
      tail: await tailOf(file, offset),
      skipping: lines.skipping,
    };
    return { changed: [...jobs.values()], next: { ...next, ...(lookedAt !== undefined && { lookedAt }) }, complete };
  };
  return {
    check: async () => {
      await using file = await open(path, "r");
      const { size } = await file.stat();
      return ok(`${path} can be read; ${Math.ceil(size / 1_024)} KiB`);
    },
    read: async (after, now) => {
      let file: FileHandle;
      try {
        file = await open(path, "r");
      } catch (error) {
        throw new Error(`the jobs file ${path}: ${reasonOf(error)}`, { cause: error });
      }
      try {
        return await read(file, after, now);
      } finally {
        await file.close();
      }
    },
  };
}
