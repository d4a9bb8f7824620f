// What people are told of the alarms: when one is new, when it has doubled or looks like ending, and when it ended.
import { alertKey, type Alert, type Coverage } from "../alerts/alert.ts";
import type { SourceId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";
import { nameOf, type Alarm, type Ended } from "./alarm.ts";
import { sayAlarm, sayRecovered } from "./explain.ts";
import { recovering, recoveryFrom } from "./recovery.ts";
import type { Stream } from "./stream.ts";
import { evidenceFor } from "./vote-table.ts";

const criticalShare = 0.8;

/** `failing:copr_build`, `failing@fedora-rawhide-x86_64:copr_build`: the same trouble later has the same key. */
export function keyOf(source: SourceId, name: string, type: string): Alert["key"] {
  return alertKey(source, `${name}:${type}`);
}

type Where = {
  readonly type: string;
  readonly target?: string | undefined;
  readonly since: Instant;
  readonly until?: Instant;
};

function covered({ type, target, since, until }: Where): Coverage {
  return {
    ...(type !== "*" && { jobTypes: [type] }),
    ...(target !== undefined && { targets: [target] }),
    since,
    ...(until !== undefined && { until }),
  };
}

const labelsOf = (type: string, target: string | undefined): Alert["labels"] =>
  target === undefined ? { type } : { type, target };

export function tellEnds(stream: Stream, source: SourceId, now: Instant): readonly Alert[] {
  const { ended, type } = stream;
  stream.ended = [];
  return ended.map(({ name, kind, target, startsAt, endsAt, critical, summary }: Ended) => ({
    key: keyOf(source, name, type),
    kind,
    status: "resolved",
    severity: critical ? "critical" : "warning",
    coverage: covered({ type, target, since: startsAt, until: endsAt }),
    summary,
    labels: labelsOf(type, target),
    startsAt,
    endsAt,
    observedAt: now,
  }));
}

export function tellAlarms(stream: Stream, source: SourceId, now: Instant): readonly Alert[] {
  return [...stream.alarms.values()].flatMap((alarm) => tell(stream, alarm, source, now) ?? []);
}

/** Not with every job. */
function tell(stream: Stream, alarm: Alarm, source: SourceId, now: Instant): Alert | undefined {
  const { told, kind, target, startsAt } = alarm;
  const evidence = evidenceFor(stream, alarm, now);
  const { failedJobs, failedProjects, failedShare, jobs } = evidence.figures;
  if (told === undefined && alarm.test === "failing" && jobs === 0) return undefined;
  const critical = told?.critical === true || (kind === "failing" ? failedShare >= criticalShare : kind !== "slow");
  const recovery = recoveryFrom(alarm.signs);
  const recovers = recovery !== undefined && recovery.score >= recovering;
  const grown =
    told === undefined ||
    (failedJobs > 1 && failedJobs >= 2 * told.failedJobs) ||
    (failedProjects > 1 && failedProjects >= 2 * told.failedProjects) ||
    critical !== told.critical ||
    (recovers && !told.recovering);
  if (!grown) return undefined;
  alarm.told = { failedJobs, failedProjects, critical, recovering: recovers };
  const hope = recovers ? `. It looks like ending: ${sayRecovered(stream.type, alarm, recovery)}` : "";
  return {
    key: keyOf(source, nameOf(alarm), stream.type),
    kind,
    status: "firing",
    severity: critical ? "critical" : "warning",
    coverage: covered({ type: stream.type, target, since: startsAt }),
    summary: `${sayAlarm(stream.type, alarm, evidence)}${hope}`,
    evidence,
    labels: labelsOf(stream.type, target),
    startsAt,
    observedAt: now,
  };
}
