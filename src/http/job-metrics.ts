// The metric that a service's own team was missing: what became of its jobs, as a `jobs` source sees them.
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import type { JobFigures } from "../alerts/source.ts";
import { oneLine } from "../lib/text.ts";

/** Types come from outside: so many get a series of their own, all others are `other`. */
const mostTypes = 50;
const results = ["success", "failure", "error", "canceled"];

export type JobMeter = {
  finished(type: string, result: string, count: number): void;
  seen(source: string, figures: JobFigures): void;
  /** Another replica looks now: what we saw last is old. */
  standBy(): void;
};

export function makeJobMeter(registry: Registry): JobMeter {
  const registers = [registry];
  const finished = new Counter({
    name: "tocsin_jobs_finished_total",
    help: "Jobs that a job source saw end.",
    labelNames: ["type", "result"],
    registers,
  });
  const open = new Gauge({
    name: "tocsin_jobs_open",
    help: "Jobs that are not finished, as of the last look.",
    labelNames: ["source", "type", "status"],
    registers,
  });
  const lag = new Histogram({
    name: "tocsin_jobs_finish_lag_seconds",
    help: "How long after its end a job was seen to have ended, where its end is reported.",
    labelNames: ["source"],
    buckets: [1, 5, 15, 60, 120, 300, 900, 3_600],
    registers,
  });
  const types = new Map<string, string>();
  const labelOf = (type: string): string => {
    const known = types.get(type);
    if (known !== undefined) return known;
    if (types.size >= mostTypes) return "other";
    const label = oneLine(type, 60);
    types.set(type, label);
    // From nothing to three is no increase to Prometheus; from zero to three is.
    for (const result of results) finished.inc({ type: label, result }, 0);
    return label;
  };
  const shown = new Map<string, readonly { readonly type: string; readonly status: string }[]>();
  return {
    standBy() {
      open.reset();
      shown.clear();
    },
    finished: (type, result, count) => finished.inc({ type: labelOf(type), result }, count),
    seen(source, figures) {
      for (const type of figures.types) labelOf(type);
      for (const ms of figures.lagsMs) lag.observe({ source }, ms / 1_000);
      if (figures.open === undefined) return;
      for (const labels of shown.get(source) ?? []) open.remove({ source, ...labels });
      const now = figures.open.map(({ type, status, count }) => ({ type: labelOf(type), status, count }));
      for (const { type, status, count } of now) open.inc({ source, type, status }, count);
      shown.set(source, now);
    },
  };
}
