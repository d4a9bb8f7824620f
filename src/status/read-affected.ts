// Reads what is recorded of the jobs that public incidents hit, once for each state of the record.
import type { ComponentId } from "../config/names.ts";
import type { Shown } from "../components/shown-components.ts";
import type { Reader } from "../db/schema.ts";
import { publicIncidentsOf } from "../incidents/incident-store.ts";
import { entriesOf } from "../lib/records.ts";
import { lookingPart, type Source } from "../alerts/source.ts";
import type { JobRecord } from "./affected.ts";
import type { PublicSnapshot } from "./snapshot.ts";

/** Of the incidents that the snapshot shows and of no other: a draft is not even read. */
export async function readJobRecord(
  db: Reader,
  page: Shown,
  { open, past, components }: PublicSnapshot,
  sources: Iterable<{ readonly source: Source }>,
): Promise<JobRecord> {
  const stored = await publicIncidentsOf(
    db,
    page,
    [...open, ...past].map(({ number }) => number),
  );
  const shown = new Set<ComponentId>(components.map(({ id }) => id));
  const runsOn = new Map<string, readonly ComponentId[]>();
  for (const { source } of sources)
    for (const [type, ids] of Object.entries(lookingPart(source)?.runsOn ?? {})) {
      const known = ids.filter((id) => shown.has(id));
      if (known.length > 0) runsOn.set(type, [...new Set([...(runsOn.get(type) ?? []), ...known])]);
    }
  // What hit something that this page does not show is told by its components alone.
  const whole = stored.filter(({ incident }) => entriesOf(incident.impact).every(([id]) => shown.has(id)));
  return { coverage: new Map(whole.map(({ incident }) => [incident.number, incident.coverage])), runsOn };
}
