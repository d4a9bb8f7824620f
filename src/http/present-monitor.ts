// Monitors and what they saw, as the API shows them.
import type { Course, Monitor } from "../engine/read-monitors.ts";
import { isoSeconds, second, type Instant } from "../lib/clock.ts";
import { quantile, uptimeOf, type Uptime } from "../monitors/bucket.ts";
import type { Ping } from "../monitors/ping.ts";
import type { Bucket, Took } from "../monitors/sample.ts";
import type { CourseItem, MonitorDetail, MonitorItem, UptimeItem } from "./monitor-contract.ts";

const seconds = (ms: number): number => ms / second;
const tenth = (ms: number): number => Math.round(ms * 10) / 10;
const time = (at: Instant | undefined): string | null => (at === undefined ? null : isoSeconds(at));

function presentUptime({ upMs, downMs, unknownMs, uptime, coverage }: Uptime): UptimeItem {
  return {
    up_seconds: seconds(upMs),
    down_seconds: seconds(downMs),
    unknown_seconds: seconds(unknownMs),
    uptime: uptime ?? null,
    coverage,
  };
}

export function presentMonitor({ source, component, state, uptimes }: Monitor): MonitorItem {
  return {
    source: source.id,
    type: source.type,
    component: component ?? null,
    looked: time(state?.lookedAt),
    could_look: time(state?.okAt),
    blind: state?.blind === true,
    reason: state?.reason ?? null,
    last_day: presentUptime(uptimes.day),
    last_month: presentUptime(uptimes.month),
    last_quarter: presentUptime(uptimes.quarter),
  };
}

export function presentPing({ at, said, exitCode, log }: Ping): MonitorDetail["pings"][number] {
  return { at: isoSeconds(at), said, exit_code: exitCode ?? null, log };
}

function presentTook(took: Took | undefined): CourseItem["buckets"][number]["took"] {
  if (took === undefined) return null;
  return {
    count: took.count,
    mean_ms: tenth(took.sumMs / took.count),
    min_ms: tenth(took.minMs),
    max_ms: tenth(took.maxMs),
    p50_ms: tenth(quantile(took, 0.5)),
    p95_ms: tenth(quantile(took, 0.95)),
  };
}

export type Span = { readonly from: Instant; readonly to: Instant; readonly stepMs: number };

export function presentCourse(source: string, { component, buckets }: Course, span: Span): CourseItem {
  const { from, to, stepMs } = span;
  const item = (bucket: Bucket): CourseItem["buckets"][number] => {
    const length = Math.min(to, bucket.at + stepMs) - bucket.at;
    return {
      at: isoSeconds(bucket.at),
      up_seconds: seconds(bucket.upMs),
      down_seconds: seconds(bucket.downMs),
      unknown_seconds: seconds(Math.max(0, length - bucket.upMs - bucket.downMs)),
      took: presentTook(bucket.took),
      jobs: bucket.jobs ?? null,
    };
  };
  return {
    source,
    component: component ?? null,
    from: isoSeconds(from),
    to: isoSeconds(to),
    step_seconds: seconds(stepMs),
    total: presentUptime(uptimeOf(buckets, from, to)),
    buckets: buckets.map(item),
  };
}
