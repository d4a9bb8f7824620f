// `/status.txt`: for terminals and scripts. The first word is the whole answer; no line is wider than 80 columns.
import type { PublicStatus } from "../components/status.ts";
import type { NoticeLink } from "../incidents/notice.ts";
import type { Instant } from "../lib/clock.ts";
import { isoSeconds } from "../lib/clock.ts";
import { columns, pad, wrap } from "../lib/columns.ts";
import { sayDuration } from "../lib/duration.ts";
import { safeUrl } from "../lib/html.ts";
import { plainMarkdown } from "../lib/markdown.ts";
import { oneLine } from "../lib/text.ts";
import { sayTime, type Reading } from "../lib/zones.ts";
import { current, hitNames, kindOf, newsOf, pinned, whenSaid, wordOf } from "./maintenance-words.ts";
import { incidentName, incidentUrl, maintenanceUrl } from "./site-paths.ts";
import type { PublicComponent, PublicIncident, PublicMaintenance, PublicSnapshot, PublicUpdate } from "./snapshot.ts";
import {
  automaticSaid,
  cardRows,
  impactOf,
  phaseName,
  phaseSaid,
  stateWord,
  statusName,
  summarize,
  type Row,
  type Said,
} from "./words.ts";
import { t, inLine } from "./tongue.ts";

const width = 80;

type FirstWord = "OK" | "DEGRADED" | "OUTAGE" | "MAINTENANCE" | "STALE";

/** Unknown counts as degraded: it is never shown as up. */
const firstWords: Readonly<Record<PublicStatus, FirstWord>> = {
  operational: "OK",
  degraded_performance: "DEGRADED",
  unknown: "DEGRADED",
  partial_outage: "OUTAGE",
  major_outage: "OUTAGE",
  under_maintenance: "MAINTENANCE",
};

export const firstWord = (status: PublicStatus): FirstWord => firstWords[status];

/** An outage that hits no component that is listed is one all the same. */
function firstWordOf({ open }: PublicSnapshot, status: PublicStatus): FirstWord {
  const word = firstWords[status];
  const quiet = word === "OK" || word === "MAINTENANCE";
  return quiet && open.some(({ phase }) => phase !== "monitoring") ? "DEGRADED" : word;
}

function written(said: Said, reading: Reading): string {
  return said.map((part) => (typeof part === "string" ? part : sayTime(part, reading))).join("");
}

function linkText(link: NoticeLink): string {
  const url = safeUrl(link.url) ?? oneLine(link.url, 200);
  return link.title === undefined ? url : `${oneLine(link.title, 200)}: ${url}`;
}

function rowText(row: Row, reading: Reading): string {
  const texts = row.texts.map(plainMarkdown);
  const parts = [
    ...texts,
    ...(row.said === undefined ? [] : [written(row.said, reading)]),
    ...(row.links ?? []).map(linkText),
  ];
  if (parts.length === 1) return wrap(`${row.label}: ${parts.join("")}`.replace("?:", "?"), width, "  ");
  return [wrap(`${row.label}:`, width, "  "), ...parts.map((part) => wrap(part, width, "    "))].join("\n");
}

function updateText(update: PublicUpdate, reading: Reading): string {
  const mark = `${update.automatic ? ` (${t("automatic")})` : ""}${update.before === undefined ? "" : ` (${t("edited")})`}`;
  const lead = `${sayTime(update.at, reading)} ${phaseName(update.phase)}${mark}`;
  return `${wrap(lead, width, "  ")}\n${wrap(plainMarkdown(update.text), width, "    ")}`;
}

const updatesAtMost = 5;

function incidentText(incident: PublicIncident, snapshot: PublicSnapshot, reading: Reading): string {
  const { site, components, generatedAt } = snapshot;
  const { clocks } = incident;
  const impact = impactOf(incident, components).map((hit) => `${hit.name}: ${stateWord(hit.status)}`);
  const since = t("Since {0}, for {1}.", sayTime(clocks.started, reading), sayDuration(generatedAt - clocks.started));
  return [
    wrap(
      `${t("Outage {0}", incidentName(incident.number))}: ${oneLine(incident.notice.title)} (${phaseSaid(incident)})`,
      width,
    ),
    wrap(incidentUrl(site, incident.number), width, "  "),
    wrap(since, width, "  "),
    ...(impact.length === 0 ? [] : [wrap(impact.join("; "), width, "  ")]),
    ...(incident.automatic ? [wrap(automaticSaid(generatedAt), width, "  ")] : []),
    ...cardRows(incident, generatedAt).map((row) => rowText(row, reading)),
    ...incident.updates.slice(0, updatesAtMost).map((update) => updateText(update, reading)),
  ].join("\n");
}

function maintenanceText(window: PublicMaintenance, snapshot: PublicSnapshot, reading: Reading): string {
  const names = hitNames(window, snapshot.components);
  const text = plainMarkdown(window.text ?? "").trim();
  return [
    wrap(`${kindOf(window)} ${window.number}: ${oneLine(window.title)} (${inLine(wordOf(window))})`, width),
    wrap(maintenanceUrl(snapshot.site, window.number), width, "  "),
    wrap(written(whenSaid(window), reading), width, "  "),
    ...(names.length === 0 ? [] : [wrap(names.join(", "), width, "  ")]),
    ...(text === "" ? [] : [wrap(text, width, "  ")]),
    ...newsOf(window)
      .slice(0, updatesAtMost)
      .map((update) => {
        const lead = `${sayTime(update.at, reading)} ${wordOf(window, update.state)}`;
        return `${wrap(lead, width, "  ")}\n${wrap(plainMarkdown(update.text), width, "    ")}`;
      }),
  ].join("\n");
}

function componentLines(components: readonly PublicComponent[]): string {
  const names = components.map((component) => oneLine(component.name));
  const room = Math.min(50, Math.max(...names.map(columns)));
  const lines = components.map((component, at) => {
    const name = names[at] ?? "";
    const word = statusName(component.status);
    return columns(name) <= room
      ? `  ${pad(name, room)}  ${word}`
      : `${wrap(name, width, "  ")}\n  ${pad("", room)}  ${word}`;
  });
  return [t("Components"), ...lines].join("\n");
}

/** The text form of a snapshot, as somebody reads it at `now`: past `validUntil` its first word is STALE. */
export function renderText(snapshot: PublicSnapshot, now: Instant): string {
  const { site, components, open, generatedAt, validUntil } = snapshot;
  const summary = summarize(snapshot);
  const reading: Reading = { zone: site.timeZone, now: generatedAt };
  const stale = now > validUntil;
  const lead = written(summary.lead, reading).trim();
  const head = [
    wrap(`${stale ? "STALE" : firstWordOf(snapshot, summary.status)} ${summary.headline}`, width),
    ...(stale
      ? [wrap(t("This copy is old: nothing was heard from its origin since {0}.", isoSeconds(generatedAt)), width)]
      : []),
    wrap(lead, width),
    ...(site.demo ? [`DEMO: ${t("a simulated service; nothing on this page is real.")}`] : []),
  ].join("\n");
  const foot = [
    wrap(t("{0}, as of {1}", oneLine(site.name), sayTime(generatedAt, { zone: site.timeZone, seconds: true })), width),
    // A copy cannot change its own first word; who reads it can.
    wrap(t("Valid until {0}; read later than that, it is STALE.", isoSeconds(validUntil)), width),
    wrap(`${site.url}/`, width),
  ].join("\n");
  return `${[
    head,
    ...pinned(snapshot.maintenance).map((window) => maintenanceText(window, snapshot, reading)),
    ...open.map((incident) => incidentText(incident, snapshot, reading)),
    ...current(snapshot.maintenance).map((window) => maintenanceText(window, snapshot, reading)),
    ...(components.length === 0 ? [] : [componentLines(components)]),
    foot,
  ].join("\n\n")}\n`;
}
