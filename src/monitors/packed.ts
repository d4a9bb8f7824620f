// Stretches and buckets as a few bytes each: whole numbers of as many bytes as they need, times as distances.
import { hour, type Instant } from "../lib/clock.ts";
import type { Bucket, JobCounts, Stretch, Took } from "./sample.ts";

const version = 1;
/** Answer times are kept in tenths of a millisecond. */
const tenths = 10;

type Writer = number[];
type Reader = { readonly bytes: Uint8Array; place: number };

/** Seven bits a byte, the lowest first. No shifts: they end at 32 bits. */
function put(out: Writer, value: number): void {
  let left = Math.max(0, Math.round(value));
  while (left >= 128) {
    out.push((left % 128) + 128);
    left = Math.floor(left / 128);
  }
  out.push(left);
}

function take(from: Reader): number {
  let value = 0;
  for (let weight = 1; ; weight *= 128) {
    const byte = from.bytes[from.place++];
    if (byte === undefined || weight > Number.MAX_SAFE_INTEGER) throw new Error("the samples end too early");
    value += (byte % 128) * weight;
    if (byte < 128) return value;
  }
}

const flags = { up: 1, took: 2, jobs: 4 };
const has = (set: number, flag: number): boolean => Math.floor(set / flag) % 2 === 1;

function putJobs(out: Writer, jobs: JobCounts | undefined): void {
  if (jobs === undefined) return;
  put(out, jobs.finished);
  put(out, jobs.failed);
}

const takeJobs = (from: Reader): JobCounts => ({ finished: take(from), failed: take(from) });

/** An hour of stretches that is still growing. */
export type OpenHour = {
  readonly at: Instant;
  readonly bytes: Uint8Array;
  /** Where the last of `bytes` ended. */
  readonly end: Instant;
  /** The newest: what follows without an answer of its own only makes it longer. */
  readonly tail?: Stretch;
};

export function emptyHour(at: Instant): OpenHour {
  return { at, bytes: Uint8Array.of(version), end: at };
}

function sealed(open: OpenHour): OpenHour {
  const { at, bytes, end, tail } = open;
  if (tail === undefined) return open;
  const more: Writer = [];
  const { up, tookMs, jobs } = tail;
  put(more, tail.from - end);
  put(more, tail.ms);
  put(more, (up ? flags.up : 0) + (tookMs === undefined ? 0 : flags.took) + (jobs === undefined ? 0 : flags.jobs));
  if (tookMs !== undefined) put(more, tookMs * tenths);
  putJobs(more, jobs);
  const longer = new Uint8Array(bytes.length + more.length);
  longer.set(bytes);
  longer.set(more, bytes.length);
  return { at, bytes: longer, end: tail.from + tail.ms };
}

/** Adds what comes after all that is in it; what lies before its end is cut off. */
export function grown(open: OpenHour, stretch: Stretch): OpenHour {
  const { tail } = open;
  const end = tail === undefined ? open.end : tail.from + tail.ms;
  const from = Math.max(stretch.from, end);
  const next = { ...stretch, from, ms: Math.max(0, stretch.from + stretch.ms - from) };
  const plain = next.tookMs === undefined && next.jobs === undefined;
  if (plain && next.ms === 0) return open;
  if (plain && tail !== undefined && from === end && tail.up === next.up)
    return { ...open, tail: { ...tail, ms: tail.ms + next.ms } };
  return { ...sealed(open), tail: next };
}

export function packHour(open: OpenHour): Uint8Array {
  return sealed(open).bytes;
}

function reader(bytes: Uint8Array): Reader {
  if (bytes[0] !== version) throw new Error(`these samples have the form ${bytes[0] ?? "of nothing"}`);
  return { bytes, place: 1 };
}

/** Throws when they are none. */
export function unpackHour(bytes: Uint8Array, at: Instant): readonly Stretch[] {
  const from = reader(bytes);
  const stretches: Stretch[] = [];
  let end = at;
  while (from.place < bytes.length) {
    const begins = end + take(from);
    const ms = take(from);
    const set = take(from);
    const took = has(set, flags.took) ? { tookMs: take(from) / tenths } : {};
    const jobs = has(set, flags.jobs) ? { jobs: takeJobs(from) } : {};
    stretches.push({ from: begins, ms, up: has(set, flags.up), ...took, ...jobs });
    end = begins + ms;
  }
  return stretches;
}

/** What was written of an hour before, and then what is new. Throws when the bytes are no hour. */
export function joined(before: Uint8Array, open: OpenHour): OpenHour {
  const stretches = [...unpackHour(before, open.at), ...unpackHour(packHour(open), open.at)];
  return stretches.reduce(grown, emptyHour(open.at));
}

function putTook(out: Writer, took: Took | undefined): void {
  if (took === undefined) return;
  put(out, took.count);
  put(out, took.sumMs * tenths);
  put(out, took.minMs * tenths);
  put(out, (took.maxMs - took.minMs) * tenths);
  put(out, took.bins.size);
  let before = 0;
  for (const [bin, count] of [...took.bins].toSorted(([a], [b]) => a - b)) {
    put(out, bin - before);
    put(out, count);
    before = bin;
  }
}

function takeTook(from: Reader): Took {
  const count = take(from);
  const sumMs = take(from) / tenths;
  const least = take(from);
  const maxMs = (least + take(from)) / tenths;
  const bins = new Map<number, number>();
  let bin = 0;
  for (let left = take(from); left > 0; left--) {
    bin += take(from);
    bins.set(bin, take(from));
  }
  return { count, sumMs, minMs: least / tenths, maxMs, bins };
}

/** Buckets of one step, in order, none before `at`. */
export function packBuckets(buckets: readonly Bucket[], at: Instant): Uint8Array {
  const out: Writer = [version];
  let end = at;
  for (const bucket of buckets) {
    put(out, (bucket.at - end) / bucket.stepMs);
    put(out, (bucket.took === undefined ? 0 : flags.took) + (bucket.jobs === undefined ? 0 : flags.jobs));
    put(out, bucket.upMs);
    put(out, bucket.downMs);
    putTook(out, bucket.took);
    putJobs(out, bucket.jobs);
    end = bucket.at + bucket.stepMs;
  }
  return Uint8Array.from(out);
}

/** Throws when they are none. */
export function unpackBuckets(bytes: Uint8Array, at: Instant, stepMs: number): readonly Bucket[] {
  const from = reader(bytes);
  const buckets: Bucket[] = [];
  let end = at;
  while (from.place < bytes.length) {
    const begins = end + take(from) * stepMs;
    const set = take(from);
    const [upMs, downMs] = [take(from), take(from)];
    const took = has(set, flags.took) ? { took: takeTook(from) } : {};
    const jobs = has(set, flags.jobs) ? { jobs: takeJobs(from) } : {};
    buckets.push({ at: begins, stepMs, upMs, downMs, ...took, ...jobs });
    end = begins + stepMs;
  }
  return buckets;
}

/** Where the hour of a moment begins. */
export const hourOf = (at: Instant): Instant => Math.floor(at / hour) * hour;
