import { expect, test } from "vitest";
import type { ComponentId, SourceId } from "../config/names.ts";
import { hour, minute, second, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { packHour, unpackHour } from "./packed.ts";
import { makeSampleBuffer, type HourRow, type SampleBuffer } from "./sample-buffer.ts";
import type { Sample, Stretch } from "./sample.ts";

const t0 = Date.parse("2026-11-22T10:00:00Z");
const source = brand<SourceId>("probe");
const everyMs = 30 * second;

function look(buffer: SampleBuffer, at: Instant, up = true, more: Partial<Sample> = {}): void {
  buffer.saw({ source, endedAt: at, everyMs, samples: [{ at, up, ...more }] });
}

/** As if the store were asked, and had nothing. */
function all(buffer: SampleBuffer, now: Instant): readonly HourRow[] {
  buffer.read(buffer.unread(100));
  return buffer.due(now, 100, true);
}

const stretchesOf = (rows: readonly HourRow[]): readonly Stretch[] =>
  rows.flatMap(({ open }) => unpackHour(packHour(open), open.at));

test("what was seen holds until the next look", () => {
  const buffer = makeSampleBuffer();
  [0, 30, 61, 90].forEach((seconds) => look(buffer, t0 + seconds * second, seconds !== 61));
  all(buffer, t0 + 100 * second);
  expect(stretchesOf(all(buffer, t0 + 100 * second))).toEqual([
    { from: t0, ms: 61 * second, up: true },
    { from: t0 + 61 * second, ms: 29 * second, up: false },
    { from: t0 + 90 * second, ms: 10 * second, up: true },
  ]);
});

test("when no look follows, it holds no longer than the next one was due", () => {
  const buffer = makeSampleBuffer();
  look(buffer, t0);
  look(buffer, t0 + 10 * minute);
  all(buffer, t0 + 11 * minute);
  expect(stretchesOf(all(buffer, t0 + 11 * minute))).toEqual([
    { from: t0, ms: 35 * second, up: true },
    { from: t0 + 10 * minute, ms: 35 * second, up: true },
  ]);
});

test("a look that failed ends it", () => {
  const buffer = makeSampleBuffer();
  look(buffer, t0);
  buffer.blind(source, t0 + 20 * second);
  buffer.blind(brand<SourceId>("another"), t0 + 21 * second);
  all(buffer, t0 + minute);
  expect(stretchesOf(all(buffer, t0 + minute))).toEqual([{ from: t0, ms: 20 * second, up: true }]);
});

test("an hour's end cuts a stretch in two, and its answer counts once", () => {
  const buffer = makeSampleBuffer();
  look(buffer, t0 - 10 * second, true, { tookMs: 5 });
  look(buffer, t0 + 20 * second, true, { tookMs: 7 });
  all(buffer, t0 + 20 * second);
  expect(stretchesOf(all(buffer, t0 + 20 * second))).toEqual([
    { from: t0 - 10 * second, ms: 10 * second, up: true, tookMs: 5 },
    { from: t0, ms: 20 * second, up: true },
    { from: t0 + 20 * second, ms: 0, up: true, tookMs: 7 },
  ]);
});

test("each component has its own", () => {
  const buffer = makeSampleBuffer();
  const [api, copr] = [brand<ComponentId>("api"), brand<ComponentId>("copr")];
  const samples = [
    { at: t0, up: true, component: api },
    { at: t0, up: false, component: copr },
  ];
  buffer.saw({ source, endedAt: t0, everyMs, samples });
  all(buffer, t0 + second);
  const rows = all(buffer, t0 + second);
  expect(rows.map(({ component, open }) => [component, unpackHour(packHour(open), open.at)[0]?.up])).toEqual([
    [api, true],
    [copr, false],
  ]);
});

test("nothing is written over an hour that the store has already: what is new comes behind it", () => {
  const before = makeSampleBuffer();
  look(before, t0);
  all(before, t0 + 10 * second);
  const [row] = all(before, t0 + 10 * second);
  if (row === undefined) throw new Error("nothing to write");
  const buffer = makeSampleBuffer();
  look(buffer, t0 + minute);
  expect(buffer.due(t0 + 90 * second, 100, true)).toEqual([]);
  buffer.read(buffer.unread(100).map((kept) => ({ ...kept, data: packHour(row.open) })));
  expect(stretchesOf(buffer.due(t0 + 90 * second, 100, true))).toEqual([
    { from: t0, ms: 10 * second, up: true },
    { from: t0 + minute, ms: 30 * second, up: true },
  ]);
});

test("it is due after a minute, whole each time; what came while it was written is due again; old hours are let go", () => {
  const buffer = makeSampleBuffer();
  let now = t0;
  const rows: (readonly HourRow[])[] = [];
  for (; now < t0 + 2 * hour; now += everyMs) {
    look(buffer, now, true, { tookMs: 3 });
    buffer.read(buffer.unread(100));
    const due = buffer.due(now, 100);
    if (due.length === 0) continue;
    rows.push(due);
    look(buffer, now + second, false);
    buffer.written(due, now);
  }
  expect(rows.length).toBeGreaterThan(60);
  expect(rows.length).toBeLessThan(130);
  const last = rows.findLast((each) => each.some(({ open }) => open.at === t0)) ?? [];
  const seen = stretchesOf(last).filter(({ from }) => from < t0 + hour);
  expect(seen.reduce((sum, { ms }) => sum + ms, 0)).toBe(hour);
  expect(seen.filter(({ tookMs }) => tookMs !== undefined)).toHaveLength(120);
  expect(buffer.due(now + minute, 100, true).map(({ open }) => open.at)).not.toContain(t0);
});
