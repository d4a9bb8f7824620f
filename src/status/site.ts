// The files that a snapshot alone makes. The live server answers with these, the mirrors write them: there is no second rendering.
import { isoSeconds } from "../lib/clock.ts";
import { renderHome } from "./page/home.ts";
import type { PublicIncident, PublicSnapshot } from "./snapshot.ts";
import { statuspageComponents, statuspageIncidents, statuspageStatus, statuspageSummary } from "./statuspage-json.ts";
import { renderText } from "./status-text.ts";

const contentTypes: Readonly<Record<string, string>> = {
  html: "text/html; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  json: "application/json; charset=utf-8",
  atom: "application/atom+xml; charset=utf-8",
};

export function contentTypeOf(path: string): string {
  return contentTypes[path.split(".").at(-1) ?? ""] ?? "application/octet-stream";
}

const json = (value: unknown): string => `${JSON.stringify(value)}\n`;

/**
 * What a reader of a copy needs: how old it is, whose it is, and what is true now, its times in milliseconds. The past
 * lies in its own files. A writer with an older (epoch, seq) never overwrites.
 */
function stateJson(snapshot: PublicSnapshot): string {
  const { sequence, generatedAt, validUntil, past: _past, days: _days, ...present } = snapshot;
  return json({
    epoch: sequence.epoch,
    seq: sequence.seq,
    writer: "origin",
    generated_at: isoSeconds(generatedAt),
    valid_until: isoSeconds(validUntil),
    ...present,
  });
}

const fixed: Readonly<Record<string, (snapshot: PublicSnapshot, newest: readonly PublicIncident[]) => string>> = {
  "index.html": renderHome,
  "status.txt": (snapshot) => renderText(snapshot, snapshot.generatedAt),
  "api/v2/summary.json": (snapshot) => json(statuspageSummary(snapshot)),
  "api/v2/status.json": (snapshot) => json(statuspageStatus(snapshot)),
  "api/v2/components.json": (snapshot) => json(statuspageComponents(snapshot)),
  "api/v2/incidents.json": (snapshot, newest) => json(statuspageIncidents(snapshot, newest)),
  "api/v2/incidents/unresolved.json": (snapshot) => json(statuspageIncidents(snapshot, snapshot.open)),
  "state.json": stateJson,
};

/** `newest`: only `api/v2/incidents.json` asks for them. */
export function renderFixed(
  snapshot: PublicSnapshot,
  file: string,
  newest: readonly PublicIncident[],
): string | undefined {
  return Object.hasOwn(fixed, file) ? fixed[file]?.(snapshot, newest) : undefined;
}
