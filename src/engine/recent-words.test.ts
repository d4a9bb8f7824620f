import { expect, test } from "vitest";
import { t0 } from "../../test/kit/incidents.ts";
import { alertKey, type Alert } from "../alerts/alert.ts";
import type { SourceId } from "../config/names.ts";
import { minute, second } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { recentWords } from "./recent-words.ts";

const word = (at: number, more: Partial<Alert> = {}): Alert => ({
  key: alertKey(brand<SourceId>("prometheus"), "a"),
  kind: "down",
  status: "firing",
  severity: "critical",
  summary: "a is down",
  labels: { alertname: "Down" },
  startsAt: t0,
  observedAt: at,
  ...more,
});

test("what was a repeat a moment ago is one, until it must be written that it was heard", () => {
  const recent = recentWords();
  expect(recent.isRepeat(word(t0))).toBe(false);
  recent.note(word(t0), true);
  expect([5, 19, 20].map((after) => recent.isRepeat(word(t0 + after * second)))).toEqual([true, true, false]);
  expect(recent.isRepeat(word(t0 - 1))).toBe(false);
});

test("other words, an end, and what was decided meanwhile are looked at", () => {
  const recent = recentWords();
  recent.note(word(t0), true);
  expect(recent.isRepeat(word(t0 + 1, { summary: "worse" }))).toBe(false);
  expect(recent.isRepeat(word(t0 + 1, { status: "resolved", endsAt: t0 + 1 }))).toBe(false);
  recent.note(word(t0 + 1, { status: "resolved", endsAt: t0 + 1 }), false);
  expect(recent.isRepeat(word(t0 + 2))).toBe(false);
  recent.note(word(t0), true);
  recent.forget();
  expect(recent.isRepeat(word(t0 + 1))).toBe(false);
});

test("an alert that expires is looked at before what is on disk of its life is over", () => {
  const recent = recentWords();
  // On disk it may expire in eight seconds, of sixteen.
  recent.note(word(t0, { expiresAt: t0 + 16 * second }), true);
  const again = (at: number): boolean => recent.isRepeat(word(at, { expiresAt: at + minute }));
  expect([again(t0 + 3 * second), again(t0 + 4 * second)]).toEqual([true, false]);
});
