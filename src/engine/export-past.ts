// What the public may read, in the form of another status page, a piece at a time.
import { minute } from "../lib/clock.ts";
import { cstateConfig, cstateIncident, cstateMaintenance, type ExportedFile } from "../status/cstate-export.ts";
import { readSnapshot } from "../status/read-snapshot.ts";
import { historyIn } from "../status/read-site.ts";
import { statuspageComponents, statuspageIncidents, statuspageMaintenances } from "../status/statuspage-json.ts";
import type { Desk } from "./desk.ts";

export const exportForms = ["cstate", "statuspage"] as const;
export type ExportForm = (typeof exportForms)[number];

export type ExportPiece = {
  readonly files: readonly ExportedFile[];
  readonly incidents: number;
  readonly maintenances: number;
  readonly next?: number;
};

/** As many as a list of Statuspage holds. */
const perPiece = 50;

const json = (path: string, value: unknown): ExportedFile => ({ path, text: `${JSON.stringify(value, null, 2)}\n` });

/** `piece`: which one, from 0. Of the main page: what is hidden from it is not exported. */
export async function exportPast(desk: Desk, form: ExportForm, piece: number): Promise<ExportPiece> {
  const now = desk.clock.now();
  const [page] = desk.pages;
  const snapshot = await readSnapshot(desk, page, now, minute);
  const history = historyIn(desk.db, page.shown);
  const windows = await history.windows(page.site.timeZone, now);
  const index = await history.index();
  const [from, to] = [piece * perPiece, (piece + 1) * perPiece];
  const incidents = await history.incidents(index.slice(from, to).map(({ number }) => number));
  const planned = windows.slice(from, to);
  const { components } = snapshot;
  const files: ExportedFile[] = [];
  if (form === "cstate") {
    if (piece === 0) files.push(cstateConfig(page.site, components));
    files.push(...incidents.map((one) => cstateIncident(one, components)), ...planned.map((one) => cstateMaintenance(one, components))); // prettier-ignore
  } else {
    if (piece === 0) files.push(json("components.json", statuspageComponents(snapshot)));
    if (incidents.length > 0) files.push(json(`incidents-${piece + 1}.json`, statuspageIncidents(snapshot, incidents)));
    if (planned.length > 0) files.push(json(`scheduled-maintenances-${piece + 1}.json`, statuspageMaintenances(snapshot, planned, "all"))); // prettier-ignore
  }
  const more = to < Math.max(index.length, windows.length);
  return { files, incidents: incidents.length, maintenances: planned.length, ...(more ? { next: piece + 1 } : {}) };
}
