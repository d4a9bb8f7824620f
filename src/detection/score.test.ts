import { describe, expect, test } from "vitest";
import type { ReplayedAlarm } from "./backtest.ts";
import { alertKey } from "../alerts/alert.ts";
import type { SourceId } from "../config/names.ts";
import { day, isoSeconds, minute, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { Labels, quantile, score, tally } from "./score.ts";

const start = Date.parse("2026-03-02T00:00:00Z");
const at = (minutes: number): Instant => start + minutes * minute;
const span = { from: start, to: start + 30 * day };
const source: SourceId = brand("history");

function outage(more: object = {}): object {
  const base = { id: "o1", kind: "total", type: "copr_build", start: isoSeconds(at(100)), end: isoSeconds(at(160)) };
  return { ...base, ...more };
}

const labels = (...outages: readonly object[]): Labels => Labels.parse({ outages });

function alarm(from: number, to?: number, more: Partial<ReplayedAlarm> = {}): ReplayedAlarm {
  const key = alertKey(source, "failing:copr_build");
  const always = { key, kind: "failing", type: "copr_build", severity: "warning", summary: "" } as const;
  return { ...always, start: at(from), startsAt: at(from), ...(to !== undefined && { end: at(to) }), ...more };
}

const judgedOf = (known: Labels, ...alarms: readonly ReplayedAlarm[]): readonly string[] =>
  score(known, alarms, span).judged.map(({ judgement }) => judgement);

describe("an outage", () => {
  test("is found by the first alarm in it, and that is how long it took", () => {
    const [finding] = score(labels(outage({ evidence_at: isoSeconds(at(112)) })), [alarm(115, 170)], span).findings;
    expect(finding).toMatchObject({ found: true, toDetect: 15, lag: 3, toRecover: 10, premature: false, reopened: 0 });
  });

  test.each([
    ["by an alarm that was open already when it began", [alarm(90, 200)]],
    ["by an alarm of another type", [alarm(115, 170, { type: "srpm_build" })]],
    ["by an alarm more than ten minutes after its end", [alarm(171, 180)]],
  ])("is not found %s", (_, alarms) => {
    expect(score(labels(outage()), alarms, span).findings[0]?.found).toBe(false);
  });

  test("of all types is found by an alarm about one, and of one by an alarm about all", () => {
    expect(score(labels(outage({ type: "*" })), [alarm(115)], span).findings[0]?.found).toBe(true);
    expect(score(labels(outage()), [alarm(115, 120, { type: "*" })], span).findings[0]?.found).toBe(true);
  });

  test("was left too early when no alarm covered it for more than ten minutes", () => {
    const premature = (...alarms: readonly ReplayedAlarm[]) => score(labels(outage()), alarms, span).findings[0];
    expect(premature(alarm(115, 130))?.premature).toBe(true);
    expect(premature(alarm(115, 130), alarm(139, 165))).toMatchObject({ premature: false, reopened: 1 });
  });
});

describe("an alarm", () => {
  test("is right up to an hour after the outage, two after one of slow or stuck jobs, and else false", () => {
    expect(judgedOf(labels(outage()), alarm(50), alarm(115), alarm(220), alarm(221))).toEqual(["false", "right", "right", "false"]); // prettier-ignore
    expect(judgedOf(labels(outage({ kind: "slow" })), alarm(280), alarm(281))).toEqual(["right", "false"]);
  });

  test("about a type that an outage affects is neither right nor false", () => {
    const affected = score(
      labels(outage({ affects: ["testing_farm"] })),
      [alarm(115, 120, { type: "testing_farm" })],
      span,
    );
    expect(affected).toMatchObject({ judged: [{ judgement: "knock-on", outage: "o1" }], falsePer30Days: 0 });
    expect(affected.precision).toBeUndefined();
  });

  test("of the time of learning is not judged", () => {
    expect(score(labels(), [alarm(10)], { ...span, from: at(20) }).judged).toEqual([]);
  });
});

test("a score counts false alarms by the month, and precision without what others caused", () => {
  const result = score(labels(outage()), [alarm(10, 20), alarm(115, 160), alarm(500, 510)], {
    from: start,
    to: start + 15 * day,
  });
  expect(result).toMatchObject({ falsePer30Days: 4, precision: 1 / 3, days: 15 });
});

test("a tally says how many were found and how fast, in the middle and at worst", () => {
  expect(tally(score(labels(outage()), [alarm(115, 170)], span).findings)).toMatchObject({ outages: 1, found: 1, recall: 1, toDetect: [15, 15] }); // prettier-ignore
  expect(tally([])).toEqual({ outages: 0, found: 0, reopened: 0 });
  expect([quantile([1, 2, 3, 4], 0.5), quantile([1, 2, 3, 11], 0.9), quantile([], 0.5)]).toEqual([2.5, 8.600000000000001, undefined]); // prettier-ignore
});

test("labels that end before they start are refused, with their place", () => {
  const wrong = Labels.safeParse({ outages: [outage({ end: isoSeconds(at(1)) })] });
  expect(wrong.error?.issues).toMatchObject([{ path: ["outages", 0, "end"], message: "ends before it starts" }]);
});
