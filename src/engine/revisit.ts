// Alerts that wait for something: one that flapped has been calm, a silence or a maintenance has ended, an incident has opened
// that a waiting one belongs to. What is decided is what would be decided if they were heard of now.
import { calmAlerts, quietAlerts } from "../alerts/alert-store.ts";
import type { Instant } from "../lib/clock.ts";
import { correlateAlone } from "../db/one-at-a-time.ts";
import type { Tx } from "../db/schema.ts";
import { transact } from "./commit.ts";
import { takeAlerts, type Outcome } from "./correlate-alert.ts";
import type { Desk } from "./desk.ts";
import { openScene } from "./scene.ts";

const batch = 500;

/** Cheap when nothing waits: two looks at indexes that hold only what does. */
export async function revisit(desk: Desk): Promise<void> {
  const calm = await endCalm(desk);
  const heard = await takeQuietAgain(desk);
  if (calm || heard) desk.bell.ring();
}

/** True when an alert ended. */
async function endCalm(desk: Desk): Promise<boolean> {
  const now = desk.clock.now();
  if ((await calmAlerts(desk.db, now, 1)).length === 0) return false;
  return transact(desk, async (tx) => {
    await correlateAlone(tx);
    const calm = await calmAlerts(tx, now, batch);
    if (calm.length === 0) return false;
    const scene = await openScene(
      tx,
      desk,
      calm.map(({ alert }) => alert.key),
      now,
    );
    for (const { firstSeenAt: _seen, heldUntil: _held, ...kept } of calm) {
      const { key, summary } = kept.alert;
      const incident = kept.incident === undefined ? undefined : await scene.incident(kept.incident);
      const because = "it has been calm for long enough";
      if (incident?.alerts.includes(key) === true) scene.end(incident.number, { key, summary });
      const belongs = incident === undefined ? {} : { incident: incident.number };
      scene.log({ key, at: now, did: "ended", because, ...belongs });
      scene.keep({ ...kept, because });
    }
    await scene.write();
    return true;
  });
}

/** True when one of them is told of now. */
async function takeQuietAgain(desk: Desk): Promise<boolean> {
  let heard = false;
  for (let after: string | undefined = ""; after !== undefined;) {
    if ((await quietAlerts(desk.db, after, 1)).length === 0) return heard;
    const now = desk.clock.now();
    const turn = await transact(desk, (tx) => takeQuiet(tx, desk, after ?? "", now));
    heard ||= turn.outcomes.some((outcome) => outcome !== "quiet");
    after = turn.last;
  }
  return heard;
}

/** Read where they are taken: one that has ended meanwhile must not fire again. */
async function takeQuiet(
  tx: Tx,
  desk: Desk,
  after: string,
  now: Instant,
): Promise<{ readonly outcomes: readonly Outcome[]; readonly last: string | undefined }> {
  await correlateAlone(tx);
  const quiet = await quietAlerts(tx, after, batch);
  const words = quiet.map(({ alert }) => ({
    alert: { ...alert, observedAt: now },
    again: true as const,
  }));
  return { outcomes: await takeAlerts(tx, desk, words, now), last: quiet.at(-1)?.alert.key };
}
