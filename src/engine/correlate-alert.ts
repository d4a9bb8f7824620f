// Alerts find their incidents: open them, join them, end their part in them. A batch at a time, in the caller's transaction.
import { tocsin } from "../accounts/actor.ts";
import type { Alert } from "../alerts/alert.ts";
import { isHearsay } from "../alerts/hearsay.ts";
import { heardAgain, laterExpiry, saysTheSame } from "../alerts/repeats.ts";
import { silencedBy } from "../alerts/silence.ts";
import type { Tx } from "../db/schema.ts";
import {
  correlateAnew,
  correlateKnown,
  type Correlation,
  type KnownAlert,
  type Own,
  type Quiet,
} from "../incidents/correlate.ts";
import { draftFrom, quoting, troubleOf } from "../incidents/draft.ts";
import type { Incident, IncidentEvent, IncidentId } from "../incidents/incident.ts";
import { isNews } from "../incidents/obey-evidence.ts";
import { untouched } from "../incidents/relation.ts";
import { carefulNotice } from "../incidents/reminders.ts";
import { attachedBy, impactBy, routeOf, sayRoute, type Route } from "../incidents/route.ts";
import { quietedBy } from "../maintenance/maintenance.ts";
import { hour, minute, type Instant } from "../lib/clock.ts";
import { brand, uuidv7 } from "../lib/ids.ts";
import type { Desk } from "./desk.ts";
import { promisedUpdate } from "./promise.ts";
import { sayAlerts, type SaidAlert } from "./say-alerts.ts";
import { openScene, type Kept, type Scene } from "./scene.ts";

/** One word of a source: its alert names it. */
export type Word = {
  readonly alert: Alert;
  /** Heard of before, and looked at again: what has not changed is not written. */
  readonly again?: true;
  /** Why we say so, where the source itself did not: it stands in place of the usual reason. */
  readonly because?: string;
};
/** `repeat`: nothing came of it that anybody could see. */
export type Outcome = Correlation["do"] | "repeat";

/** Returns what became of each, for logs and metrics. */
export async function takeAlerts(
  tx: Tx,
  desk: Desk,
  words: readonly Word[],
  now: Instant,
): Promise<readonly Outcome[]> {
  const scene = await openScene(
    tx,
    desk,
    words.map(({ alert }) => alert.key),
    now,
  );
  const outcomes: Outcome[] = [];
  const said: SaidAlert[] = [];
  for (const word of words) outcomes.push(await takeWord(scene, desk, word, said));
  const heard = words.map(({ alert }) => alert);
  rename(scene, desk, heard);
  quote(scene, heard);
  await scene.write();
  await sayAlerts(tx, desk, said, now);
  return outcomes;
}

/** What is not observed again at least so often looks forgotten; more often is only writing. */
const observedEvery = minute;

/** An expiry is put off when half of the life that is left would be over. */
function isFresh(known: Alert, alert: Alert): boolean {
  if (alert.observedAt >= known.observedAt + observedEvery) return false;
  const { expiresAt } = laterExpiry(known, alert);
  if (expiresAt === undefined || known.expiresAt === undefined) return expiresAt === known.expiresAt;
  const left = expiresAt - alert.observedAt;
  return expiresAt >= known.expiresAt && known.expiresAt - alert.observedAt >= left / 2;
}

/** It fires on and says nothing new: the most frequent word of all, and the cheapest. */
function isRepeat(alert: Alert, { alert: known, quietBy }: Kept): boolean {
  return quietBy === undefined && saysTheSame(known, alert);
}

async function takeWord(
  scene: Scene,
  desk: Desk,
  { alert, again, because }: Word,
  said: SaidAlert[],
): Promise<Outcome> {
  const before = scene.known(alert.key);
  const last = before?.incident === undefined ? undefined : await scene.incident(before.incident, alert.key);
  if (before !== undefined && last !== undefined && isRepeat(alert, before) && scene.holds(last, alert.key)) {
    if (!isFresh(before.alert, alert)) scene.keep({ ...before, alert: heardAgain(before.alert, alert) });
    return "repeat";
  }
  const known = before === undefined ? undefined : knownOf(before);
  const route = routeOf(desk.routes, alert);
  const decided = await decide(scene, desk, alert, { known, last, opens: route.opens });
  const decision = because === undefined || decided.do === "hold" ? decided : { ...decided, because };
  if (again === true && decision.do === "quiet" && decision.by === before?.quietBy) return "quiet";
  const summary = because === undefined ? alert.summary : `${alert.summary} (${because})`;
  const told = { ...alert, summary: afterQuiet(summary, before?.quietBy) };
  const incident = await carryOut(scene, desk, told, decision, route);
  if (decision.do === "say") said.push({ alert: told, channels: route.channels });
  remember(scene, alert, before, decision, incident ?? last?.number, route);
  return decision.do;
}

/** Who is called hears why only now. */
function afterQuiet(summary: string, quietBy: string | undefined): string {
  const [what, which] = quietBy?.split(":") ?? [];
  if (what === "maintenance")
    return `${summary} (it has fired since maintenance ${which ?? ""}, which keeps it quiet no longer)`;
  return what === "silence" ? `${summary} (it was silenced until now)` : summary;
}

function knownOf({ alert, incident, fired, quietBy }: Kept): KnownAlert {
  return {
    key: alert.key,
    status: alert.status,
    startsAt: alert.startsAt,
    saidStart: alert.saidStart ?? alert.startsAt,
    heardAt: alert.observedAt,
    fired,
    ...(alert.endsAt === undefined ? {} : { endsAt: alert.endsAt }),
    ...(incident === undefined ? {} : { incident }),
    ...(quietBy === undefined ? {} : { quiet: true as const }),
  };
}

/** Reads what is around it only when the alert alone does not settle it. */
async function decide(scene: Scene, desk: Desk, alert: Alert, own: Omit<Own, "quiet">): Promise<Correlation> {
  // An episode that is told of again began when it was first heard of.
  const startsAt = own.known?.status === "firing" ? Math.min(own.known.startsAt, alert.startsAt) : alert.startsAt;
  const quiet = await quietFor(scene, { ...alert, startsAt });
  const settled = correlateKnown(alert, { ...own, quiet });
  if (settled !== undefined) return settled;
  const [open, dismissed] = [await scene.open(), await scene.dismissed()];
  return correlateAnew(alert, { ...own, quiet, open, dismissed, depends: desk.depends });
}

async function quietFor(scene: Scene, alert: Alert): Promise<Quiet | undefined> {
  const silence = silencedBy(await scene.silences(), alert, scene.now);
  if (silence !== undefined) return { by: `silence:${silence.id}`, because: `silenced: ${silence.reason}` };
  const window = quietedBy(await scene.maintenances(), alert, scene.now);
  const planned = alert.quote?.planned;
  if (window === undefined && planned !== undefined)
    return { by: "upstream", because: `${alert.quote?.by ?? "the upstream"} planned it: ${planned}` };
  if (window === undefined) return undefined;
  return { by: `maintenance:${window.number}`, because: `maintenance ${window.number} is on: ${window.title}` };
}

/** A late or repeated word opens nothing and ends nothing. */
function isLate(alert: Alert, known: Alert): boolean {
  if (known.status === "resolved") return true;
  return (
    alert.status === "resolved" && alert.endsAt !== undefined && alert.endsAt < (known.saidStart ?? known.startsAt)
  );
}

/** Only a later end is worth keeping: it also ends an episode whose first word is still on its way. */
function lastEnd(alert: Alert, known: Alert): Alert {
  if (known.status !== "resolved" || alert.endsAt === undefined || alert.endsAt <= (known.endsAt ?? 0)) return known;
  return { ...known, endsAt: alert.endsAt };
}

/** An episode keeps the earliest start it was ever given; a resolve keeps the start of what it ends. */
function episode(alert: Alert, before: Alert | undefined, decision: Correlation): Alert {
  if (before === undefined) return alert;
  const same = before.status === "firing" || decision.do === "reopen";
  if (!same) return alert;
  const lives = alert.status === "firing" ? laterExpiry(before, alert) : {};
  return { ...alert, startsAt: Math.min(alert.startsAt, before.startsAt), ...lives };
}

const mostFirings = 10;

function firings(alert: Alert, before: Kept | undefined): readonly Instant[] {
  const recent = (before?.fired ?? []).filter((at) => at > alert.observedAt - hour);
  const anew = alert.status === "firing" && before?.alert.status !== "firing";
  return (anew ? [...recent, alert.observedAt] : recent).slice(-mostFirings);
}

/** The last word on the alert, and why it did what it did. */
function remember(
  scene: Scene,
  alert: Alert,
  before: Kept | undefined,
  decision: Correlation,
  incident: number | undefined,
  route: Route,
): void {
  const because = decision.because;
  const belongs = incident === undefined ? {} : { incident };
  const news = before === undefined || before.because !== because || before.alert.status !== alert.status;
  if (news && !(decision.do === "attach" && before?.alert.status === "firing" && before.incident === incident)) {
    const routed = decision.do === "open" && route.number > 0 ? `${because}; ${sayRoute(route)}` : because;
    scene.log({ key: alert.key, at: scene.now, did: sayDid(decision, alert), because: routed, ...belongs });
  }
  if (before !== undefined && decision.do === "nothing" && isLate(alert, before.alert)) {
    const last = lastEnd(alert, before.alert);
    if (news || last !== before.alert) scene.keep({ ...before, alert: last, because });
    return;
  }
  scene.keep({
    alert: episode(alert, before?.alert, decision),
    because,
    fired: firings(alert, before),
    ...belongs,
    ...(decision.do === "quiet" ? { quietBy: decision.by } : {}),
    ...(decision.do === "hold" ? { heldUntil: decision.until } : {}),
  });
}

function sayDid(decision: Correlation, alert: Alert): string {
  const words = { open: "opened", attach: "joined", reopen: "reopened", end: "ended", hold: "held", quiet: "quiet" };
  if (decision.do === "say") return "said";
  if (decision.do === "nothing") return alert.status === "firing" ? "fired" : "resolved";
  return words[decision.do];
}

async function carryOut(
  scene: Scene,
  desk: Desk,
  alert: Alert,
  decision: Correlation,
  route: Route,
): Promise<number | undefined> {
  const { now } = scene;
  switch (decision.do) {
    case "quiet":
    case "say":
      return undefined;
    case "nothing":
      return decision.incident?.number;
    case "open":
      return open(scene, desk, alert, route);
    case "attach":
      return join(scene, alert, decision, route);
    case "reopen":
      scene.change(decision.incident.number, [{ do: "reopen", by: tocsin, at: now }]);
      scene.attach(decision.incident.number, attachedBy(alert, route));
      return decision.incident.number;
    case "end":
      scene.end(decision.incident.number, { key: alert.key, summary: alert.summary });
      return decision.incident.number;
    case "hold":
      return scene.change(decision.incident.number, [
        { do: "hold-alert", by: tocsin, at: now, key: alert.key, because: decision.because },
      ]).number;
  }
}

async function open(scene: Scene, desk: Desk, alert: Alert, route: Route): Promise<number> {
  const { now } = scene;
  const component = alert.component === undefined ? undefined : desk.components.get(alert.component);
  const draft = draftFrom(alert, component, desk.templates);
  const event: IncidentEvent = {
    kind: "opened",
    at: now,
    by: tocsin,
    id: brand<IncidentId>(uuidv7(now)),
    number: await scene.nextNumber(),
    impact: route.status === undefined ? draft.impact : impactBy(alert, route),
    notice: draft.notice,
    startedAt: Math.min(alert.startsAt, now),
    summary: alert.summary,
    alerts: [alert.key],
    coverage: alert.coverage === undefined ? [] : [alert.coverage],
    ...(route.channels === undefined ? {} : { channels: route.channels }),
  };
  const incident = scene.begin(event);
  // What an upstream says of itself is a draft, whatever the route.
  if (route.opens === "publish" && !isHearsay(alert.key)) publishAtOnce(scene, desk, incident);
  return event.number;
}

/** Its route lets Tocsin speak at once, in careful words. One that names no component waits for a human all the same. */
function publishAtOnce(scene: Scene, desk: Desk, incident: Incident): void {
  const { now } = scene;
  if (Object.keys(incident.impact).length === 0) return;
  const notice = { ...carefulNotice(incident), nextUpdateAt: promisedUpdate(desk, incident.impact, now) };
  scene.change(incident.number, [
    { do: "edit", by: tocsin, at: now, notice },
    { do: "publish", by: tocsin, at: now, text: "We are looking into it." },
  ]);
}

/** The alert joins; drafts that it shows to be the same trouble go on in the oldest. */
async function join(
  scene: Scene,
  alert: Alert,
  { incident, absorbs }: Correlation & { do: "attach" },
  route: Route,
): Promise<number> {
  const { number } = incident;
  const attached = attachedBy(alert, route);
  if (isNews(incident, attached)) scene.attach(number, attached);
  for (const other of absorbs) {
    const from = await scene.incident(other.number);
    if (from === undefined) continue;
    scene.change(number, [{ do: "absorb", by: tocsin, at: scene.now, from }]);
    scene.change(other.number, [{ do: "merge", by: tocsin, at: scene.now, into: number }]);
  }
  return number;
}

/** Drafts that grew over several components, and that nobody has touched, are named anew. */
function rename(scene: Scene, desk: Desk, heard: readonly Alert[]): void {
  for (const incident of scene.joined()) {
    if (!untouched(incident)) continue;
    const notice = troubleOf(incident, heard, desk);
    if (notice === undefined || notice.title === incident.notice.title) continue;
    scene.change(incident.number, [{ do: "edit", by: tocsin, at: scene.now, notice }]);
  }
}

/** A draft carries what upstreams say of the trouble, and their links. What users read already, people change. */
function quote(scene: Scene, heard: readonly Alert[]): void {
  const words = heard.filter((alert) => alert.quote !== undefined && alert.status === "firing");
  if (words.length === 0) return;
  for (const incident of scene.joined()) {
    if (incident.visibility !== "draft" || incident.state === "resolved") continue;
    const mine = words.filter(({ key }) => incident.alerts.includes(key));
    const { links, quotes } = mine.reduce((notice, alert) => quoting(notice, alert), incident.notice);
    if (quotes === undefined || quotes === incident.notice.quotes) continue;
    scene.change(incident.number, [{ do: "edit", by: tocsin, at: scene.now, notice: { links, quotes } }]);
  }
}
