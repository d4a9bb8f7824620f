// Tocsin about itself, in Prometheus' text format; and the metric that the service's own team was missing.
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Meter } from "../engine/desk.ts";
import { makeJobMeter, type JobMeter } from "./job-metrics.ts";
import { makeProcessMetrics } from "./process-metrics.ts";

export type Metrics = {
  readonly meter: Meter;
  readonly registry: Registry;
  readonly gauges: Gauges;
  readonly jobs: JobMeter;
};

export type Gauges = {
  readonly queued: Gauge<"target" | "status">;
  readonly oldest: Gauge<"target">;
  readonly inbox: Gauge<"status">;
  readonly inboxLimit: Gauge;
  readonly inboxOldest: Gauge;
  readonly incidents: Gauge<"visibility">;
  readonly draftOldest: Gauge;
  readonly firstWord: Gauge<"incident" | "spoken_by">;
  readonly leading: Gauge;
  readonly loopFailing: Gauge<"loop">;
  readonly blind: Gauge<"source">;
  readonly lookedOk: Gauge<"source">;
  readonly channelTroubled: Gauge<"channel">;
  readonly surfaceEqual: Gauge<"surface">;
  readonly surfaceLag: Gauge<"surface">;
  readonly databaseUp: Gauge;
  readonly clockOff: Gauge;
  readonly reloadSuccessful: Gauge;
  readonly reloadedAt: Gauge;
};

export function makeMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  makeProcessMetrics(registry);
  const alerts = new Counter({
    name: "tocsin_alerts_total",
    help: "Alerts taken in, by what became of them.",
    labelNames: ["source", "outcome"],
    registers,
  });
  const jobs = makeJobMeter(registry);
  const attempts = new Histogram({
    name: "tocsin_delivery_attempt_seconds",
    help: "How long one try of a delivery took, by its outcome.",
    labelNames: ["target", "outcome"],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const sent = new Gauge({
    name: "tocsin_delivery_sent_timestamp_seconds",
    help: "When this process last sent something to a target.",
    labelNames: ["target"],
    registers,
  });
  const looks = new Histogram({
    name: "tocsin_look_seconds",
    help: "How long one look of a source took.",
    labelNames: ["source", "outcome"],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers,
  });
  const refused = new Counter({
    name: "tocsin_webhooks_refused_total",
    help: "Webhooks that were not accepted.",
    labelNames: ["source", "reason"],
    registers,
  });
  const taken = new Counter({ name: "tocsin_webhooks_taken_total", help: "Webhooks that were taken in.", registers });
  const lag = new Histogram({
    name: "tocsin_intake_lag_seconds",
    help: "How long the oldest webhook of each batch had waited in the inbox when the batch was done.",
    buckets: [0.005, 0.02, 0.1, 0.5, 1, 5, 60, 600],
    registers,
  });
  const gauges: Gauges = {
    queued: new Gauge({
      name: "tocsin_deliveries",
      help: "Deliveries that are not settled, and dead ones.",
      labelNames: ["target", "status"],
      registers,
    }),
    oldest: new Gauge({
      name: "tocsin_delivery_oldest_seconds",
      help: "Age of the oldest delivery that waits.",
      labelNames: ["target"],
      registers,
    }),
    inbox: new Gauge({
      name: "tocsin_inbox",
      help: "Webhooks that wait in the inbox, and rejected ones.",
      labelNames: ["status"],
      registers,
    }),
    inboxLimit: new Gauge({
      name: "tocsin_inbox_limit",
      help: "So many webhooks may wait; more are answered 503, so that their senders come again.",
      registers,
    }),
    inboxOldest: new Gauge({
      name: "tocsin_inbox_oldest_seconds",
      help: "Age of the oldest webhook that waits in the inbox; 0 when none does.",
      registers,
    }),
    incidents: new Gauge({
      name: "tocsin_incidents_open",
      help: "Incidents that are not resolved.",
      labelNames: ["visibility"],
      registers,
    }),
    draftOldest: new Gauge({
      name: "tocsin_draft_oldest_seconds",
      help: "Age of the oldest open incident of which users have not been told; 0 when there is none.",
      registers,
    }),
    firstWord: new Gauge({
      name: "tocsin_incident_first_word_seconds",
      help: "Of each open published incident: from its start to its first public word.",
      labelNames: ["incident", "spoken_by"],
      registers,
    }),
    leading: new Gauge({ name: "tocsin_engine_leading", help: "1 on the replica that runs the engine.", registers }),
    loopFailing: new Gauge({
      name: "tocsin_loop_failing",
      help: "1 for a loop of the engine whose last turn failed, or that is stuck in one.",
      labelNames: ["loop"],
      registers,
    }),
    blind: new Gauge({
      name: "tocsin_source_blind",
      help: "1 for a source that has not been able to look for blind_after.",
      labelNames: ["source"],
      registers,
    }),
    lookedOk: new Gauge({
      name: "tocsin_source_look_success_timestamp_seconds",
      help: "When a source that looks last could.",
      labelNames: ["source"],
      registers,
    }),
    channelTroubled: new Gauge({
      name: "tocsin_channel_troubled",
      help: "1 for a channel that says it is in trouble, such as one without its connection.",
      labelNames: ["channel"],
      registers,
    }),
    surfaceEqual: new Gauge({
      name: "tocsin_surface_equal",
      help: "1 for a public surface that says what the record says, 0 for one that does not or cannot be reached.",
      labelNames: ["surface"],
      registers,
    }),
    surfaceLag: new Gauge({
      name: "tocsin_surface_lag_seconds",
      help: "For how long a public surface has not said what the record says; 0 while it does.",
      labelNames: ["surface"],
      registers,
    }),
    databaseUp: new Gauge({
      name: "tocsin_database_up",
      help: "1 when the database answered while these figures were read; without it those of the record are missing.",
      registers,
    }),
    clockOff: new Gauge({
      name: "tocsin_clock_off_seconds",
      help: "By how much the clock of this replica is ahead of the database's, when that is too much; 0 while it can be trusted.",
      registers,
    }),
    reloadSuccessful: new Gauge({
      name: "tocsin_config_last_reload_successful",
      help: "0 while the config file on the disk is not the one in use, because it has errors.",
      registers,
    }),
    reloadedAt: new Gauge({
      name: "tocsin_config_last_reload_success_timestamp_seconds",
      help: "When the config in use was read.",
      registers,
    }),
  };
  const meter: Meter = {
    alertTaken: (source, outcome) => alerts.inc({ source, outcome }),
    jobsFinished: (type, result, count) => jobs.finished(type, result, count),
    jobsSeen: (source, figures) => jobs.seen(source, figures),
    attempted: (target, outcome, tookMs) => {
      attempts.observe({ target, outcome }, tookMs / 1_000);
      if (outcome === "sent") sent.setToCurrentTime({ target });
    },
    looked: (source, outcome, tookMs) => looks.observe({ source, outcome }, tookMs / 1_000),
    refused: (source, reason) => refused.inc({ source, reason }),
    tookIn: (webhooks, waitedMs) => {
      taken.inc(webhooks);
      lag.observe(Math.max(0, waitedMs) / 1_000);
    },
  };
  return { meter, registry, gauges, jobs };
}
