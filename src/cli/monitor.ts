// tocsin monitor …: who is sent to look, and what they saw.
import type { Command } from "commander";
import { z } from "zod";
import { CourseItem, MonitorDetail, MonitorItem, type UptimeItem } from "../http/monitor-contract.ts";
import { sayDuration } from "../lib/duration.ts";
import { ask, type DoorFlags } from "./door.ts";
import { print, quoted, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

/** `99.95 %`, and never 100 when a second of it was not. */
function percent(share: number): string {
  return `${(Math.floor(share * 10_000) / 100).toFixed(2)} %`;
}

function sayUptime({ uptime, coverage }: UptimeItem): string {
  return uptime === null ? "unknown" : `${percent(uptime)} (seen ${percent(coverage)})`;
}

function sayState({ blind, reason, looked }: MonitorItem): string {
  if (blind) return `blind: ${reason ?? ""}`;
  if (reason !== null) return `cannot look: ${reason}`;
  return looked === null ? "has not looked yet" : "looks";
}

const blocks = "▁▂▃▄▅▆▇█";
const unknown = "·";

/** As high as it is large, of the largest; a dot where nothing is known. */
function bars(figures: readonly (number | undefined)[], most: number): string {
  const high = (figure: number): string => blocks[Math.round((figure / (most === 0 ? 1 : most)) * 7)] ?? "█";
  return figures.map((figure) => (figure === undefined ? unknown : high(figure))).join("");
}

type Bucket = CourseItem["buckets"][number];

function shareUp({ up_seconds: up, down_seconds: down }: Bucket): number | undefined {
  return up + down === 0 ? undefined : up / (up + down);
}

function chart(course: CourseItem): readonly string[] {
  const stepMs = course.step_seconds * 1_000;
  const from = Date.parse(course.from);
  const byTime = new Map(course.buckets.map((bucket) => [Math.round((Date.parse(bucket.at) - from) / stepMs), bucket]));
  const length = Math.ceil((Date.parse(course.to) - from) / stepMs);
  const row = (figure: (bucket: Bucket) => number | undefined): readonly (number | undefined)[] =>
    Array.from({ length }, (_, i) => {
      const bucket = byTime.get(i);
      return bucket === undefined ? undefined : figure(bucket);
    });
  const took = row((bucket) => bucket.took?.p95_ms);
  const slowest = Math.max(0, ...took.map((ms) => ms ?? 0));
  const failed = row(({ jobs }) => (jobs === null || jobs.finished === 0 ? undefined : jobs.failed / jobs.finished));
  const hasSome = (figures: readonly (number | undefined)[]): boolean => figures.some((one) => one !== undefined);
  return [
    `${shortTime(course.from)} to ${shortTime(course.to)} UTC, each sign ${sayDuration(stepMs)}; ${unknown} is unknown`,
    `up      ${bars(row(shareUp), 1)}  ${sayUptime(course.total)}`,
    ...(hasSome(took) ? [`took    ${bars(took, slowest)}  19 of 20 within at most ${Math.round(slowest)} ms`] : []),
    ...(hasSome(failed) ? [`failed  ${bars(failed, 1)}  of the jobs that ended`] : []),
  ];
}

function sayDetail({ monitors, pings }: MonitorDetail, courses: readonly CourseItem[]): string {
  const each = monitors.flatMap((one) => [
    `${one.source} (${one.type}${one.component === null ? "" : `, ${one.component}`}): ${quoted(sayState(one))}`,
    `last look ${one.looked === null ? "never" : shortTime(one.looked)} UTC; day ${sayUptime(one.last_day)}, month ${sayUptime(one.last_month)}, quarter ${sayUptime(one.last_quarter)}`,
    ...courses.filter(({ component }) => component === one.component).flatMap(chart),
    "",
  ]);
  const rows = pings.map(({ at, said, exit_code: code, log }) => [
    shortTime(at),
    code === null ? said : `${said} (${code})`,
    log.trimEnd().split("\n").at(-1) ?? "",
  ]);
  const heard = rows.length === 0 ? [] : [table(["pinged (UTC)", "said", "last line of its log"], rows)];
  return [...each, ...heard].join("\n").trimEnd();
}

export function monitorCommands(program: Command, shared: () => Shared): void {
  const monitor = program.command("monitor").description("who is sent to look, and what they saw");
  monitor
    .command("list")
    .description("the sources that look, and how much of the time they saw things up")
    .action(async () => {
      const found = await ask(z.array(MonitorItem), shared(), "GET", "/api/v1/monitors?limit=200");
      const rows = found.map((one) => [
        one.source,
        one.component ?? "",
        one.looked === null ? "never" : shortTime(one.looked),
        sayUptime(one.last_day),
        sayUptime(one.last_month),
        sayUptime(one.last_quarter),
        sayState(one),
      ]);
      print(shared().json, found, () =>
        rows.length === 0
          ? "The config names no source that looks."
          : table(["monitor", "component", "last look (UTC)", "up, 24 h", "30 days", "90 days", "state"], rows),
      );
    });
  monitor
    .command("show <id>")
    .description("one of them, with its course; of a heartbeat the last pings too")
    .option("--from <time>", "the beginning: -7d, 2026-11-22T10:00Z; a day ago when not given")
    .option("--to <time>", "the end; now when not given")
    .option("--step <duration>", "the length of one sign: 15m, 1h")
    .action(async (id: string, flags: { readonly from?: string; readonly to?: string; readonly step?: string }) => {
      const path = `/api/v1/monitors/${encodeURIComponent(id)}`;
      const detail = await ask(MonitorDetail, shared(), "GET", path);
      const query = new URLSearchParams({ ...flags }).toString();
      const courses = await ask(z.array(CourseItem), shared(), "GET", `${path}/samples?${query}`);
      print(shared().json, { ...detail, courses }, () => sayDetail(detail, courses));
    });
}
