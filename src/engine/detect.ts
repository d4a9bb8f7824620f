// Sends the looking sources to look. State and alerts are saved in one transaction; one that cannot look is news itself.
import { alertKey, type Alert } from "../alerts/alert.ts";
import type { PlannedWork } from "../alerts/planned-work.ts";
import type { Feedback } from "../alerts/feedback.ts";
import type { FinishedCount, LookingSource } from "../alerts/source.ts";
import { alertsOfIncidents, alertsOfSource } from "../alerts/alert-store.ts";
import { readSourceState, saveSourceState, type SourceState } from "../alerts/source-state-store.ts";
import type { Observed } from "../jobs/job-past.ts";
import { keepObserved } from "../jobs/observed-store.ts";
import { listIncidents } from "../incidents/incident-store.ts";
import type { SourceId } from "../config/names.ts";
import { bumpSequence } from "../db/record-store.ts";
import { fault } from "../lib/fault.ts";
import type { Sample } from "../monitors/sample.ts";
import { takePings, waitingPings } from "../monitors/ping-store.ts";
import { sayDuration } from "../lib/duration.ts";
import { cutAfter } from "../lib/deadline.ts";
import { reasonOf } from "../lib/result.ts";
import { day, isoSeconds, second, type Instant } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";
import { transact } from "./commit.ts";
import { takeAlerts } from "./correlate-alert.ts";
import type { Desk } from "./desk.ts";
import { cutOffWords, type CutOff } from "./cut-off.ts";
import { reviewUpstreamWork } from "./upstream-work.ts";
import type { LookNotes } from "./look-notes.ts";

/** A look that hangs is cut off: a monitor that waits for ever is blind without knowing. */
const longestLook = 60 * second;

type Looking = LookingSource<unknown>;

/** What the looks of one term have in common. */
export type Around = { readonly notes: LookNotes; readonly cutOff: CutOff };

/** What is known of a source: its row, and its state as the source itself holds it. */
type Known = { readonly row: SourceState | undefined; readonly state: unknown };

async function readKnown(desk: Desk, id: SourceId, source: Looking): Promise<Known> {
  const row = await readSourceState(desk.db, id);
  return { row, state: row?.state === undefined ? undefined : source.load(row.state) };
}

/**
 * One look of one source at each call, which returns how long to wait before the next. Made anew for each term of the
 * engine: within one nobody else writes the row, so it is read once, and again after a look that failed.
 */
export function makeLooker(
  desk: Desk,
  id: SourceId,
  source: Looking,
  around: Around,
): (signal: AbortSignal) => Promise<number> {
  let committed: Known | undefined;
  return async (signal) => {
    const before = committed ?? (await readKnown(desk, id, source));
    committed = undefined;
    const started = performance.now();
    try {
      const { known, again } = await look(desk, id, source, { ...around, before, signal });
      committed = known;
      desk.meter.looked(id, "ok", performance.now() - started);
      return again ? 0 : source.everyMs;
    } catch (thrown) {
      if (signal.aborted) return source.everyMs;
      desk.meter.looked(id, "failed", performance.now() - started);
      if (source.probes === true && !(thrown instanceof Uncounted)) await around.cutOff.unreached(id, signal);
      // What the broken look made of the state in memory is not trusted: the next one reads what was saved.
      await couldNotLook(desk, id, source, around.cutOff, before.row, reasonOf(thrown));
      return Math.min(source.everyMs, 30 * second);
    }
  };
}

type Looked = { readonly known: Known; readonly again: boolean };
type Looks = Around & { readonly before: Known; readonly signal: AbortSignal };

/** It saw that something is not reached, but that may be us. */
class Uncounted extends Error {}

async function look(desk: Desk, id: SourceId, source: Looking, looks: Looks): Promise<Looked> {
  const { before, notes, cutOff, signal } = looks;
  using cut = cutAfter(longestLook, signal);
  const learnt = source.learns === true ? await feedback(desk, id) : { dismissed: [] };
  const pings = source.hears === undefined ? [] : await waitingPings(desk.db, id);
  const now = desk.clock.now();
  const question = { now, state: before.state, feedback: learnt, pings, known: () => known(desk, id) };
  const seen = await source.look(question, cut.signal);
  if (seen.reached === true) await cutOff.reached(id);
  if (seen.reached === false && (await cutOff.unreached(id, cut.signal))) throw new Uncounted(cutOffWords);
  // What would have told us otherwise may not have come through: a ping, for one.
  if (cutOff.standing() === "declared" && seen.alerts.some(({ status }) => status === "firing"))
    throw new Uncounted(cutOffWords);
  const lookedAt = desk.clock.now();
  const sighted =
    before.row?.blind === true ? (wasTold(before.row) ? [sight(id, source, before.row, lookedAt)] : []) : undefined;
  const row: SourceState = { source: id, state: source.save(seen.state), lookedAt, okAt: lookedAt, blind: false };
  const { alerts, observed = [], planned } = seen;
  if (planned === undefined && alerts.length + pings.length + observed.length === 0 && isWritten(before.row, row))
    notes.note(id, lookedAt);
  else await takeLook(desk, row, { sighted, alerts, pings, observed, planned, now: lookedAt });
  if (seen.again !== true) {
    const ofJobs = seen.finished === undefined ? [] : [await jobSample(desk, id, source, seen.finished, lookedAt)];
    const samples = [...seen.samples, ...ofJobs];
    desk.samples?.saw({ source: id, endedAt: lookedAt, everyMs: source.everyMs, samples });
  }
  for (const finished of seen.finished ?? []) desk.meter.jobsFinished(finished.type, finished.result, finished.count);
  if (seen.jobs !== undefined) desk.meter.jobsSeen(id, seen.jobs);
  return { known: { row, state: seen.state }, again: seen.again === true };
}

/** All but its times stands in the database already. */
function isWritten(before: SourceState | undefined, row: SourceState): boolean {
  if (before?.state === undefined || row.state === undefined || before.failingSince !== undefined) return false;
  return Buffer.compare(before.state, row.state) === 0;
}

type Took = {
  /** Those of its blindness, when it is over. */
  readonly sighted: readonly Alert[] | undefined;
  readonly alerts: readonly Alert[];
  readonly pings: readonly { readonly id: number }[];
  readonly observed: readonly Observed[];
  readonly planned: readonly PlannedWork[] | undefined;
  readonly now: Instant;
};

async function takeLook(
  desk: Desk,
  row: SourceState,
  { sighted, alerts, pings, observed, planned, now }: Took,
): Promise<void> {
  const outcomes = await transact(desk, async (tx) => {
    const words = [...(sighted ?? []), ...alerts].map((alert) => ({ alert }));
    const done = await takeAlerts(tx, desk, words, now);
    await saveSourceState(tx, row);
    if (planned !== undefined) await reviewUpstreamWork(tx, desk, row.source, planned, now);
    await keepObserved(tx, row.source, observed, now);
    await takePings(tx, pings.map((ping) => ping.id)); // prettier-ignore
    if (sighted !== undefined) await bumpSequence(tx, now);
    return done;
  });
  fault("looked.committed");
  for (const outcome of outcomes) desk.meter.alertTaken(row.source, outcome);
  if (outcomes.length > 0 || planned !== undefined) desk.bell.ring();
}

/** A stream of jobs is up while none of its alarms fires. */
async function jobSample(
  desk: Desk,
  id: SourceId,
  source: Looking,
  ended: readonly FinishedCount[],
  at: Instant,
): Promise<Sample> {
  const fires = (await known(desk, id)).some(({ kind, status }) => status === "firing" && kind !== "blind");
  const sum = (counts: readonly FinishedCount[]): number => counts.reduce((all, { count }) => all + count, 0);
  const failed = ended.filter(({ result }) => result === "failure" || result === "error");
  const [component, ...others] = source.components;
  return {
    at,
    up: !fires,
    ...(component === undefined || others.length > 0 ? {} : { component }),
    ...(ended.length === 0 ? {} : { jobs: { finished: sum(ended), failed: sum(failed) } }),
  };
}

/** What was over longer ago does not come back as the same. */
const notLongAgo = 7 * day;

async function known(desk: Desk, id: SourceId): Promise<readonly Alert[]> {
  const alerts = await alertsOfSource(desk.db, id, desk.clock.now() - notLongAgo);
  return alerts.map(({ alert }) => alert);
}

/** Which of its alarms people dismissed as no outage, in the last day. */
async function feedback(desk: Desk, id: SourceId): Promise<Feedback> {
  const recent = await listIncidents(desk.db, { limit: 50 });
  const since = desk.clock.now() - day;
  const dismissed = recent.filter(
    (incident) => incident.visibility === "dismissed" && (incident.clocks.resolved ?? 0) >= since,
  );
  const ended = new Map(dismissed.map((incident) => [incident.number, incident.clocks.resolved ?? 0]));
  const keys = await alertsOfIncidents(desk.db, id, [...ended.keys()]);
  return { dismissed: keys.map(({ key, incident }) => ({ key, at: ended.get(incident) ?? 0 })) };
}

const blindness = "blind";

function blindAlert(
  id: SourceId,
  source: Looking,
  since: Instant,
  now: Instant,
  status: Alert["status"],
  summary: string,
): Alert {
  const component = source.components.length === 1 ? source.components[0] : undefined;
  return {
    key: alertKey(id, blindness),
    kind: "blind",
    status,
    severity: "warning",
    ...(component === undefined ? {} : { component }),
    summary,
    labels: { source: id },
    startsAt: since,
    ...(status === "resolved" ? { endsAt: now } : {}),
    observedAt: now,
  };
}

function sight(id: SourceId, source: Looking, before: SourceState, now: Instant): Alert {
  return blindAlert(id, source, before.failingSince ?? now, now, "resolved", `${id} can look again`);
}

/** The team has been told that it is blind; while Tocsin is cut off it hears of that alone. */
function wasTold(row: SourceState | undefined): boolean {
  return row?.blind === true && row.reason !== cutOffWords;
}

/** Blindness is news: after `blind_after` the team is told, and the components are unknown. */
async function couldNotLook(
  desk: Desk,
  id: SourceId,
  source: Looking,
  cutOff: CutOff,
  before: SourceState | undefined,
  reason: string,
): Promise<void> {
  const now = desk.clock.now();
  desk.samples?.blind(id, now);
  const since = before?.failingSince ?? now;
  const standing = cutOff.standing();
  // Cut off we see nothing, whoever looks; one word about that is enough.
  const blind =
    standing === "well" ? now - since >= source.blindAfterMs : standing === "declared" || before?.blind === true;
  const told = wasTold(before);
  const words = standing === "well" || told ? oneLine(reason, 300) : cutOffWords;
  if (before?.reason !== words || blind !== before.blind)
    desk.log.warn({ source: id, reason: words, blind }, "could not look");
  const row: SourceState = {
    source: id,
    ...(before?.state === undefined ? {} : { state: before.state }),
    ...(before?.okAt === undefined ? {} : { okAt: before.okAt }),
    lookedAt: now,
    failingSince: since,
    reason: words,
    blind,
  };
  await transact(desk, async (tx) => {
    await saveSourceState(tx, row);
    if (blind !== (before?.blind ?? false)) await bumpSequence(tx, now);
    if (!blind || told || standing !== "well") return;
    const summary = `${id} has not been able to look for ${sayDuration(now - since)} (since ${isoSeconds(since)}): ${words}`;
    await takeAlerts(tx, desk, [{ alert: blindAlert(id, source, since, now, "firing", summary) }], now);
  });
  if (blind) desk.bell.ring();
}
