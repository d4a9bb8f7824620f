// The site of a snapshot that a test wrote: its incidents are all that there ever was.
import { statuspageCode } from "../../src/lib/codes.ts";
import { siteOf, type History, type Site, type SiteFile } from "../../src/status/read-site.ts";
import type { PublicIncident, PublicMaintenance, PublicSnapshot } from "../../src/status/snapshot.ts";

/** A history that lies in memory; an incident's version is another when anything about it is. */
export function historyWith(incidents: readonly PublicIncident[], windows: readonly PublicMaintenance[] = []): History {
  const all = incidents.toSorted((a, b) => b.clocks.started - a.clocks.started || b.number - a.number);
  const version = (one: PublicIncident): number =>
    Number.parseInt(statuspageCode("version", JSON.stringify(one)).slice(0, 8), 36);
  return {
    adopted: async () => [],
    index: async () =>
      all.map((one) => ({
        number: one.number,
        version: version(one),
        startedAt: one.clocks.started,
        ...(one.phase === "resolved" ? { endedAt: one.clocks.resolved ?? one.clocks.started } : {}),
      })),
    windows: async () => windows,
    redirects: async () => [],
    listed: async (numbers) => all.filter(({ number }) => numbers.includes(number)),
    incidents: async (numbers) => all.filter(({ number }) => numbers.includes(number)),
    changed: async (limit) =>
      all
        .toSorted((a, b) => b.updatedAt - a.updatedAt)
        .slice(0, limit)
        .map(({ number }) => number),
  };
}

export function siteWith(snapshot: PublicSnapshot, older: readonly PublicIncident[] = [], live = true): Site {
  return siteOf(snapshot, historyWith([...snapshot.open, ...snapshot.past, ...older], snapshot.maintenance), live);
}

/** One file of it, as the server is asked. */
export async function fileOf(snapshot: PublicSnapshot, path: string): Promise<SiteFile | undefined> {
  return siteWith(snapshot).file(path);
}

/** The body of one file; "" where there is none. */
export async function bodyOf(snapshot: PublicSnapshot, path: string): Promise<string> {
  return (await fileOf(snapshot, path))?.body ?? "";
}

/** Every file by its path, as a mirror writes them. */
export async function filesOf(site: Site): Promise<ReadonlyMap<string, string>> {
  const plan = await site.plan();
  const bodies = new Map<string, string>();
  for await (const files of site.files(plan.map(({ path }) => path)))
    for (const { path, body } of files) bodies.set(path, body);
  // In the order of the plan, which is the order of the promise.
  return new Map(plan.map(({ path }) => [path, bodies.get(path) ?? ""]));
}
