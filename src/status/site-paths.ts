// Where the files of a site lie, and the addresses that leave the building.
import type { PublicSite } from "./snapshot.ts";

/** `12`; of an incident that a watcher opened, whose number is below zero, `w-1763805600`. */
export function incidentName(number: number): string {
  return number < 0 ? `w-${-number}` : String(number);
}

/** The form that mirrors write and link, and that the live server serves too. */
export function incidentPath(number: number): string {
  return `incidents/${incidentName(number)}.html`;
}

/** The permanent address of an incident. */
export function incidentUrl(site: PublicSite, number: number): string {
  return `${site.url}/${incidentPath(number)}`;
}

export function maintenancePath(number: number): string {
  return `maintenance/${number}.html`;
}

export function maintenanceUrl(site: PublicSite, number: number): string {
  return `${site.url}/${maintenancePath(number)}`;
}

export function componentPath(id: string): string {
  return `components/${id}.html`;
}

export const historyPath = "history.html";
export const feedPath = "history.atom";
/** No file of the site: the live server answers it. */
export const affectedPath = "affected";
export const calendarPath = "maintenance.ics";

export const feedForms = ["atom", "rss", "json"] as const;
export type FeedForm = (typeof feedForms)[number];

const wholeFeeds: Readonly<Record<FeedForm, string>> = { atom: feedPath, rss: "history.rss", json: "feed.json" };

/** The feed of everything, or of what hit one component: `components/copr.atom`. */
export function feedPathOf(form: FeedForm, component?: string): string {
  return component === undefined ? wholeFeeds[form] : `components/${component}.${form}`;
}

/** `badge.svg` of the whole page, `badge/copr.svg` of one component. */
export function badgePath(component?: string): string {
  return component === undefined ? "badge.svg" : `badge/${component}.svg`;
}

/** `history/2026-11.html`; of a month with very many, `history/2026-11-p2.html` and on. */
export function monthPath(month: string, page = 1): string {
  return `history/${month}${page === 1 ? "" : `-p${page}`}.html`;
}

/** What a path asks for. */
export type Wanted =
  | { readonly kind: "fixed"; readonly file: string }
  | { readonly kind: "incident" | "maintenance"; readonly number: number }
  | { readonly kind: "component"; readonly id: string }
  | { readonly kind: "month"; readonly month: string; readonly page: number }
  | { readonly kind: "feed"; readonly form: FeedForm; readonly component?: string }
  | { readonly kind: "badge"; readonly component?: string }
  | { readonly kind: "calendar" }
  | { readonly kind: "history" };

const fixed: ReadonlySet<string> = new Set([
  "index.html",
  "status.txt",
  "state.json",
  "api/v2/summary.json",
  "api/v2/status.json",
  "api/v2/components.json",
  "api/v2/incidents.json",
  "api/v2/incidents/unresolved.json",
  "api/v2/scheduled-maintenances.json",
  "api/v2/scheduled-maintenances/upcoming.json",
  "api/v2/scheduled-maintenances/active.json",
  "index.json",
]);

const ofComponent = /^(components|badge)\/([a-z0-9-]+)\.(svg|atom|rss|json)$/u;

function feedOrBadgeAt(file: string): Wanted | undefined {
  const whole = feedForms.find((form) => wholeFeeds[form] === file);
  if (whole !== undefined) return { kind: "feed", form: whole };
  if (file === badgePath()) return { kind: "badge" };
  const [, folder, component, ending] = ofComponent.exec(file) ?? [];
  if (component === undefined) return undefined;
  if (folder === "badge") return ending === "svg" ? { kind: "badge", component } : undefined;
  const form = feedForms.find((one) => one === ending);
  return form === undefined ? undefined : { kind: "feed", form, component };
}

/** `""` is the home page, `incidents/7` the permanent form of `incidents/7.html`. */
export function wantedAt(path: string): Wanted | undefined {
  const file = path.startsWith("/") ? path.slice(1) : path;
  if (file === "" || fixed.has(file)) return { kind: "fixed", file: file === "" ? "index.html" : file };
  if (file === "history" || file === historyPath) return { kind: "history" };
  if (file === calendarPath) return { kind: "calendar" };
  const feedOrBadge = feedOrBadgeAt(file);
  if (feedOrBadge !== undefined) return feedOrBadge;
  const [, folder, number] = /^(incidents|maintenance)\/([1-9]\d{0,8})(?:\.html)?$/u.exec(file) ?? [];
  if (number !== undefined)
    return { kind: folder === "incidents" ? "incident" : "maintenance", number: Number(number) };
  const [, id] = /^components\/([a-z0-9-]{1,100})(?:\.html)?$/u.exec(file) ?? [];
  if (id !== undefined) return { kind: "component", id };
  const watched = /^incidents\/w-([1-9]\d{0,14})(?:\.html)?$/u.exec(file)?.[1];
  if (watched !== undefined) return { kind: "incident", number: -Number(watched) };
  const [, month, page] = /^history\/(\d{4}-(?:0[1-9]|1[0-2]))(?:-p([1-9]\d{0,3}))?(?:\.html)?$/u.exec(file) ?? [];
  return month === undefined ? undefined : { kind: "month", month, page: Number(page ?? 1) };
}

/** The one path of it, as mirrors write it. */
export function pathOf(wanted: Wanted): string {
  if (wanted.kind === "fixed") return wanted.file;
  if (wanted.kind === "incident") return incidentPath(wanted.number);
  if (wanted.kind === "maintenance") return maintenancePath(wanted.number);
  if (wanted.kind === "component") return componentPath(wanted.id);
  if (wanted.kind === "month") return monthPath(wanted.month, wanted.page);
  if (wanted.kind === "feed") return feedPathOf(wanted.form, wanted.component);
  if (wanted.kind === "badge") return badgePath(wanted.component);
  return wanted.kind === "calendar" ? calendarPath : historyPath;
}

/** The files that are made anew with each snapshot, `state.json` last: a copy is never newer than its content. */
export const fixedPaths: readonly string[] = [...fixed].toSorted(
  (a, b) => Number(a === "state.json") - Number(b === "state.json"),
);
