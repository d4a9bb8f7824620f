// Asks the monitors of a window's components whether all is well, when its planned time has ended.
import { firingOf } from "../alerts/alert-store.ts";
import { readSourceState } from "../alerts/source-state-store.ts";
import { lookingPart } from "../alerts/source.ts";
import type { ComponentId } from "../config/names.ts";
import type { Reader } from "../db/schema.ts";
import { second } from "../lib/clock.ts";
import type { Maintenance } from "../maintenance/maintenance.ts";
import { notGreen, type Witness } from "../maintenance/verification.ts";
import type { Desk, DeskSource } from "./desk.ts";

/** Those that look at one of the components themselves: what an upstream says of its own is no proof. */
function monitorsOf(desk: Desk, components: readonly ComponentId[]): readonly DeskSource[] {
  return [...desk.sources.values()].filter(({ source }) => {
    const looking = lookingPart(source);
    return looking?.hearsay !== true && looking?.components.some((id) => components.includes(id)) === true;
  });
}

/** With what the config says now of its monitors; undefined where nothing verifies it. */
export function verifyMsOf(desk: Desk, components: readonly ComponentId[]): number | undefined {
  const { verifyMs } = desk.promises.maintenance;
  return verifyMs === 0 || monitorsOf(desk, components).length === 0 ? undefined : verifyMs;
}

/** Times of looks are written by the second, and a look that began before the end may end after it. */
const looksTake = second;

/** What speaks against its being over; empty: all is well, or nobody looks. */
export async function troubleAfter(
  db: Reader,
  desk: Desk,
  { components, scheduledEnd, verifyMs = 0 }: Maintenance,
): Promise<readonly string[]> {
  const witnesses: Witness[] = [];
  for (const { id, source } of monitorsOf(desk, components)) {
    const { components: its = [], everyMs = 0 } = lookingPart(source) ?? {};
    const samples = (desk.samples?.last(id) ?? []).filter(
      ({ component }) => its.length === 1 || (component !== undefined && components.includes(component)),
    );
    const lookedAt = samples.length === 0 ? await okAt(db, id) : Math.min(...samples.map(({ at }) => at));
    const firing = (await firingOf(db, id)).filter(
      ({ component, kind, severity }) =>
        component !== undefined && components.includes(component) && kind !== "expiring" && severity !== "info",
    );
    witnesses.push({
      source: id,
      ...(lookedAt === undefined ? {} : { lookedAt }),
      awaited: everyMs < verifyMs,
      down: samples.some(({ up }) => !up),
      firing: firing.map(({ summary }) => summary),
    });
  }
  return notGreen(witnesses, scheduledEnd + looksTake);
}

async function okAt(db: Reader, id: DeskSource["id"]): Promise<number | undefined> {
  const state = await readSourceState(db, id);
  return state?.failingSince === undefined ? state?.okAt : undefined;
}
