// What an open incident asks for by the clock: an automatic notice, an automatic end, a promise that is due. Pure.
import type { AlertKey } from "../alerts/alert.ts";
import { isHearsay } from "../alerts/hearsay.ts";
import type { Instant } from "../lib/clock.ts";
import type { Incident } from "./incident.ts";
import { lacks } from "./notice.ts";
import { growthIsDue } from "./obey-evidence.ts";

export type Rules = {
  readonly automaticNotice?: {
    readonly afterMs: number;
    readonly afterAckMs: number;
    readonly from?: readonly string[];
  };
  readonly automaticResolve?: { readonly afterMs: number };
};

export type Reminder =
  /** Nobody has told the users: Tocsin does, in careful words. */
  | { readonly kind: "publish" }
  /** More is hit than the team was told a minute ago. */
  | { readonly kind: "grown" }
  /** Only Tocsin ever spoke, and the evidence has ended. */
  | { readonly kind: "resolve" }
  /** The next update was promised for `promisedAt`, and that has passed. */
  | { readonly kind: "update-overdue"; readonly promisedAt: Instant }
  /** An automatic notice is due but the incident cannot be told: the team must say what it lacks. */
  | { readonly kind: "cannot-publish"; readonly lacks: readonly string[] }
  /** The acknowledgement was for a while, and the while is over. */
  | { readonly kind: "acknowledgement-over"; readonly until: Instant };

function detectedBy(alerts: readonly AlertKey[], from: readonly string[] | undefined): boolean {
  return from === undefined || alerts.some((key) => from.some((source) => key.startsWith(`${source}/`)));
}

function aboutNotice(incident: Incident, rules: Rules, now: Instant): readonly Reminder[] {
  const rule = rules.automaticNotice;
  if (rule === undefined || incident.visibility !== "draft" || incident.alerts.length === 0) return [];
  // That we cannot see is the team's trouble, and the page says "unknown" by itself. What an upstream says of itself is no
  // evidence that our users suffer: a human may publish it, Tocsin does not.
  const own = incident.alerts.filter((key) => !key.endsWith("/blind") && !isHearsay(key));
  if (own.length === 0 || !detectedBy(own, rule.from)) return [];
  const wait = incident.state === "acknowledged" ? rule.afterAckMs : rule.afterMs;
  if (now < Math.max(incident.reopenedAt ?? incident.clocks.detected, incident.raisedAt ?? 0) + wait) return [];
  const left = unfillable(incident);
  return left.length > 0 ? [{ kind: "cannot-publish", lacks: left }] : [{ kind: "publish" }];
}

/** What a human left empty, Tocsin fills in, and it promises the next update; a component or a link it cannot make up. */
function unfillable(incident: Incident): readonly string[] {
  const filled = { ...incident.notice, ...carefulNotice(incident) };
  const fields = lacks(filled).map((lack) => lack.field);
  return [
    ...fields.filter((field) => field !== "next-update"),
    ...(Object.keys(incident.impact).length === 0 ? ["component"] : []),
  ];
}

/** All that is due now. */
export function remindersOf(incident: Incident, rules: Rules, now: Instant): readonly Reminder[] {
  if (incident.state === "resolved") return [];
  const due: Reminder[] = [...aboutNotice(incident, rules, now)];
  if (growthIsDue(incident, now)) due.push({ kind: "grown" });
  const over = incident.quietSince;
  const alone = incident.spokenBy === "tocsin" && incident.state === "triggered" && incident.alerts.length === 0;
  if (
    rules.automaticResolve !== undefined &&
    alone &&
    over !== undefined &&
    now >= over + rules.automaticResolve.afterMs
  )
    due.push({ kind: "resolve" });
  const promisedAt = incident.notice.nextUpdateAt;
  if (incident.visibility === "published" && promisedAt !== undefined && now >= promisedAt)
    due.push({ kind: "update-overdue", promisedAt });
  const until = incident.acknowledgedUntil;
  if (until !== undefined && now >= until) due.push({ kind: "acknowledgement-over", until });
  return due;
}

/** The careful fillings of an automatic notice, for the fields that nobody has filled. */
export function carefulNotice(incident: Incident): Partial<Incident["notice"]> {
  const careful: Readonly<Record<string, Partial<Incident["notice"]>>> = {
    scope: { scope: "Something is not right; we are looking into it." },
    affected: { affected: "Not known yet." },
    alternative: { alternatives: ["none known"] },
    eta: { eta: "unknown" },
    retrigger: { retrigger: "Not known yet; please wait for our next update." },
    title: { title: "We are seeing trouble" },
  };
  return lacks(incident.notice).reduce<Partial<Incident["notice"]>>(
    (filled, lack) => ({ ...filled, ...careful[lack.field] }),
    {},
  );
}
