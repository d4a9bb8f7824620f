// Which incident an alert belongs to. Pure; returns what to do and why.
import type { Alert, AlertKey } from "../alerts/alert.ts";
import type { Dependencies } from "../components/depends.ts";
import { hour, minute, type Instant } from "../lib/clock.ts";
import { holdingBack, outgrown, type Dismissed } from "./dismissal.ts";
import type { Incident } from "./incident.ts";
import { relatedTo, untouched, type Standing } from "./relation.ts";

/** What we knew of this alert before. */
export type KnownAlert = {
  readonly key: AlertKey;
  readonly status: "firing" | "resolved";
  readonly startsAt: Instant;
  /** As its source gave it last: the episode may have an earlier one. */
  readonly saidStart: Instant;
  readonly endsAt?: Instant;
  /** When its last word came. */
  readonly heardAt: Instant;
  readonly incident?: number;
  /** Nobody was told of it. */
  readonly quiet?: true;
  /** When it was heard to fire anew, of late; oldest first. */
  readonly fired: readonly Instant[];
};

/** Nobody is told for now: by a silence, a maintenance. */
export type Quiet = { readonly by: string; readonly because: string };

/** What the alert brings with it. */
export type Own = {
  readonly known: KnownAlert | undefined;
  /** The incident that this alert last belonged to, after merges. */
  readonly last: Incident | undefined;
  /** What its route lets it do: open a draft or publish, only join, or only be said. */
  readonly opens: "draft" | "publish" | "attach" | "none";
  readonly quiet: Quiet | undefined;
};

export type Surroundings = Own & {
  /** All that are not resolved. */
  readonly open: readonly Standing[];
  readonly dismissed: readonly Dismissed[];
  readonly depends: Dependencies;
};

export type Correlation =
  | { readonly do: "open"; readonly because: string }
  /** `absorbs`: other drafts that this alert shows to be the same. */
  | {
      readonly do: "attach";
      readonly incident: Incident;
      readonly absorbs: readonly Incident[];
      readonly because: string;
    }
  | { readonly do: "reopen" | "end"; readonly incident: Incident; readonly because: string }
  /** It flaps: its end does not count before `until`. */
  | { readonly do: "hold"; readonly incident: Incident; readonly until: Instant; readonly because: string }
  | { readonly do: "quiet"; readonly by: string; readonly because: string }
  /** Told to the channels of its route, and no incident. */
  | { readonly do: "say"; readonly because: string }
  /** `incident`: a dismissed one, which it belongs to and which holds it back. */
  | { readonly do: "nothing"; readonly incident?: Incident; readonly because: string };

/** An episode that fires again within this time of its end is the same one. */
const reopenWithin = hour;

/** Fired so often within so long: it flaps, and is over when it has been quiet for as long as `calmAfter`. */
const flapTimes = 3;
const flapWithin = 30 * minute;
const calmAfter = 15 * minute;

const nothing = (because: string): Correlation => ({ do: "nothing", because });

function endingOf(alert: Alert, { known, opens, quiet }: Own, mine: Incident | undefined): Correlation {
  if (known === undefined) return nothing("it resolves an alert that never fired here");
  if (known.status === "resolved") return nothing("it had resolved already");
  if (alert.endsAt !== undefined && alert.endsAt < known.saidStart)
    return nothing("it is late: the alert has fired again since it ended");
  if (mine === undefined)
    return opens === "none" && quiet === undefined && known.quiet !== true
      ? { do: "say", because: "it has ended" }
      : nothing("it has ended, and nobody was told of it");
  if (mine.state === "resolved" && !mine.alerts.includes(alert.key)) return nothing("its incident is over");
  const times = known.fired.filter((at) => at > alert.observedAt - flapWithin).length;
  if (times >= flapTimes && mine.state !== "resolved")
    return {
      do: "hold",
      incident: mine,
      until: alert.observedAt + calmAfter,
      because: `it flaps: it fired ${times} times within ${flapWithin / minute} min; it is over when it is quiet for ${calmAfter / minute} min`,
    };
  return { do: "end", incident: mine, because: "its last word was firing" };
}

/** So long a word may be under way, by retries and through queues. */
const latest = 10 * minute;

/**
 * A late or repeated word opens nothing. What is said long after the end is not late, whatever its start: a sender that
 * had lost sight of the trouble gives the old start when it sees it again.
 */
function isLate(alert: Alert, known: KnownAlert | undefined): boolean {
  if (known?.status !== "resolved" || known.endsAt === undefined) return false;
  if (alert.observedAt > known.heardAt + latest) return false;
  return alert.startsAt < known.endsAt || alert.startsAt <= known.startsAt;
}

/** What the alert and its own incident settle between them; undefined for a new episode, which needs a look around. */
export function correlateKnown(alert: Alert, around: Own): Correlation | undefined {
  const { known, last } = around;
  if (alert.status === "resolved") return endingOf(alert, around, last);
  if (isLate(alert, known)) return nothing("it is late or repeated: that episode has ended");
  if (last !== undefined && last.state !== "resolved" && last.mergedInto === undefined)
    return { do: "attach", incident: last, absorbs: [], because: "it belongs to it already" };
  const held = heldBack(alert, known, last);
  if (held !== undefined) return held;
  if (around.quiet !== undefined) return { do: "quiet", ...around.quiet };
  if (around.opens !== "none") return undefined;
  if (known?.status === "firing" && known.quiet !== true)
    return nothing("its route opens no incident, and it was said");
  return { do: "say", because: "its route opens no incident" };
}

export function correlate(alert: Alert, around: Surroundings): Correlation {
  return correlateKnown(alert, around) ?? correlateAnew(alert, around);
}

/** What people have decided about its incident goes on to hold. */
function heldBack(alert: Alert, known: KnownAlert | undefined, mine: Incident | undefined): Correlation | undefined {
  if (mine === undefined || outgrown(alert, mine)) return undefined;
  if (mine.heldUntil !== undefined && mine.heldUntil > alert.observedAt)
    return nothing(`incident ${mine.number} was ${mine.visibility}, and that holds`);
  if (known?.status !== "firing") return undefined;
  if (mine.visibility === "dismissed")
    return nothing(`incident ${mine.number} was dismissed, and its episode has not ended`);
  return nothing(`incident ${mine.number} was resolved while it fired`);
}

/** A new episode, or one that nobody was told of until now. */
export function correlateAnew(alert: Alert, around: Surroundings): Correlation {
  const { known, opens, last: mine } = around;
  const related = relatedTo(alert, around.open, around.depends);
  const [first, ...others] = related;
  if (first !== undefined) {
    // Only what nobody has touched is put together by itself.
    const absorbs = untouched(first.incident) ? others.map(({ incident }) => incident) : [];
    return { do: "attach", incident: first.incident, absorbs, because: first.because };
  }
  if (opens === "attach")
    return { do: "quiet", by: "route", because: "its route only joins incidents, and none is open that it belongs to" };
  const endedAgo = mine?.clocks.resolved === undefined ? Infinity : alert.observedAt - mine.clocks.resolved;
  if (mine?.visibility === "draft" && mine.mergedInto === undefined && endedAgo <= reopenWithin)
    return { do: "reopen", incident: mine, because: "it fires again within an hour" };
  const holder = holdingBack(alert, around.dismissed);
  if (holder !== undefined) {
    const because = `incident ${holder.number} about the same was dismissed, and that holds until the evidence doubles`;
    return { do: "nothing", incident: holder, because };
  }
  if (mine !== undefined && outgrown(alert, mine))
    return { do: "open", because: `the evidence has doubled since incident ${mine.number} was ${mine.visibility}` };
  return { do: "open", because: known === undefined ? "nobody knew of it" : "a new episode" };
}
