// From our types to the JSON of the contract: times as text, absences as null.
import type { StoredAlert } from "../alerts/alert-store.ts";
import { severityOf } from "../components/status.ts";
import type { StoredDelivery } from "../delivery/delivery-store.ts";
import type { Attribution } from "../incidents/attribution.ts";
import type { Change } from "../incidents/change.ts";
import { dutyWords, type Tick } from "../incidents/checklist.ts";
import type { Incident, IncidentEvent } from "../incidents/incident.ts";
import { editedWords } from "../incidents/steps.ts";
import { lacks, type Notice } from "../incidents/notice.ts";
import { isoSeconds, type Instant } from "../lib/clock.ts";
import type { Held } from "../engine/held.ts";
import { toldIn } from "../status/public-incident.ts";
import { presentChange } from "./present-upkeep.ts";
import type { z } from "zod";
import type { Decision } from "../alerts/decision-store.ts";
import { sayMatcher } from "../alerts/labels.ts";
import { sayRepeat, stateOf, type Silence } from "../alerts/silence.ts";
import type { AlertItem, AlertWhy, DeliveryItem, IncidentDetail, IncidentSummary, SilenceItem } from "./contract.ts";

const time = (at: Instant | undefined): string | null => (at === undefined ? null : isoSeconds(at));

export function presentIncident(incident: Incident, url: string): IncidentSummary {
  const { clocks } = incident;
  return {
    number: incident.number,
    version: incident.version,
    title: incident.notice.title,
    state: incident.state,
    phase: incident.phase,
    backlog: incident.backlog,
    visibility: incident.visibility,
    merged_into: incident.mergedInto ?? null,
    severity: severityOf(Object.values(incident.impact)),
    impact: incident.impact,
    summary: incident.summary,
    spoken_by: incident.spokenBy,
    holder: incident.holder === undefined ? null : { kind: incident.holder.kind, id: incident.holder.id },
    clocks: {
      started: isoSeconds(clocks.started),
      detected: isoSeconds(clocks.detected),
      acknowledged: time(clocks.acknowledged),
      published: time(clocks.published),
      mitigated: time(clocks.mitigated),
      resolved: time(clocks.resolved),
    },
    url,
  };
}

function presentNotice(notice: Notice): IncidentDetail["notice"] {
  return {
    title: notice.title,
    scope: notice.scope ?? null,
    affected: notice.affected ?? null,
    not_affected: notice.notAffected ?? null,
    alternatives: [...notice.alternatives],
    eta: notice.eta === "unknown" ? "unknown" : time(notice.eta),
    next_update: time(notice.nextUpdateAt),
    retrigger: notice.retrigger ?? null,
    links: notice.links.map((link) => ({ url: link.url, title: link.title ?? null })),
    cause: notice.cause ?? null,
    quotes: (notice.quotes ?? []).map(({ by, title, text, url, at }) => ({
      by,
      title,
      text: text ?? null,
      url: url ?? null,
      at: isoSeconds(at),
    })),
  };
}

/** The words of an event, where it has some. */
function textOf(event: IncidentEvent): string | null {
  switch (event.kind) {
    case "opened":
    case "alert-attached":
    case "alert-ended":
      return event.summary;
    case "alerts-attached":
    case "alerts-ended":
      return `${event.alerts.length} alerts; the last: ${event.alerts.at(-1)?.summary ?? ""}`;
    case "flapping":
      return `${event.key}: ${event.because}`;
    case "split-off":
      return `${event.alerts.join(", ")} into ${event.into}`;
    case "undone":
      return event.of.length === 1
        ? `event ${event.of.join("")} of this timeline`
        : `events ${event.of.join(", ")} of this timeline`;
    case "published":
    case "updated":
    case "noted":
    case "postmortem":
    case "asked":
      return event.text;
    case "resolved":
      return event.text ?? null;
    case "dismissed":
      return event.reason;
    case "withdrawn":
      return event.correction;
    case "merged":
      return `into ${event.into}`;
    case "absorbed":
      return `incident ${event.from}`;
    case "revised":
      return event.text;
    case "edited":
      return editedWords(event).join(", ");
    default:
      return null;
  }
}

export function presentDetail(
  incident: Incident,
  url: string,
  more: {
    readonly timeline: readonly IncidentEvent[];
    readonly checklist: readonly Tick[];
    readonly alerts: readonly StoredAlert[];
    readonly changes: readonly Change[];
    readonly attribution: Attribution;
    readonly undo: Held | undefined;
    readonly now: Instant;
  },
): IncidentDetail {
  const component =
    Object.keys(incident.impact).length === 0 ? [{ field: "component", say: "what is hit, as ID=STATUS" }] : [];
  const numbers = new Map(toldIn(more.timeline).map(({ n }, i) => [n, i + 1]));
  return {
    ...presentIncident(incident, url),
    notice: presentNotice(incident.notice),
    // The next update is promised by itself when a notice goes out.
    lacks: [...lacks(incident.notice).filter((lack) => lack.field !== "next-update"), ...component],
    undo:
      more.undo === undefined
        ? null
        : {
            until: isoSeconds(more.undo.until),
            seconds_left: Math.ceil((more.undo.until - more.now) / 1_000),
            targets: [...more.undo.targets],
          },
    checklist: more.checklist.map((tick) => ({
      duty: tick.duty,
      words: dutyWords[tick.duty],
      done: tick.done,
      at: time(tick.at),
      by: tick.by?.id ?? null,
    })),
    alerts: more.alerts.map(({ alert }) => ({
      key: alert.key,
      kind: alert.kind,
      status: alert.status,
      summary: alert.summary,
      since: isoSeconds(alert.startsAt),
    })),
    changes: more.changes.map(presentChange),
    attribution: {
      words: more.attribution.words,
      suspects: more.attribution.suspects.map(({ name, score, prior, terms }) => ({
        name,
        score,
        prior,
        terms: [...terms],
      })),
    },
    timeline: more.timeline.map((event, i) => ({
      at: isoSeconds(event.at),
      by: { kind: event.by.kind, id: event.by.id },
      kind: event.kind,
      text: textOf(event),
      update: numbers.get(i + 1) ?? null,
    })),
  };
}

export function presentAlert({ alert, incident, because }: StoredAlert): AlertItem {
  return {
    key: alert.key,
    kind: alert.kind,
    status: alert.status,
    severity: alert.severity,
    component: alert.component ?? null,
    summary: alert.summary,
    since: isoSeconds(alert.startsAt),
    observed: isoSeconds(alert.observedAt),
    incident: incident ?? null,
    because,
  };
}

export function presentDelivery(delivery: StoredDelivery): DeliveryItem {
  return {
    id: delivery.id,
    kind: delivery.kind,
    target: delivery.target,
    subject: delivery.subject,
    status: delivery.status,
    attempts: delivery.attempts,
    possibly_repeated: delivery.possiblyRepeated,
    created: isoSeconds(delivery.createdAt),
    due: isoSeconds(delivery.dueAt),
    settled: time(delivery.settledAt),
    reason: delivery.reason ?? null,
    text: delivery.message === undefined ? null : `${delivery.message.lead}. ${delivery.message.text}`,
  };
}

export function presentSilence(silence: Silence, now: Instant, quiets: number): z.input<typeof SilenceItem> {
  const { id, matchers, startsAt, endsAt, repeats, reason, by, createdAt } = silence;
  return {
    id,
    state: stateOf(silence, now),
    matchers: matchers.map(sayMatcher),
    starts: isoSeconds(startsAt),
    ends: isoSeconds(endsAt),
    hours: repeats === undefined ? null : sayRepeat(repeats),
    reason,
    by: { kind: by.kind, id: by.id },
    created: isoSeconds(createdAt),
    quiets,
  };
}

export function presentWhy(
  stored: StoredAlert,
  route: string,
  decisions: readonly Decision[],
): z.input<typeof AlertWhy> {
  return {
    alert: presentAlert(stored),
    route,
    quiet_by: stored.quietBy ?? null,
    held_until: stored.heldUntil === undefined ? null : isoSeconds(stored.heldUntil),
    decisions: decisions.map(({ at, did, because, incident }) => ({
      at: isoSeconds(at),
      did,
      because,
      incident: incident ?? null,
    })),
  };
}
