// Every file of the site. The live server answers with these, the mirrors write them: there is no second rendering.
import { isoSeconds } from "../lib/clock.ts";
import { incidentPath } from "./site-paths.ts";
import { renderHome } from "./page/home.ts";
import { renderIncident } from "./page/incident.ts";
import type { PublicIncident, PublicSnapshot } from "./snapshot.ts";
import { statuspageStatus, statuspageSummary } from "./statuspage-json.ts";
import { renderText } from "./status-text.ts";

export type SiteFile = { readonly body: string; readonly contentType: string };

const contentTypes = {
  html: "text/html; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  json: "application/json; charset=utf-8",
} as const;

const json = (value: unknown): string => `${JSON.stringify(value)}\n`;

/**
 * What a reader of a copy needs: how old it is, whose it is, and the record itself, its times in milliseconds. A
 * writer with an older (epoch, seq) never overwrites.
 */
function stateJson(snapshot: PublicSnapshot): string {
  const { sequence, generatedAt, validUntil, ...record } = snapshot;
  return json({
    epoch: sequence.epoch,
    seq: sequence.seq,
    writer: "origin",
    generated_at: isoSeconds(generatedAt),
    valid_until: isoSeconds(validUntil),
    ...record,
  });
}

const fixed: Readonly<Record<string, (snapshot: PublicSnapshot) => string>> = {
  "index.html": renderHome,
  "status.txt": (snapshot) => renderText(snapshot, snapshot.generatedAt),
  "api/v2/summary.json": (snapshot) => json(statuspageSummary(snapshot)),
  "api/v2/status.json": (snapshot) => json(statuspageStatus(snapshot)),
  "state.json": stateJson,
};

function findIncident(
  { open, past }: PublicSnapshot,
  number: number,
): { readonly incident: PublicIncident; readonly open: boolean } | undefined {
  const lasting = open.find((one) => one.number === number);
  if (lasting !== undefined) return { incident: lasting, open: true };
  const over = past.find((one) => one.number === number);
  return over === undefined ? undefined : { incident: over, open: false };
}

function bodyOf(snapshot: PublicSnapshot, path: string): string | undefined {
  if (Object.hasOwn(fixed, path)) return fixed[path]?.(snapshot);
  const number = /^incidents\/([1-9]\d{0,14})\.html$/u.exec(path)?.[1];
  const found = number === undefined ? undefined : findIncident(snapshot, Number(number));
  return found === undefined ? undefined : renderIncident(found.incident, snapshot, found.open);
}

/** The file that a request path asks for: `""` is the home page, `incidents/7` is `incidents/7.html`. */
function fileOf(path: string): string {
  const bare = path.replace(/^\//u, "");
  if (bare === "") return "index.html";
  return /^incidents\/\d+$/u.test(bare) ? `${bare}.html` : bare;
}

/** One file, so that the server need not render all; undefined when the site has none at that path. */
export function renderPath(snapshot: PublicSnapshot, path: string): SiteFile | undefined {
  const file = fileOf(path);
  const body = bodyOf(snapshot, file);
  if (body === undefined) return undefined;
  const type = file.endsWith(".html") ? "html" : file.endsWith(".txt") ? "txt" : "json";
  return { body, contentType: contentTypes[type] };
}

/** The paths of all files; `state.json` is the last, so that a copy is never newer than its content. */
export function sitePaths({ open, past }: PublicSnapshot): readonly string[] {
  const incidents = [...new Set([...open, ...past].map((one) => incidentPath(one.number)))];
  return [...incidents, "index.html", "status.txt", "api/v2/summary.json", "api/v2/status.json", "state.json"];
}

/** Every file of the site by its path. The same snapshot gives the same bytes. */
export function renderSite(snapshot: PublicSnapshot): ReadonlyMap<string, string> {
  return new Map(sitePaths(snapshot).map((path) => [path, bodyOf(snapshot, path) ?? ""]));
}
