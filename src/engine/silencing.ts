// Silences that people make and end. What one covers is looked at again at once, on both occasions.
import { isDeepStrictEqual } from "node:util";
import type { Actor } from "../accounts/actor.ts";
import { alertKinds, alertSeverities } from "../alerts/alert.ts";
import { badSilence, oddSilence, stateOf, type NewSilence, type Silence, type SilenceId } from "../alerts/silence.ts";
import { listSilences, readSilence, saveSilence } from "../alerts/silence-store.ts";
import type { Reader } from "../db/schema.ts";
import type { Refusal } from "../incidents/obeyed.ts";
import type { Instant } from "../lib/clock.ts";
import { brand, uuidv7 } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { transact } from "./commit.ts";
import type { Desk } from "./desk.ts";
import { revisit } from "./revisit.ts";

/** Names are checked when they are written: a silence with a slip of the fingers would quiet nothing, and say so at 3 a.m. */
function badName(desk: Desk, { matchers }: NewSilence): string | undefined {
  const known: Readonly<Record<string, readonly string[]>> = {
    component: [...desk.components.keys()],
    source: [...desk.sources.keys()],
    kind: alertKinds,
    severity: alertSeverities,
  };
  for (const { name, how, value } of matchers) {
    const names = Object.hasOwn(known, name) ? known[name] : undefined;
    if (names === undefined || value === "" || how === "=~" || how === "!~" || names.includes(value)) continue;
    return `there is no ${name} "${value}"; ${suggest(value, names)}`;
  }
  return undefined;
}

export async function addSilence(desk: Desk, by: Actor, asked: NewSilence): Promise<Result<Silence, Refusal>> {
  const now = desk.clock.now();
  const wrong = badSilence(asked, now) ?? oddSilence(asked);
  if (wrong !== undefined) return failed({ code: "invalid", message: wrong });
  const stranger = badName(desk, asked);
  if (stranger !== undefined) return failed({ code: "unknown-name", message: stranger });
  return ok(await begin(desk.db, by, asked, now));
}

async function begin(db: Reader, by: Actor, asked: NewSilence, now: Instant): Promise<Silence> {
  const silence: Silence = { ...asked, id: brand<SilenceId>(uuidv7(now)), by, createdAt: now, updatedAt: now };
  await saveSilence(db, silence);
  return silence;
}

/**
 * As Alertmanager does for its clients: what has not begun, or only ends at another time, stays the same silence; else the
 * old one ends and another takes its place. Names are not checked: they are those of the client's own alerts.
 */
export async function changeSilence(
  desk: Desk,
  by: Actor,
  id: string | undefined,
  asked: NewSilence,
): Promise<Result<Silence, Refusal>> {
  const now = desk.clock.now();
  const wrong = badSilence(asked, now);
  if (wrong !== undefined) return failed({ code: "invalid", message: wrong });
  const done = await transact(desk, async (tx) => {
    const known = id === undefined ? undefined : await readSilence(tx, id);
    if (known === undefined || stateOf(known, now) === "expired") return begin(tx, by, asked, now);
    const begun = stateOf(known, now) === "active";
    if (!isDeepStrictEqual(known.matchers, asked.matchers) || (begun && asked.startsAt > now)) {
      await saveSilence(tx, endOf(known, now));
      return begin(tx, by, asked, now);
    }
    const startsAt = begun ? known.startsAt : asked.startsAt;
    const changed: Silence = { ...known, startsAt, endsAt: asked.endsAt, reason: asked.reason, by, updatedAt: now };
    await saveSilence(tx, changed);
    return changed;
  });
  if (id !== undefined) await revisit(desk);
  return ok(done);
}

function endOf(silence: Silence, now: Instant): Silence {
  return { ...silence, startsAt: Math.min(silence.startsAt, now), endsAt: now, updatedAt: now };
}

/** Finds it by its id, or by an end of the id that only one has. */
async function find(desk: Desk, name: string): Promise<Silence | undefined> {
  const exact = await readSilence(desk.db, name);
  if (exact !== undefined || name.length < 4) return exact;
  const meant = (await listSilences(desk.db, 1_000)).filter(({ id }) => id.endsWith(name));
  return meant.length === 1 ? meant[0] : undefined;
}

/** Ends it now; it stays on record. */
export async function expireSilence(desk: Desk, name: string): Promise<Result<Silence, Refusal>> {
  const now = desk.clock.now();
  const silence = await find(desk, name);
  if (silence === undefined)
    return failed({
      code: "not-found",
      message: `there is no silence "${name}"; \`tocsin silence list --all\` has them`,
    });
  if (stateOf(silence, now) === "expired")
    return failed({ code: "illegal", message: `silence ${silence.id} has ended already` });
  const ended = endOf(silence, now);
  await saveSilence(desk.db, ended);
  await revisit(desk);
  return ok(ended);
}
