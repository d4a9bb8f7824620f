// The looking half of a Sentry source: asks the API for what webhooks lose, most of all the end of what fires.
import { z } from "zod";
import { jsonState } from "../alerts/json-state.ts";
import { fingerprintOf, type Alert } from "../alerts/alert.ts";
import type { LookingSource } from "../alerts/source.ts";
import { mostAtOnce, type SentryApi } from "./sentry-api.ts";
import { isoSeconds, minute, type Instant } from "../lib/clock.ts";
import type { Issue } from "../shapes/sentry-json.ts";
import { endingOf, identifierLabel, issueFires, issueOf, type Around } from "./sentry-alerts.ts";

export type Poll = {
  readonly everyMs: number;
  readonly blindAfterMs: number;
  /** Slugs; absent: all that the token may see. */
  readonly projects?: readonly string[] | undefined;
  /** Whether an issue that no rule chose is an alert. */
  readonly newIssues: boolean;
  readonly around: Omit<Around, "now">;
};

const State = z.object({
  /** All that was first seen before this has been looked at. */
  since: z.number(),
});
type State = z.output<typeof State>;

/** An issue may be found this long after it was first seen: events are late, and so is the search. */
const overlap = 5 * minute;
/** Of those that a list does not have, so many are asked for one by one. */
const mostSingle = 20;
/** The status of a metric alert that is over. */
const closed = 2;

type Ours = { readonly id: string; readonly alert: Alert };

export function sentryPoll(api: SentryApi, poll: Poll): LookingSource<State> {
  return {
    kind: "looking",
    everyMs: poll.everyMs,
    blindAfterMs: poll.blindAfterMs,
    // It watches no component: without it the webhooks still come.
    components: [],
    ...jsonState(State),
    async look({ now, state, known }, signal) {
      signal.throwIfAborted();
      // Where nothing fires nothing else may be asked, and one that cannot be asked would be found out too late.
      if (!poll.newIssues) await api.reach(signal);
      const ours = (await known?.()) ?? [];
      const issues = ours.flatMap((alert): readonly Ours[] => {
        const id = issueOf(fingerprintOf(alert.key));
        return id === undefined ? [] : [{ id, alert }];
      });
      const metrics = ours.filter((alert) => issueOf(fingerprintOf(alert.key)) === undefined);
      const alerts = [
        ...(await changed(api, issues, now, poll.newIssues, signal)),
        ...(await closedMetrics(api, metrics, now, signal)),
        ...(poll.newIssues ? await unheard(api, poll, state?.since ?? now, { issues, now, signal }) : []),
      ];
      return { alerts, state: { since: now }, samples: [] };
    },
  };
}

/** What Sentry says of the issues that we know, where that is not what we know. */
async function changed(
  api: SentryApi,
  ours: readonly Ours[],
  now: Instant,
  newIssues: boolean,
  signal: AbortSignal,
): Promise<readonly Alert[]> {
  const asked = ours.filter(({ alert }) => newIssues || alert.status === "firing");
  const found = new Map<string, Issue>();
  for (let i = 0; i < asked.length; i += mostAtOnce) {
    const some = asked.slice(i, i + mostAtOnce).map(({ id }) => id);
    for (const issue of await api.issues(some, signal)) found.set(issue.id, issue);
  }
  const said: Alert[] = [];
  let single = 0;
  for (const { id, alert } of asked) {
    const issue = found.get(id);
    if (issue !== undefined) said.push(...differs(alert, issue, now));
    else if (alert.status === "firing" && ++single <= mostSingle)
      said.push(...(await missing(api, id, alert, now, signal)));
  }
  return said;
}

function ended(alert: Alert, why: string, now: Instant, endsAt = now): Alert {
  const at = Math.min(endsAt, now);
  return {
    ...alert,
    status: "resolved",
    startsAt: Math.min(alert.startsAt, at),
    endsAt: at,
    observedAt: now,
    summary: `${alert.summary}: ${why}`,
  };
}

/** Pure. An issue that has come back fires from its last event on. */
export function differs(alert: Alert, issue: Issue, now: Instant): readonly Alert[] {
  const ending = endingOf(issue.status);
  if (alert.status === "firing") return ending === undefined ? [] : [ended(alert, `${ending} in Sentry`, now)];
  const { lastSeen } = issue;
  if (issue.status !== "unresolved" || lastSeen === undefined || lastSeen <= (alert.endsAt ?? now)) return [];
  const { endsAt: _, ...rest } = alert;
  const summary = `${alert.summary.replace(/: (?:resolved|archived) in Sentry$/u, "")}: back in Sentry`;
  return [{ ...rest, status: "firing", startsAt: Math.min(lastSeen, now), observedAt: now, summary }];
}

/** Not in the list: deleted, merged into another, or of a project that the token may not see. */
async function missing(
  api: SentryApi,
  id: string,
  alert: Alert,
  now: Instant,
  signal: AbortSignal,
): Promise<readonly Alert[]> {
  const issue = await api.issue(id, signal);
  if (issue === undefined) return [ended(alert, "no longer in Sentry", now)];
  return differs(alert, issue, now);
}

async function closedMetrics(
  api: SentryApi,
  ours: readonly Alert[],
  now: Instant,
  signal: AbortSignal,
): Promise<readonly Alert[]> {
  const said: Alert[] = [];
  for (const alert of ours) {
    const identifier = alert.labels[identifierLabel];
    if (alert.status !== "firing" || identifier === undefined) continue;
    const incident = await api.incident(identifier, signal);
    if (incident === undefined) said.push(ended(alert, "no longer in Sentry", now));
    else if (incident.status === closed) said.push(ended(alert, "resolved in Sentry", now, incident.dateClosed));
  }
  return said;
}

type Round = { readonly issues: readonly Ours[]; readonly now: Instant; readonly signal: AbortSignal };

/** New issues that no webhook told us of. */
async function unheard(
  api: SentryApi,
  poll: Poll,
  since: Instant,
  { issues, now, signal }: Round,
): Promise<readonly Alert[]> {
  const heard = new Set(issues.map(({ id }) => id));
  const projects = poll.projects === undefined ? "" : ` project:[${poll.projects.join(",")}]`;
  const found = await api.search(`is:unresolved firstSeen:>=${isoSeconds(since - overlap)}${projects}`, signal);
  const unknown = found.filter((issue) => issue.status === "unresolved" && !heard.has(issue.id));
  return unknown.flatMap((issue) => issueFires(issue, issue.firstSeen, { ...poll.around, now }).alerts);
}
