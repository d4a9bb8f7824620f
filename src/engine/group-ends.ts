// A sender that says of a whole group that it is over says it of every member, listed or not.
import type { Alert, AlertKey } from "../alerts/alert.ts";
import { firingInGroups } from "../alerts/alert-store.ts";
import type { Word } from "../alerts/repeats.ts";
import type { Heard } from "../alerts/source.ts";
import type { SourceId } from "../config/names.ts";
import type { Tx } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";

type Spoken = { readonly source: SourceId; readonly receivedAt: Instant; readonly heard: Heard };

const because = "its group is over, by its sender";

/** The words of a batch, in order; after each end of a group those of its members that it did not list. */
export async function wordsOf(tx: Tx, batch: readonly Spoken[]): Promise<readonly Word[]> {
  const words: Word[] = [];
  for (const { source, receivedAt, heard } of batch) {
    for (const alert of heard.alerts) words.push({ source, alert });
    if (heard.groupsOver === undefined) continue;
    const members = new Map<AlertKey, Alert>();
    for (const alert of await firingInGroups(tx, source, heard.groupsOver)) members.set(alert.key, alert);
    // What this very batch said so far is not in the store yet.
    for (const { alert } of words) {
      if (alert.group === undefined || !heard.groupsOver.includes(alert.group)) continue;
      if (alert.status === "firing") members.set(alert.key, alert);
      else members.delete(alert.key);
    }
    for (const alert of members.values()) words.push({ source, alert: over(alert, receivedAt), because });
  }
  return words;
}

/** When it really ended, nobody said. */
export function over(alert: Alert, heardAt: Instant): Alert {
  const { endsAt: _end, expiresAt: _expiry, ...rest } = alert;
  return { ...rest, status: "resolved", observedAt: heardAt };
}
