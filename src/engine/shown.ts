// What a publication is to show: the record read anew each time, put before the publisher that makes it so.
import type { TargetId } from "../config/names.ts";
import type { Audited, Published, Publisher } from "../delivery/publisher.ts";
import { brand } from "../lib/ids.ts";
import { minute } from "../lib/clock.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import type { Sequence } from "../lib/sequence.ts";
import { historyIn, siteOf } from "../status/read-site.ts";
import { readSnapshot } from "../status/read-snapshot.ts";
import { topicText } from "../status/topic-text.ts";
import type { Desk } from "./desk.ts";
import { topicTargets } from "./topics.ts";

export type Shown = {
  publish(ref: string | undefined, signal: AbortSignal): Promise<Published>;
  /** Undefined where the publisher cannot compare. */
  audit(ref: string | undefined, signal: AbortSignal): Promise<Audited | undefined>;
};

function shown<V>(publisher: Publisher<V>, view: V, sequence: Sequence): Shown {
  return {
    publish: (ref, signal) => publisher.publish(view, sequence, ref, signal),
    audit: async (ref, signal) => publisher.audit?.(view, sequence, ref, signal),
  };
}

/** Failed: there is nothing of the kind to show, and there will not be. */
export async function shownOn(desk: Desk, target: string, subject: string): Promise<Result<Shown, string>> {
  const id = brand<TargetId>(target);
  const mirror = desk.targets.get(id);
  if (mirror !== undefined) {
    const { page, everyMs, publisher } = mirror;
    const snapshot = await readSnapshot(desk, page, desk.clock.now(), everyMs);
    const site = siteOf(snapshot, historyIn(desk.db, page.shown), false);
    const noted = desk.copies?.noting(target, site, desk.clock.now());
    const made = shown(publisher, noted?.site ?? site, snapshot.sequence);
    return ok({
      ...made,
      async publish(ref, signal) {
        const sent = await made.publish(ref, signal);
        if (sent.kind === "sent") noted?.sent(desk.clock.now());
        return sent;
      },
    });
  }
  const topic = topicTargets(desk).find((one) => one.id === target);
  if (topic !== undefined) {
    const snapshot = await readSnapshot(desk, topic.page, desk.clock.now(), minute);
    return ok(shown(topic.publisher, topicText(snapshot), snapshot.sequence));
  }
  const tracker = desk.incidentTargets.get(id);
  if (tracker === undefined) return failed(`there is no publish target "${target}" any more`);
  const [, number] = /^incident:(\d+)$/u.exec(subject) ?? [];
  const [incident] = await historyIn(desk.db, tracker.page.shown).incidents([Number(number)]);
  if (incident === undefined) return failed(`${subject} is not public`);
  const { site, components, addresses, sequence } = await readSnapshot(desk, tracker.page, desk.clock.now(), minute);
  return ok(shown(tracker.publisher, { site, components, addresses, incident }, sequence));
}
