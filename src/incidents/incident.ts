// An incident, the events of its timeline, and how each event changes it. The timeline is the truth; the row is its latest frame.
import type { Actor } from "../accounts/actor.ts";
import type { AlertKey, Coverage } from "../alerts/alert.ts";
import { onlyHearsay } from "../alerts/hearsay.ts";
import type { ChannelId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";
import type { Impact } from "./impact.ts";
import type { Brand } from "../lib/ids.ts";
import { without } from "../lib/records.ts";
import type { Clocks, Phase } from "./clocks.ts";
import { absorb, attach, endAlerts, isWide, splitOff, toldNow } from "./evidence.ts";
import type { Notice } from "./notice.ts";

export type IncidentId = Brand<"incident">;
export type State = "triggered" | "acknowledged" | "resolved";
export type Visibility = "draft" | "published" | "dismissed" | "withdrawn";

export type Incident = {
  readonly id: IncidentId;
  readonly number: number;
  /** Counts the changes; a command that expects another one is refused. */
  readonly version: number;
  readonly impact: Impact;
  readonly coverage: readonly Coverage[];
  /** For responders. */
  readonly state: State;
  /** For the public. */
  readonly phase: Phase;
  /** Fixed, but a queue is being worked off. */
  readonly backlog: boolean;
  readonly visibility: Visibility;
  readonly mergedInto?: number;
  /** Whose words the public has read so far. */
  readonly spokenBy: "nobody" | "tocsin" | "people";
  readonly notice: Notice;
  readonly clocks: Clocks;
  /** Alerts that fire now. */
  readonly alerts: readonly AlertKey[];
  /** What each of them last said of the impact: a repeat does not undo what a human has corrected since. */
  readonly evidence?: Readonly<Record<AlertKey, Impact>>;
  /** Since when none of its alerts fires any more. */
  readonly quietSince?: Instant;
  /** A human gave the start: evidence does not move it. */
  readonly startGiven?: true;
  /** When it was last opened again: what is due by the clock counts from there. */
  readonly reopenedAt?: Instant;
  /** What the latest evidence says, for the team. */
  readonly summary: string;
  /** Who acknowledged or took it. */
  readonly holder?: Actor;
  readonly acknowledgedUntil?: Instant;
  /** Dismissed: alerts of this episode open nothing until then. */
  readonly heldUntil?: Instant;
  readonly withdrawal?: { readonly at: Instant; readonly correction: string };
  /** What each alert showed when it was dismissed: twice of it ends the hold. */
  readonly dismissedEvidence?: Readonly<Record<AlertKey, number>>;
  /** People have done something to it: Tocsin does not put it together with another by itself. */
  readonly touched?: true;
  /** The only channels of the team that hear of it; absent: all. */
  readonly channels?: readonly ChannelId[];
  /** Alerts of it that come and go. */
  readonly flapping?: readonly AlertKey[];
  /** An alert of it spoke of more than single targets. */
  readonly wide?: true;
  /** When evidence of ours joined what only an upstream had said. */
  readonly raisedAt?: Instant;
  /** What the team was last told of its size. */
  readonly told?: Told;
  /** Brought in from another status page: which software told it. */
  readonly imported?: string;
};

/** `narrow`: every alert spoke of single targets. `alerts`: how many they were, of which no more are firing since. */
export type Told = {
  readonly at: Instant;
  readonly impact: Impact;
  readonly narrow: boolean;
  readonly alerts?: number;
  /** Only an upstream had said so. */
  readonly hearsay?: true;
};

export type NoticeEdit = Partial<Notice>;
type Weights = Readonly<Record<AlertKey, number>>;

/** An alert that joins. */
export type Attached = {
  readonly key: AlertKey;
  readonly summary: string;
  readonly impact: Impact;
  /** Absent: all of it. */
  readonly coverage?: Coverage;
  readonly startedAt: Instant;
  /** The only channels of the team that hear of it. */
  readonly channels?: readonly ChannelId[];
};

export type Ended = { readonly key: AlertKey; readonly summary: string };

/** What happened, with all that is needed to replay it. */
export type Happening =
  | {
      readonly kind: "opened";
      readonly number: number;
      readonly id: IncidentId;
      readonly impact: Impact;
      readonly notice: Notice;
      readonly startedAt: Instant;
      readonly summary: string;
      readonly alerts: readonly AlertKey[];
      readonly coverage: readonly Coverage[];
      /** What each alert says of the impact, where that is not the impact of all. */
      readonly evidence?: Readonly<Record<AlertKey, Impact>>;
      readonly channels?: readonly ChannelId[];
      /** The incident that it was split from. */
      readonly splitFrom?: number;
      readonly imported?: string;
    }
  | ({ readonly kind: "alert-attached" } & Attached)
  | { readonly kind: "alerts-attached"; readonly alerts: readonly Attached[] }
  /** The team is told that more is hit than it knew. */
  | { readonly kind: "grown" }
  /** This alert comes and goes; its end does not count until it is calm. */
  | { readonly kind: "flapping"; readonly key: AlertKey; readonly because: string }
  | { readonly kind: "split-off"; readonly alerts: readonly AlertKey[]; readonly into: number }
  | ({ readonly kind: "alert-ended" } & Ended)
  | { readonly kind: "alerts-ended"; readonly alerts: readonly Ended[] }
  | { readonly kind: "recovered" }
  /** The evidence is back after it had ended. */
  | { readonly kind: "relapsed" }
  | { readonly kind: "acknowledged"; readonly until?: Instant }
  | { readonly kind: "taken" }
  | { readonly kind: "published"; readonly text: string; readonly phase?: Phase }
  | {
      readonly kind: "edited";
      readonly notice: NoticeEdit;
      readonly before: NoticeEdit;
      readonly impact?: Impact;
      readonly startedAt?: Instant;
      readonly endedAt?: Instant;
    }
  | {
      readonly kind: "updated";
      readonly text: string;
      readonly phase: Phase;
      readonly backlog: boolean;
      readonly nextUpdateAt?: Instant;
    }
  /** The text of event `n` as users read it from now on; `before` is what they read until then. */
  | { readonly kind: "revised"; readonly n: number; readonly text: string; readonly before: string }
  /** Taken back before anybody was sent a message of it: the events `of` were never said. `was` is what they had changed. */
  | { readonly kind: "undone"; readonly of: readonly number[]; readonly was: Undone }
  | { readonly kind: "noted" | "asked" | "postmortem"; readonly text: string }
  | { readonly kind: "resolved"; readonly text?: string; readonly endedAt: Instant }
  | { readonly kind: "reopened" }
  | { readonly kind: "dismissed"; readonly reason: string; readonly heldUntil?: Instant; readonly evidence?: Weights }
  | {
      readonly kind: "withdrawn";
      readonly correction: string;
      readonly heldUntil?: Instant;
      readonly evidence?: Weights;
    }
  | { readonly kind: "merged"; readonly into: number }
  | {
      readonly kind: "absorbed";
      readonly from: number;
      readonly alerts: readonly AlertKey[];
      readonly impact: Impact;
      readonly coverage: readonly Coverage[];
      readonly startedAt: Instant;
      readonly evidence?: Readonly<Record<AlertKey, Impact>>;
      readonly wide?: true;
      readonly channels?: readonly ChannelId[];
    };

export type IncidentEvent = { readonly at: Instant; readonly by: Actor } & Happening;

export type Undone = Partial<
  Pick<Incident, "visibility" | "state" | "phase" | "backlog" | "notice" | "impact" | "spokenBy">
> & {
  readonly clocks?: Partial<Clocks>;
  readonly unset?: readonly Exclude<keyof Clocks, "started" | "detected">[];
};

function open(event: IncidentEvent & { kind: "opened" }): Incident {
  return {
    id: event.id,
    number: event.number,
    version: 1,
    impact: event.impact,
    coverage: event.coverage,
    state: "triggered",
    phase: "investigating",
    backlog: false,
    visibility: "draft",
    spokenBy: "nobody",
    notice: event.notice,
    clocks: { started: event.startedAt, detected: event.at },
    alerts: event.alerts,
    evidence: event.evidence ?? Object.fromEntries(event.alerts.map((key) => [key, event.impact])),
    summary: event.summary,
    told: {
      at: event.at,
      impact: event.impact,
      narrow: event.coverage.length > 0 && !event.coverage.some(isWide),
      alerts: event.alerts.length,
      ...(onlyHearsay(event.alerts) ? { hearsay: true } : {}),
    },
    ...(event.alerts.length > 0 && (event.coverage.length === 0 || event.coverage.some(isWide)) ? { wide: true } : {}),
    ...(event.channels === undefined ? {} : { channels: event.channels }),
    ...(event.imported === undefined ? {} : { imported: event.imported }),
    ...(event.by.kind === "system" ? {} : { touched: true }),
  };
}

/** Only what a person or Tocsin said to the public counts as speaking. */
function speaker(event: IncidentEvent, before: Incident["spokenBy"]): Incident["spokenBy"] {
  if (event.by.kind !== "system") return "people";
  return before === "nobody" ? "tocsin" : before;
}

function acknowledge(incident: Incident, event: IncidentEvent, until?: Instant): Incident {
  const rest = without(incident, "acknowledgedUntil");
  const clocks = { ...incident.clocks, acknowledged: incident.clocks.acknowledged ?? event.at };
  return {
    ...rest,
    state: "acknowledged",
    holder: event.by,
    clocks,
    ...(until === undefined ? {} : { acknowledgedUntil: until }),
  };
}

function enterPhase(incident: Incident, phase: Phase, at: Instant): Pick<Incident, "phase" | "clocks"> {
  const mitigated = phase === "monitoring" ? { mitigated: incident.clocks.mitigated ?? at } : {};
  return { phase, clocks: { ...incident.clocks, ...mitigated } };
}

function edit(incident: Incident, event: IncidentEvent & { kind: "edited" }): Incident {
  const clocks: Clocks = {
    ...incident.clocks,
    ...(event.startedAt === undefined ? {} : { started: event.startedAt }),
    ...(event.endedAt === undefined ? {} : { resolved: event.endedAt }),
  };
  return {
    ...incident,
    notice: { ...incident.notice, ...event.notice },
    impact: event.impact ?? incident.impact,
    ...(event.impact === undefined || event.by.kind === "system"
      ? {}
      : { told: toldNow({ ...incident, impact: event.impact }, event.at) }),
    clocks,
    // Who edits what the public reads has spoken to it.
    spokenBy: incident.visibility === "published" ? speaker(event, incident.spokenBy) : incident.spokenBy,
    ...(event.startedAt === undefined ? {} : { startGiven: true }),
  };
}

/** The incident after one more event. Total: an event that was written is true, whatever the table of moves says today. */
export function apply(incident: Incident | undefined, event: IncidentEvent): Incident {
  if (event.kind === "opened") return open(event);
  if (incident === undefined) throw new Error(`a timeline begins with "opened", not "${event.kind}"`);
  const touched = event.by.kind === "system" ? {} : { touched: true as const };
  return { ...change(incident, event), ...touched, version: incident.version + 1 };
}

function change(incident: Incident, event: IncidentEvent & { kind: Exclude<Happening["kind"], "opened"> }): Incident {
  switch (event.kind) {
    case "alert-attached":
      return attach(incident, [event], event.at);
    case "alerts-attached":
      return attach(incident, event.alerts, event.at);
    case "alert-ended":
      return endAlerts(incident, [event], event.at);
    case "alerts-ended":
      return endAlerts(incident, event.alerts, event.at);
    case "grown":
      return { ...incident, told: toldNow(incident, event.at) };
    case "flapping":
      return { ...incident, flapping: [...(incident.flapping ?? []), event.key] };
    case "split-off":
      return splitOff(incident, event);
    case "recovered":
      return { ...incident, ...enterPhase(incident, "monitoring", event.at) };
    case "relapsed":
      return { ...incident, ...enterPhase(incident, "investigating", event.at), backlog: false };
    case "acknowledged":
      return acknowledge(incident, event, event.until);
    case "taken":
      return {
        ...acknowledge(incident, event),
        spokenBy: incident.spokenBy === "tocsin" ? "people" : incident.spokenBy,
      };
    case "published":
      return {
        ...incident,
        visibility: "published",
        spokenBy: speaker(event, incident.spokenBy),
        ...(event.phase === undefined ? {} : { phase: event.phase }),
        clocks: { ...incident.clocks, published: event.at },
      };
    case "edited":
      return edit(incident, event);
    case "updated":
      return update(incident, event);
    case "revised":
    case "postmortem":
      return incident.visibility === "draft" ? incident : { ...incident, spokenBy: speaker(event, incident.spokenBy) };
    case "undone": {
      const { clocks, unset = [], ...was } = event.was;
      return { ...incident, ...was, clocks: without({ ...incident.clocks, ...clocks }, ...unset) };
    }
    case "noted":
    case "asked":
      return incident;
    case "resolved":
      return resolve(incident, event);
    case "reopened":
      return reopen(incident, event);
    case "dismissed":
      return {
        ...incident,
        visibility: "dismissed",
        ...over,
        clocks: { ...incident.clocks, resolved: incident.clocks.resolved ?? event.at },
        ...heldBy(event),
      };
    case "withdrawn":
      return {
        ...incident,
        visibility: "withdrawn",
        ...over,
        spokenBy: speaker(event, incident.spokenBy),
        clocks: { ...incident.clocks, resolved: incident.clocks.resolved ?? event.at },
        withdrawal: { at: event.at, correction: event.correction },
        ...heldBy(event),
      };
    case "merged":
      return {
        ...incident,
        ...over,
        mergedInto: event.into,
        clocks: { ...incident.clocks, resolved: incident.clocks.resolved ?? event.at },
      };
    case "absorbed":
      return absorb(incident, event);
  }
}

/** It ended for good: it answers to no alert any more. */
const over = { state: "resolved", phase: "resolved", backlog: false, alerts: [], evidence: {} } as const;

type Dismissing = IncidentEvent & { kind: "dismissed" | "withdrawn" };

function heldBy({ heldUntil, evidence }: Dismissing): Pick<Incident, "heldUntil" | "dismissedEvidence"> {
  return {
    ...(heldUntil === undefined ? {} : { heldUntil }),
    ...(evidence === undefined ? {} : { dismissedEvidence: evidence }),
  };
}

function update(incident: Incident, event: IncidentEvent & { kind: "updated" }): Incident {
  const notice =
    event.nextUpdateAt === undefined ? incident.notice : { ...incident.notice, nextUpdateAt: event.nextUpdateAt };
  return {
    ...incident,
    ...enterPhase(incident, event.phase, event.at),
    notice,
    backlog: event.backlog,
    spokenBy: speaker(event, incident.spokenBy),
  };
}

function resolve(incident: Incident, event: IncidentEvent & { kind: "resolved" }): Incident {
  const spokenBy = incident.visibility === "published" ? speaker(event, incident.spokenBy) : incident.spokenBy;
  return {
    ...incident,
    state: "resolved",
    phase: "resolved",
    backlog: false,
    spokenBy,
    clocks: { ...incident.clocks, resolved: event.endedAt },
  };
}

function reopen(incident: Incident, event: IncidentEvent): Incident {
  const clocks = without(incident.clocks, "resolved", "mitigated");
  const visibility = incident.visibility === "dismissed" ? "draft" : incident.visibility;
  const state = incident.clocks.acknowledged === undefined ? "triggered" : "acknowledged";
  return {
    ...without(incident, "heldUntil", "quietSince", "dismissedEvidence", "flapping"),
    visibility,
    state,
    phase: "investigating",
    backlog: false,
    clocks,
    reopenedAt: event.at,
    spokenBy: visibility === "published" ? speaker(event, incident.spokenBy) : incident.spokenBy,
  };
}
