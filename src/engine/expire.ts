// What its sender fell silent about: alerts that were to be said again and were not, and senders whose sign of life is overdue.
import type { Alert } from "../alerts/alert.ts";
import { expiredAlerts, readAlert, readAlerts } from "../alerts/alert-store.ts";
import { oldestInInbox } from "../alerts/inbox-store.ts";
import type { SignOfLife } from "../alerts/source.ts";
import type { SourceId } from "../config/names.ts";
import { correlateAlone } from "../db/one-at-a-time.ts";
import { minute, second, type Instant } from "../lib/clock.ts";
import { transact } from "./commit.ts";
import { takeAlerts, type Word } from "./correlate-alert.ts";
import type { Desk } from "./desk.ts";
import { over } from "./group-ends.ts";
import type { Turn } from "./turns.ts";

const lookEvery = 5 * second;
const batch = 500;

/** After a start senders may say again what we could not hear while we were down: Prometheus does each minute. */
const grace = 2 * minute;

const because = "its sender has not said it again in time";

export function makeExpirer(desk: Desk): Turn {
  const since = desk.clock.now();
  return async () => {
    const now = desk.clock.now();
    // What waits may be the very word that was missing.
    const oldest = await oldestInInbox(desk.db);
    const heardUntil = oldest ?? now;
    // Of what was heard since, nothing is missing.
    const heardSince = now >= since + grace ? 0 : since;
    while ((await expireSome(desk, heardUntil, heardSince, now)) === batch);
    for (const { id, source } of desk.sources.values())
      if (source.kind === "webhook" && source.signOfLife !== undefined)
        await missSign(desk, id, source.signOfLife, since, heardUntil);
    return lookEvery;
  };
}

async function expireSome(desk: Desk, heardUntil: Instant, heardSince: Instant, now: Instant): Promise<number> {
  const expired = await expiredAlerts(desk.db, heardUntil, batch);
  const found = expired.filter(({ observedAt }) => observedAt >= heardSince);
  if (found.length === 0) return 0;
  const words = await transact(desk, async (tx) => {
    await correlateAlone(tx);
    const known = await readAlerts(tx, found.map(({ key }) => key)); // prettier-ignore
    const ended = known.flatMap(({ alert }): readonly Word[] =>
      alert.status === "firing" && alert.expiresAt !== undefined && alert.expiresAt <= heardUntil
        ? [{ alert: over(alert, now), because }]
        : [],
    );
    await takeAlerts(tx, desk, ended, now);
    return ended;
  });
  if (words.length > 0) desk.bell.ring();
  return found.length;
}

/** Heard again, it resolves by its own word. */
async function missSign(
  desk: Desk,
  id: SourceId,
  sign: SignOfLife,
  since: Instant,
  heardUntil: Instant,
): Promise<void> {
  const known = (await readAlert(desk.db, sign.key))?.alert;
  if (known?.status === "firing") return;
  const last = Math.max(since, known?.endsAt ?? 0);
  if (heardUntil < last + sign.afterMs) return;
  const alert: Alert = sign.missing(known?.endsAt, desk.clock.now());
  await transact(desk, (tx) => takeAlerts(tx, desk, [{ alert }], desk.clock.now()));
  desk.meter.alertTaken(id, "open");
  desk.bell.ring();
}
