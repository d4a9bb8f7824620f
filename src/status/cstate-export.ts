// The past as cState keeps it: a Markdown file for each outage and window, and the list of systems in its config. Pure.
// https://github.com/cstate/cstate/wiki/Usage
import { isoSeconds, type Instant } from "../lib/clock.ts";
import { oneLine, plainText } from "../lib/text.ts";
import { isCurrent } from "./public-maintenance.ts";
import { incidentPath, maintenancePath } from "./site-paths.ts";
import type { PublicComponent, PublicIncident, PublicMaintenance, PublicSite } from "./snapshot.ts";

export type ExportedFile = { readonly path: string; readonly text: string };

const day = (at: Instant): string => isoSeconds(at).slice(0, 10);
/** A JSON string is a YAML string, whatever stands in it. */
const quoted = (text: string): string => JSON.stringify(oneLine(text, 500));
/** Hugo stops at a shortcode that it does not know. */
const tame = (text: string): string => plainText(text).replaceAll("{{<", "{{&lt;").replaceAll("{{%", "{{&#37;").trim();

const track = (at: Instant): string => `{{< track "${isoSeconds(at).slice(0, 19).replace("T", " ")}" >}}`;

/** The time stands in the first paragraph of what was said. */
function said(word: string, text: string, at: Instant): string {
  const [first = "", ...rest] = tame(text).split(/\n[ \t]*\n/u);
  return [`*${word}* - ${first} ${track(at)}`, ...rest].join("\n\n");
}

type Names = ReadonlyMap<string, string>;

function namesOf(components: readonly PublicComponent[]): Names {
  return new Map(components.map(({ id, name }) => [id, name]));
}

type Head = {
  readonly title: string;
  readonly at: Instant;
  readonly resolved: boolean | undefined;
  readonly end: Instant | undefined;
  readonly severity: "notice" | "disrupted" | "down";
  readonly affected: readonly string[];
  readonly address: string;
};

function front({ title, at, resolved, end, severity, affected, address }: Head): string {
  return [
    "---",
    `title: ${quoted(title)}`,
    `date: ${isoSeconds(at)}`,
    ...(resolved === undefined ? [] : [`resolved: ${resolved}`]),
    ...(end === undefined ? [] : [`resolvedWhen: ${isoSeconds(end)}`]),
    `severity: ${severity}`,
    ...(affected.length === 0 ? [] : ["affected:", ...affected.map((name) => `  - ${quoted(name)}`)]),
    "section: issue",
    // Links to our pages go on to work where its pages take their place.
    "aliases:",
    `  - /${address}`,
    "---",
  ].join("\n");
}

const words = { investigating: "Investigating", identified: "Identified", monitoring: "Monitoring", resolved: "Resolved", postmortem: "Postmortem" } as const; // prettier-ignore

/** What the card says, for a page that has no card. */
function card({ notice, withdrawn }: PublicIncident): readonly string[] {
  const rows: readonly (readonly [string, string | undefined])[] = [
    ["What is broken", notice.scope],
    ["Who is affected", notice.affected],
    ["Not affected", notice.notAffected],
    ["What you can do", notice.alternatives.length === 0 ? undefined : notice.alternatives.join("; ")],
    ["Retrigger", notice.retrigger],
    ["Cause", notice.cause],
    ["See also", notice.links.length === 0 ? undefined : notice.links.map(({ url }) => `<${url}>`).join(" ")],
    ["Withdrawn", withdrawn?.correction],
  ];
  return rows.flatMap(([label, text]) => (text === undefined || text === "" ? [] : [`**${label}:** ${tame(text)}`]));
}

export function cstateIncident(incident: PublicIncident, components: readonly PublicComponent[]): ExportedFile {
  const { clocks, impact, number, notice, updates, withdrawn } = incident;
  const names = namesOf(components);
  const over = clocks.resolved !== undefined;
  const statuses = Object.values(impact);
  const severity = withdrawn !== undefined ? "notice" : statuses.includes("major_outage") ? "down" : "disrupted";
  const head = front({
    title: notice.title,
    at: clocks.started,
    resolved: over,
    end: clocks.resolved,
    severity,
    affected: Object.keys(impact).map((id) => names.get(id) ?? id),
    address: incidentPath(number),
  });
  const lines = updates.map(({ phase, text, at }) => said(words[phase], text, at));
  return {
    path: `content/issues/${day(clocks.started)}-outage-${number}.md`,
    text: `${[head, ...lines, ...card(incident)].join("\n\n")}\n`,
  };
}

export function cstateMaintenance(window: PublicMaintenance, components: readonly PublicComponent[]): ExportedFile {
  const { number, title, text, scheduledStart, scheduledEnd, endedAt, updates } = window;
  const names = namesOf(components);
  const current = isCurrent(window);
  const head = front({
    title,
    at: scheduledStart,
    // Planned ones have no word on being resolved, as cState wants it.
    resolved: current ? undefined : true,
    end: endedAt ?? scheduledEnd,
    severity: "notice",
    affected: window.components.map((id) => names.get(id) ?? id),
    address: maintenancePath(number),
  });
  const lines = updates.map((one) => said(one.state === "completed" || one.state === "canceled" ? "Completed" : "Update", one.text, one.at)); // prettier-ignore
  const about = text === undefined || updates.some((one) => one.text === text) ? [] : [tame(text)];
  return {
    path: `content/issues/${day(scheduledStart)}-maintenance-${number}.md`,
    text: `${[head, ...lines, ...about].join("\n\n")}\n`,
  };
}

/** cState puts every system into a category. */
export function cstateConfig(site: PublicSite, components: readonly PublicComponent[]): ExportedFile {
  const groups = [...new Set(components.map(({ group }) => group ?? site.name))];
  const lines = [
    "# The systems of your page, for cState. What it offers beside these: https://github.com/cstate/cstate/wiki/Customization",
    `title: ${quoted(site.name)}`,
    `baseURL: ${quoted(`${site.url}/`)}`,
    `languageCode: ${quoted(site.language)}`,
    "theme: cstate",
    "params:",
    "  categories:",
    ...groups.map((name) => `    - name: ${quoted(name)}`),
    "  systems:",
    ...components.flatMap(({ name, group, description }) => [
      `    - name: ${quoted(name)}`,
      `      category: ${quoted(group ?? site.name)}`,
      ...(description === undefined ? [] : [`      description: ${quoted(description)}`]),
    ]),
  ];
  return { path: "config.yml", text: `${lines.join("\n")}\n` };
}
