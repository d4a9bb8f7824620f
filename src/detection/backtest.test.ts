import { describe, expect, test } from "vitest";
import { alertKey, type Alert } from "../alerts/alert.ts";
import type { SourceId } from "../config/names.ts";
import type { Job } from "../jobs/job.ts";
import { day, hour, isoSeconds, minute, second, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { knownAt, replay } from "./backtest.ts";
import type { Detector } from "./detector.ts";

const source: SourceId = brand("history");
const start = Date.parse("2026-03-02T00:00:00Z");

type Look = { readonly now: Instant; readonly known: readonly Job[] };

/** Writes down what it is shown, and alarms as it is told to. */
function witness(say: (now: Instant) => readonly Alert[] = () => []): { looks: Look[]; detector: Detector<undefined> } {
  const looks: Look[] = [];
  const step = (_: undefined, known: readonly Job[], now: Instant) => {
    looks.push({ now, known });
    return { state: undefined, alerts: say(now) };
  };
  const nothing = { start: () => undefined, save: () => new Uint8Array(), load: () => undefined };
  return { looks, detector: { ...nothing, learn: () => undefined, step } };
}

let serial = 0;
function job(createdAt: Instant, more: Partial<Job> = {}): Job {
  serial += 1;
  return { id: `j${serial}`, type: "copr_build", project: "org/one", status: "pending", createdAt, ...more };
}

const ended = { status: "failure", message: "No space left", finishedAtIs: "reported" } as const;

describe("at every moment the detector knows of a job", () => {
  const times = { startedAt: start + 5 * minute, finishedAt: start + 20 * minute };
  const whole = job(start + 30 * second, { ...ended, ...times, target: "epel-9" });

  test.each([
    ["its creation, and nothing else", start + minute, { status: "pending" }],
    ["that it runs, when it had started", start + 5 * minute, { status: "running", startedAt: times.startedAt }],
    ["its result and message, when it had ended", times.finishedAt, { ...ended, ...times }],
  ])("%s", (_, now, known) => {
    const { status: _s, message: _m, startedAt: _a, finishedAt: _f, finishedAtIs: _i, ...always } = whole;
    expect(knownAt(whole, now)).toEqual({ ...always, ...known });
  });

  test("each of these at the first full minute after it, and looks every minute between", () => {
    const { looks, detector } = witness();
    const history = replay(detector);
    expect(history.take(whole)).toBe(true);
    const { span } = history.finish();
    const news = looks.filter(({ known }) => known.length > 0);
    expect(news.map(({ now, known }) => [isoSeconds(now).slice(11, 16), known[0]?.status])).toEqual([
      ["00:01", "pending"],
      ["00:05", "running"],
      ["00:20", "failure"],
    ]);
    expect(looks.map(({ now }) => (now - start) / minute)).toEqual(Array.from({ length: 20 }, (_x, i) => i + 1));
    expect(span).toEqual({ from: start + minute, to: start + 20 * minute });
  });

  test("nothing of its result when nobody wrote down when it ended", () => {
    const { looks, detector } = witness();
    const history = replay(detector);
    history.take(job(start, { status: "failure", message: "No space left", startedAt: start + minute }));
    history.take(job(start + 5 * minute));
    history.finish();
    const statuses = looks.flatMap(({ known }) => known.map(({ status, message }) => [status, message]));
    expect(statuses).toEqual([
      ["canceled", undefined],
      ["pending", undefined],
    ]);
  });
});

test("jobs may come up to six hours out of order; a job of a time that has been replayed is refused", () => {
  const { looks, detector } = witness();
  const history = replay(detector);
  expect(history.take(job(start + 6 * hour))).toBe(true);
  expect(history.take(job(start))).toBe(true);
  expect(history.take(job(start + 8 * hour))).toBe(true);
  expect(history.take(job(start + 9 * hour))).toBe(true);
  expect(history.take(job(start + hour))).toBe(false);
  history.finish();
  expect(looks.flatMap(({ known }) => known.map(({ createdAt }) => (createdAt - start) / hour))).toEqual([0, 6, 8, 9]);
});

test("the same id again is news of the same job, not another job", () => {
  const { looks, detector } = witness();
  const history = replay(detector);
  const made = job(start);
  history.take(made);
  history.take({ ...made, status: "running", startedAt: start + 10 * minute });
  history.take({ ...made, ...ended, startedAt: start + 10 * minute, finishedAt: start + 20 * minute });
  history.finish();
  const news = looks.flatMap(({ now, known }) => known.map(({ status }) => [(now - start) / minute, status]));
  expect(news).toEqual([
    [0, "pending"],
    [10, "running"],
    [20, "failure"],
  ]);
});

test("a wrong year costs a month of looks and no more", () => {
  const { looks, detector } = witness();
  const history = replay(detector);
  history.take(job(Date.parse("1970-01-01T00:00:00Z")));
  history.take(job(start));
  history.finish();
  expect(looks.length).toBeLessThan((32 * day) / minute);
  expect(looks.at(-1)?.now).toBe(start);
});

describe("an alarm", () => {
  const alert = (status: Alert["status"], now: Instant, more: Partial<Alert> = {}): Alert => ({
    key: alertKey(source, "failing:copr_build"),
    kind: "failing",
    status,
    severity: "warning",
    summary: `${status} as of ${isoSeconds(now)}`,
    labels: { type: "copr_build" },
    startsAt: start,
    observedAt: now,
    ...more,
  });
  const minutesOf = (now: Instant): number => (now - start) / minute;

  test("begins when it is told, not when the trouble began, and ends when its end is told", () => {
    const { detector } = witness((now) => {
      const told = new Map([
        [10, alert("firing", now)],
        [15, alert("firing", now, { severity: "critical" })],
        [30, alert("resolved", now)],
      ]).get(minutesOf(now));
      return told === undefined ? [] : [told];
    });
    const history = replay(detector);
    history.take(job(start, { ...ended, finishedAt: start + hour }));
    const { alarms } = history.finish();
    expect(alarms).toEqual([
      expect.objectContaining({
        type: "copr_build",
        kind: "failing",
        severity: "critical",
        start: start + 10 * minute,
        startsAt: start,
        end: start + 30 * minute,
        summary: `firing as of ${isoSeconds(start + 15 * minute)}`,
      }),
    ]);
  });

  test("names its one target, and `*` when it is about all types", () => {
    const { detector } = witness((now) =>
      minutesOf(now) === 10
        ? [alert("firing", now, { labels: {}, coverage: { targets: ["epel-9"], since: now } })]
        : [],
    );
    const history = replay(detector);
    history.take(job(start, { ...ended, finishedAt: start + hour }));
    expect(history.finish().alarms).toMatchObject([{ type: "*", target: "epel-9" }]);
  });

  test("about jobs that no longer come when the history ends is told apart, unless the end is given", () => {
    const outcome = (until?: Instant) => {
      const { detector } = witness((now) => (minutesOf(now) === 50 ? [alert("firing", now, { kind: "silent" })] : []));
      const history = replay(detector);
      history.take(job(start, { ...ended, finishedAt: start + hour }));
      const { alarms, endOfHistory } = history.finish(until);
      return [alarms.length, endOfHistory.length];
    };
    expect(outcome()).toEqual([0, 1]);
    expect(outcome(start + 2 * hour)).toEqual([1, 0]);
  });
});

test("a history ends with its last push, start or end, not with what an earlier push set off later", () => {
  const { detector } = witness();
  const history = replay(detector);
  history.take(job(start, { trigger: "push-1", ...ended, status: "success", finishedAt: start + 10 * minute }));
  history.take(job(start + 20 * minute, { trigger: "push-2" }));
  history.take(job(start + 3 * hour, { trigger: "push-1" }));
  expect(history.finish().span?.to).toBe(start + 20 * minute);
});
