// A mirror is ahead of us because a watcher spoke while we were silent: its incident is taken into the record, once.
import { beginEpoch, readRecord } from "../db/record-store.ts";
import type { Sent } from "../delivery/channel.ts";
import { adoptionEvents } from "../incidents/adoption.ts";
import { insertAdoption, readAdoption } from "../incidents/adoption-store.ts";
import type { IncidentId } from "../incidents/incident.ts";
import { nextNumber } from "../incidents/incident-store.ts";
import type { ComponentId } from "../config/names.ts";
import type { Tx } from "../db/schema.ts";
import type { Instant } from "../lib/clock.ts";
import { brand, uuidv7 } from "../lib/ids.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { sameSecret } from "../lib/signature.ts";
import { oneLine } from "../lib/text.ts";
import { copyState, signatureOf, watchedIncident, type WatchedIncident } from "../status/copy-state.ts";
import { commitChange, committed, transact } from "./commit.ts";
import type { Desk } from "./desk.ts";
import { watchKey } from "./watchers.ts";

/** `state`: the newer `state.json` that was found in our way. Afterwards ours is newer, and the write is tried again. */
export async function adopt(desk: Desk, state: string, otherwise: string): Promise<Sent> {
  const found = await signedIn(desk, state);
  if (!found.ok) return { kind: "reject", because: `${otherwise}; ${found.error}` };
  const incident = found.value;
  const now = desk.clock.now();
  const number = await transact(desk, async (tx) => {
    const known = await readAdoption(tx, incident.id);
    const adopted = known?.incident ?? (await takeUp(tx, desk, incident, now));
    const { epoch } = await readRecord(tx);
    if (epoch <= incident.epoch) await beginEpoch(tx, now, incident.epoch);
    return adopted;
  });
  committed(desk);
  desk.log.warn(
    { watcher: incident.writer, watched: incident.id, incident: number },
    "a watcher spoke while this host was silent; its incident is part of the record now",
  );
  return { kind: "retry", because: "a watcher had written there; it is made ours again", afterMs: 0 };
}

/** Whoever can write on a mirror can write anything there: only what a watcher of ours signed counts. */
async function signedIn(desk: Desk, text: string): Promise<Result<WatchedIncident, string>> {
  const state = copyState(text);
  if (state?.watched === undefined) return failed("no watcher of ours wrote it");
  const { watched, sequence } = state;
  if (!sameSecret(watched.signature, signatureOf(watched.text, await watchKey(desk.db))))
    return failed(`who wrote it (${oneLine(state.writer, 64)}) has not signed it with the key of this record`);
  const incident = watchedIncident(watched);
  if (incident === undefined || incident.epoch !== sequence.epoch)
    return failed("what a watcher signed there does not fit what stands beside it");
  return ok(incident);
}

async function takeUp(tx: Tx, desk: Desk, incident: WatchedIncident, now: Instant): Promise<number> {
  const number = await nextNumber(tx);
  const { nextUpdateAt, ...said } = incident.notice;
  const { openedAt } = incident;
  const events = adoptionEvents(
    {
      ...incident,
      notice: { ...said, eta: "unknown", links: [], ...(nextUpdateAt === undefined ? {} : { nextUpdateAt }) },
    },
    {
      id: brand<IncidentId>(uuidv7(openedAt)),
      number,
      now: Math.max(now, openedAt),
      known: (id) => (desk.components.has(brand<ComponentId>(id)) ? brand<ComponentId>(id) : undefined),
    },
  );
  await commitChange(tx, desk, undefined, events, now);
  await insertAdoption(tx, { id: incident.id, incident: number }, now);
  return number;
}
