// The orphan hunter: asks senders about what fires by their word, and closes what they forgot to resolve.
import type { Alert, AlertKey } from "../alerts/alert.ts";
import { firingOf, readAlerts } from "../alerts/alert-store.ts";
import { appendDecisions } from "../alerts/decision-store.ts";
import type { StillFiring, WebhookSource } from "../alerts/source.ts";
import { readSourceStates, saveSourceState } from "../alerts/source-state-store.ts";
import type { SourceId } from "../config/names.ts";
import { correlateAlone } from "../db/one-at-a-time.ts";
import { isoSeconds, minute, second, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { failed, reasonOf, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import { transact } from "./commit.ts";
import { takeAlerts, type Word } from "./correlate-alert.ts";
import type { Desk } from "./desk.ts";
import { over } from "./group-ends.ts";
import type { Turn } from "./turns.ts";

const askedEvery = 2 * minute;
const longestAnswer = 30 * second;

/** What was heard of just now is not asked about: its sender may not have told itself yet. */
const youngest = minute;

const orphaned = "source no longer reports it";

type Asking = WebhookSource & { readonly stillFiring: NonNullable<WebhookSource["stillFiring"]> };

const canBeAsked = (source: WebhookSource): source is Asking => source.stillFiring !== undefined;

/** One turn asks every source once; a source that hangs keeps only this loop waiting, and not for long. */
export function makeOrphanHunter(desk: Desk): Turn {
  /** What each source said was gone when it was last asked: one that restarts may have forgotten it for a moment. */
  const suspects = new Map<SourceId, ReadonlySet<AlertKey>>();
  return async (signal) => {
    for (const { id, source } of desk.sources.values()) {
      if (source.kind !== "webhook" || !canBeAsked(source) || signal.aborted) continue;
      suspects.set(id, await hunt(desk, id, source, suspects.get(id) ?? new Set(), signal));
    }
    return askedEvery;
  };
}

async function hunt(
  desk: Desk,
  id: SourceId,
  source: Asking,
  suspected: ReadonlySet<AlertKey>,
  signal: AbortSignal,
): Promise<ReadonlySet<AlertKey>> {
  const askedAt = desk.clock.now();
  const firing = (await firingOf(desk.db, id)).filter(({ observedAt }) => observedAt <= askedAt - youngest);
  if (firing.length === 0) return new Set();
  const said = await ask(source, firing, askedAt, signal);
  if (signal.aborted) return suspected;
  await note(desk, id, said.ok ? undefined : oneLine(said.error, 300), firing);
  // It knew nothing this time; what it said before is not said twice in a row.
  if (!said.ok) return new Set();
  const { gone, missed } = said.value;
  const orphans = gone.filter((key) => suspected.has(key));
  if (orphans.length > 0 || missed.length > 0) await take(desk, id, orphans, missed, askedAt);
  return new Set(gone.filter((key) => !orphans.includes(key)));
}

async function ask(
  source: Asking,
  firing: readonly Alert[],
  now: Instant,
  signal: AbortSignal,
): Promise<Result<StillFiring, string>> {
  const cut = AbortSignal.any([signal, AbortSignal.timeout(longestAnswer)]);
  try {
    return await source.stillFiring(firing, { now, signal: cut });
  } catch (thrown) {
    return failed(reasonOf(thrown));
  }
}

/** What was heard again since we asked fires after all. */
async function take(
  desk: Desk,
  id: SourceId,
  orphans: readonly AlertKey[],
  missed: readonly Alert[],
  askedAt: Instant,
): Promise<void> {
  const outcomes = await transact(desk, async (tx) => {
    await correlateAlone(tx);
    const now = desk.clock.now();
    const known = await readAlerts(tx, orphans);
    const ended = known.flatMap(({ alert }): readonly Word[] =>
      alert.status === "firing" && alert.observedAt <= askedAt ? [{ alert: over(alert, now), because: orphaned }] : [],
    );
    return takeAlerts(tx, desk, [...ended, ...missed.map((alert) => ({ alert }))], now);
  });
  for (const outcome of outcomes) desk.meter.alertTaken(id, outcome);
  if (outcomes.length > 0) desk.bell.ring();
}

/** A sender that cannot be asked is told of once, wherever somebody would look: the log, and `alert why` of all that stays open. */
async function note(desk: Desk, id: SourceId, reason: string | undefined, firing: readonly Alert[]): Promise<void> {
  const place = brand<SourceId>(`${id}/asked`);
  const before = (await readSourceStates(desk.db)).get(place);
  const now = desk.clock.now();
  const well = reason === undefined;
  const okAt = well ? now : before?.okAt;
  const failing = well ? {} : { failingSince: before?.failingSince ?? now, reason };
  const seen = okAt === undefined ? {} : { okAt };
  await transact(desk, async (tx) => {
    await saveSourceState(tx, { source: place, ...seen, ...failing, lookedAt: now, blind: false });
    if (well || before?.failingSince !== undefined) return;
    const because = `${id} cannot be asked whether it still fires: ${reason}; it stays open`;
    await appendDecisions(tx, firing.map(({ key }) => ({ key, at: now, did: "kept", because }))); // prettier-ignore
  });
  if (!well && before?.failingSince === undefined)
    desk.log.warn(
      { source: id, reason, alerts: firing.length },
      "cannot ask whether its alerts still fire; they stay open",
    );
  if (well && before?.failingSince !== undefined)
    desk.log.info({ source: id, since: isoSeconds(before.failingSince) }, "can be asked about its alerts again");
}
