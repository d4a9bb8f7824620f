// What a backtest found, for a terminal and for programs.
import type { ReplayedAlarm } from "../detection/backtest.ts";
import { kindOf, tally, type Score, type Tally } from "../detection/score.ts";
import { isoSeconds } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { count, list } from "../lib/text.ts";
import type { BacktestResult, TrialResult } from "./backtest-run.ts";
import { shortTime, table } from "./print.ts";

/** As `--alarms` writes them. */
export function alarmsJson(alarms: readonly ReplayedAlarm[]): string {
  const lines = alarms.map(({ start, end, type, kind, target }) =>
    JSON.stringify({
      start: isoSeconds(start),
      end: end === undefined ? null : isoSeconds(end),
      type,
      kind,
      ...(target !== undefined && { target }),
    }),
  );
  return lines.length === 0 ? "[]\n" : `[\n${lines.join(",\n")}\n]\n`;
}

const percent = (share: number | undefined): string => (share === undefined ? "–" : `${Math.round(share * 100)} %`);
const figure = (value: number): string => (Math.abs(value) < 9.95 ? value.toFixed(1) : String(Math.round(value)));
const pair = (values: Tally["lag"]): string => (values === undefined ? "–" : values.map(figure).join(" / "));

export const sayThousands = (n: number): string => n.toLocaleString("en");

export const scoreHead = ["", "outages", "found", "recall", "to detect", "lag", "to recover", "reopened"] as const;

/** A row for the outages that could be seen, for all, and for each kind. */
export function scoreRows({ findings }: Score): readonly (readonly string[])[] {
  const seen = findings.filter(({ outage }) => outage.observable);
  const kinds = Map.groupBy(seen, ({ outage }) => kindOf(outage));
  const rows: readonly (readonly [string, Tally])[] = [
    ["could be seen", tally(seen)],
    ...(seen.length === findings.length ? [] : [["all", tally(findings)] as const]),
    ...[...kinds].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([kind, own]) => [kind, tally(own)] as const),
  ];
  return rows.map(([name, row]) => [
    name,
    String(row.outages),
    String(row.found),
    percent(row.recall),
    pair(row.toDetect),
    pair(row.lag),
    pair(row.toRecover),
    String(row.reopened),
  ]);
}

/** `2 false alarms (1.1 in 30 days), precision 94 %, found 30 of 34` */
export function sayScore(score: Score): string {
  const wrong = score.judged.filter(({ judgement }) => judgement === "false").length;
  const knockOn = score.judged.filter(({ judgement }) => judgement === "knock-on").length;
  const seen = score.findings.filter(({ outage }) => outage.observable);
  const found = seen.filter((finding) => finding.found).length;
  const parts = [
    `${count(wrong, "false alarm")} (${score.falsePer30Days.toFixed(1)} in 30 days)`,
    `precision ${percent(score.precision)}`,
    `found ${found} of ${count(seen.length, "outage")} that could be seen`,
    ...(knockOn > 0 ? [`${count(knockOn, "alarm")} about what another outage caused`] : []),
  ];
  return parts.join(", ");
}

export function sayJobs({ jobs, span, volume }: BacktestResult): string {
  if (span === undefined) return "There is no job in it.";
  const types = [...volume.types.keys()].slice(0, 8);
  return `${sayThousands(jobs)} jobs (${list(types)}) from ${isoSeconds(span.from)} to ${isoSeconds(span.to)}, ${sayDuration(span.to - span.from)}`;
}

export function sayTrial({ alarms, incidents }: TrialResult): string {
  return alarms.length === 0 ? "No alarm." : `${count(alarms.length, "alarm")}, ${count(incidents, "incident")}.`;
}

export function lasted({ start, end }: ReplayedAlarm): string {
  return end === undefined ? "still open" : sayDuration(end - start);
}

/** How an alarm was judged; empty without labels, and where it was not judged. */
export function judgementOf(alarm: ReplayedAlarm, score: Score | undefined): string {
  const own = score?.judged.find((one) => one.alarm === alarm);
  if (own === undefined) return score === undefined ? "" : "learning";
  return own.outage === undefined ? own.judgement : `${own.judgement} (${own.outage})`;
}

function alarmTable({ alarms, score }: TrialResult): string {
  const labelled = score !== undefined;
  const rows = alarms.map((alarm) => [
    shortTime(isoSeconds(alarm.start)),
    lasted(alarm),
    alarm.kind,
    alarm.type,
    alarm.target ?? "",
    ...(labelled ? [judgementOf(alarm, score)] : []),
    alarm.summary,
  ]);
  const judged = labelled ? ["judged"] : [];
  return table(["told (UTC)", "lasted", "kind", "type", "target", ...judged, "what it would have said"], rows);
}

/** What is to be known besides the alarms. */
export function remarksOf(result: BacktestResult): readonly string[] {
  const [trial] = result.trials;
  const silent = trial?.endOfHistory.length ?? 0;
  return [
    ...(result.unended > 0
      ? [`${count(result.unended, "job")} ended nobody knows when: without finished_at a job has no vote.`]
      : []),
    ...(silent > 0
      ? [
          `${count(silent, "alarm")} left out about jobs that no longer came at the end: there the history ends. --to says that it goes on.`,
        ]
      : []),
  ];
}

function scorePart(result: BacktestResult, { score }: TrialResult): readonly string[] {
  if (score === undefined || result.judged === undefined) return [];
  const learnt = result.judged.from > (result.span?.from ?? 0);
  const since = learnt ? `, judged since ${isoSeconds(result.judged.from)} (before, it was learning)` : "";
  return [
    "",
    `With the labels: ${sayScore(score)}${since}`,
    "",
    table([...scoreHead], scoreRows(score)),
    "Minutes, median / 90th percentile. Lag counts from when a careful person could have been sure.",
  ];
}

const labels = ["", "alarms", "incidents"] as const;

/** Several settings side by side. */
function comparison(trials: readonly TrialResult[]): string {
  const judged = trials.some(({ score }) => score !== undefined);
  const rows = trials.map(({ name, alarms, incidents, score }) => [
    name,
    String(alarms.length),
    String(incidents),
    ...(score === undefined ? [] : [sayScore(score)]),
  ]);
  return table([...labels, ...(judged ? ["with the labels"] : [])], rows);
}

export function backtestWords(result: BacktestResult): string {
  const parts = [sayJobs(result)];
  const [first] = result.trials;
  if (result.span === undefined || first === undefined) return parts.join("\n");
  parts.push(sayTrial(first));
  if (first.alarms.length > 0) parts.push("", alarmTable(first));
  parts.push(...scorePart(result, first));
  if (result.trials.length > 1) parts.push("", comparison(result.trials));
  const remarks = remarksOf(result);
  return [...parts, ...(remarks.length > 0 ? ["", ...remarks] : [])].join("\n");
}

const alarmData = (score: Score | undefined) => (alarm: ReplayedAlarm) => ({
  start: isoSeconds(alarm.start),
  end: alarm.end === undefined ? null : isoSeconds(alarm.end),
  type: alarm.type,
  kind: alarm.kind,
  ...(alarm.target !== undefined && { target: alarm.target }),
  severity: alarm.severity,
  starts_at: isoSeconds(alarm.startsAt),
  summary: alarm.summary,
  ...(score !== undefined && { judged: judgementOf(alarm, score) }),
});

/** As `--json` prints it. */
export function backtestData(result: BacktestResult): unknown {
  return {
    jobs: result.jobs,
    problems: result.problems,
    ...(result.span !== undefined && { from: isoSeconds(result.span.from), to: isoSeconds(result.span.to) }),
    settings: result.trials.map(({ name, alarms, incidents, score }) => ({
      name,
      incidents,
      alarms: alarms.map(alarmData(score)),
      ...(score !== undefined && {
        false_per_30_days: score.falsePer30Days,
        precision: score.precision ?? null,
        observable: tally(score.findings.filter(({ outage }) => outage.observable)),
        all: tally(score.findings),
        missed: score.findings.filter((one) => one.outage.observable && !one.found).map(({ outage }) => outage.id),
      }),
    })),
    remarks: remarksOf(result),
  };
}
