// Alerts that wait for something: one that flapped has been calm, a silence or a maintenance has ended, an incident has opened
// that a waiting one belongs to. What is decided is what would be decided if they were heard of now.
import { calmAlerts, quietAlerts } from "../alerts/alert-store.ts";
import { sourceOf } from "../incidents/relation.ts";
import { brand } from "../lib/ids.ts";
import type { SourceId } from "../config/names.ts";
import { transact } from "./commit.ts";
import { takeAlerts } from "./correlate-alert.ts";
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
  return transact(desk, async (tx) => {
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
  let after = "";
  let heard = false;
  for (;;) {
    const quiet = await quietAlerts(desk.db, after, batch);
    const last = quiet.at(-1);
    if (last === undefined) return heard;
    after = last.alert.key;
    const now = desk.clock.now();
    const words = quiet.map(({ alert }) => ({
      source: brand<SourceId>(sourceOf(alert.key)),
      alert: { ...alert, observedAt: now },
      again: true as const,
    }));
    const outcomes = await transact(desk, (tx) => takeAlerts(tx, desk, words, now));
    heard ||= outcomes.some((outcome) => outcome !== "quiet");
  }
}
