// Reads a file of jobs from its beginning to its end, a piece at a time: JSON lines, plain or gzipped.
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { jobOf, jobRowOf } from "../jobs/job-row.ts";
import type { JobAt, Piece, Problem } from "../jobs/job-past.ts";
import type { Job } from "../jobs/job.ts";

const longestLine = 1_048_576;
const pieceBytes = 1_048_576;

/** One line of a history. A job whose end nobody wrote down keeps none: here is no first sight of it. */
export function parseHistoryLine(text: string): Job | string {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return "is not JSON";
  }
  const row = jobRowOf(value);
  if (!row.ok) return row.error;
  const job = jobOf(row.value, () => 0);
  if (job.finishedAtIs !== "observed") return job;
  const { finishedAt: _end, finishedAtIs: _is, ...unended } = job;
  return unended;
}

type Place = { line: number; tooLong: boolean; rest: Buffer };

const tooLong = `is longer than ${longestLine} bytes`;

/** The whole lines of what was read so far; what follows the last newline waits for more. */
function* wholeLines(
  place: Place,
  bytes: Buffer,
  last: boolean,
): Generator<{ line: number; text: string | undefined }> {
  const whole = Buffer.concat([place.rest, bytes, ...(last ? [Buffer.from("\n")] : [])]);
  const end = whole.lastIndexOf("\n");
  place.rest = whole.subarray(end + 1);
  if (end !== -1) {
    for (const text of whole.toString("utf8", 0, end).split("\n")) {
      place.line += 1;
      yield { line: place.line, text: place.tooLong || text.length > longestLine ? undefined : text };
      place.tooLong = false;
    }
  }
  if (place.rest.length <= longestLine) return;
  place.tooLong = true;
  place.rest = Buffer.alloc(0);
}

async function opened(path: string): Promise<{ bytes: Readable; read: () => number }> {
  await using file = await open(path, "r");
  const { size } = await file.stat();
  const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0);
  const stream = createReadStream(path, { highWaterMark: pieceBytes });
  const read = (): number => (size === 0 ? 1 : Math.min(1, stream.bytesRead / size));
  if (bytesRead < 2 || buffer.readUInt16BE() !== 0x1f8b) return { bytes: stream, read };
  // An error of either reaches whoever reads the last of them.
  const unzipped = pipeline(stream, createGunzip({ chunkSize: pieceBytes }), () => {});
  return { bytes: unzipped, read };
}

/** Throws when the file cannot be read; what is wrong with a line is told beside the jobs. */
export async function* jobHistory(path: string): AsyncGenerator<Piece> {
  const { bytes, read } = await opened(path);
  const place: Place = { line: 0, tooLong: false, rest: Buffer.alloc(0) };
  const pieceOf = (chunk: Buffer, last: boolean): Piece => {
    const jobs: JobAt[] = [];
    const problems: Problem[] = [];
    for (const { line, text } of wholeLines(place, chunk, last)) {
      if (text?.trim() === "") continue;
      const job = text === undefined ? tooLong : parseHistoryLine(line === 1 ? text.replace(/^\ufeff/u, "") : text);
      if (typeof job === "string") problems.push({ where: String(line), why: job });
      else jobs.push({ where: String(line), job });
    }
    return { jobs, problems, done: read() };
  };
  for await (const chunk of bytes) {
    if (chunk instanceof Buffer) yield pieceOf(chunk, false);
  }
  yield pieceOf(Buffer.alloc(0), true);
}
