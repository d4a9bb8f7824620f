// Searches the past: brings the copies of its words up to date, then asks for them.
import { everything, type Shown } from "../components/shown-components.ts";
import type { Reader } from "../db/schema.ts";
import { publicIncidentsOf, readTimelines } from "../incidents/incident-store.ts";
import { findTexts, saveTexts, staleTexts } from "../incidents/text-store.ts";
import { publicIncident } from "./public-incident.ts";
import { historyIn } from "./read-site.ts";
import { soughtIn, textOf } from "./search.ts";
import type { PublicComponent, PublicIncident } from "./snapshot.ts";

const batch = 200;

/** After an upgrade or an import all of them are new; else the few that changed. */
async function refreshTexts(db: Reader): Promise<void> {
  for (;;) {
    const stale = await staleTexts(db, batch);
    if (stale.length === 0) return;
    const found = await publicIncidentsOf(db, everything, stale);
    const timelines = await readTimelines(db, stale);
    const texts = found.map(({ incident, code }) => ({
      number: incident.number,
      version: incident.version,
      text: textOf(publicIncident(incident, code, timelines.get(incident.number) ?? [], everything)),
    }));
    await saveTexts(db, texts);
    if (stale.length < batch) return;
  }
}

export type Hits = { readonly incidents: readonly PublicIncident[]; readonly more: boolean };

const perPage = 20;

/** The incidents in which every word stands, newest first; `page` counts from 1. */
export async function searchPast(
  db: Reader,
  shown: Shown,
  words: string,
  components: readonly PublicComponent[],
  page: number,
): Promise<Hits> {
  const sought = soughtIn(words, components);
  if (sought.length === 0) return { incidents: [], more: false };
  await refreshTexts(db);
  const numbers = await findTexts(db, shown, sought, { limit: perPage + 1, offset: (page - 1) * perPage });
  const incidents = await historyIn(db, shown).listed(numbers.slice(0, perPage));
  return { incidents, more: numbers.length > perPage };
}
