// The draft of an incident, filled in from the evidence and the component's defaults: at 3 a.m. nobody types six fields.
import { worstImpact, type Impact } from "./impact.ts";
import { entriesOf, present } from "../lib/records.ts";
import type { Alert, AlertKind } from "../alerts/alert.ts";
import type { Component } from "../components/component.ts";
import type { ComponentStatus } from "../components/status.ts";
import type { Dependencies } from "../components/depends.ts";
import type { ComponentId } from "../config/names.ts";
import { list, oneLine } from "../lib/text.ts";
import { type Incident } from "./incident.ts";
import type { Notice } from "./notice.ts";
import { bestTemplate, noticeOf, type Template } from "./template.ts";

const troubles: Readonly<Record<AlertKind, string>> = {
  failing: "many failures",
  stuck: "jobs are stuck",
  slow: "slower than usual",
  silent: "nothing is happening",
  down: "not reachable",
  blind: "cannot be watched",
  expiring: "a certificate is about to expire",
  other: "trouble",
};

const scopes: Readonly<Record<AlertKind, (name: string) => string>> = {
  failing: (name) => `We are seeing many failures in ${name}.`,
  stuck: (name) => `${name}: work is taken in but does not get on.`,
  slow: (name) => `${name}: everything takes much longer than usual.`,
  silent: (name) => `${name}: nothing has happened for unusually long.`,
  down: (name) => `${name} cannot be reached.`,
  blind: (name) => `We cannot see at present whether ${name} works.`,
  expiring: (name) => `${name}: a certificate is about to expire.`,
  other: (name) => `There is trouble with ${name}.`,
};

/** How bad an alert says it is, in the words of the page. */
export function statusOf(alert: Alert): ComponentStatus {
  const failed = alert.evidence?.figures.failedShare;
  if (alert.quote?.status !== undefined) return alert.quote.status;
  if (alert.kind === "failing" && failed !== undefined) {
    if (failed >= 0.8) return "major_outage";
    return failed >= 0.4 ? "partial_outage" : "degraded_performance";
  }
  if (alert.kind === "slow" || alert.kind === "blind" || alert.kind === "expiring") return "degraded_performance";
  if (alert.severity === "info") return "degraded_performance";
  return alert.severity === "critical" ? "major_outage" : "partial_outage";
}

export function impactOf(alert: Alert): Impact {
  // Not to see is not to see trouble: the page says unknown by itself.
  if (alert.kind === "blind") return {};
  return alert.component === undefined ? {} : { [alert.component]: statusOf(alert) };
}

/** What a notice about these components starts from. Never names a culprit: blame is a human's to publish. */
export function defaultsFor(components: readonly Component[]): Omit<Notice, "title"> {
  const first = <K extends keyof Component["notice"]>(key: K): Component["notice"][K] | undefined =>
    components.map((component) => component.notice[key]).find((value) => value !== undefined);
  const links = components.flatMap((component) =>
    component.upstream?.url === undefined ? [] : [{ url: component.upstream.url, title: component.upstream.name }],
  );
  const fields = {
    scope: first("scope"),
    affected: first("affected"),
    notAffected: first("notAffected"),
    retrigger: first("retrigger"),
  };
  const said = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { ...Object.fromEntries(said), alternatives: first("alternatives") ?? [], eta: "unknown", links };
}

/** So many upstreams are quoted at most: one, as a rule. */
const mostQuotes = 5;

/** The notice with what an upstream says, and its link; the newest of its words takes the place of the older. */
export function quoting<N extends Pick<Notice, "links" | "quotes">>(notice: N, { quote, observedAt }: Alert): N {
  if (quote === undefined || quote.planned !== undefined) return notice;
  const { by, title, text, url, saidAt } = quote;
  const before = notice.quotes ?? [];
  const same = before.find((each) => each.by === by && each.title === title);
  if (same !== undefined && same.text === text && same.url === url) return notice;
  const mine = present({ by, title, text, url, at: saidAt ?? observedAt });
  const linked = url === undefined || notice.links.some((link) => link.url === url);
  return {
    ...notice,
    quotes: [...before.filter((each) => each !== same), mine].slice(-mostQuotes),
    links: linked ? notice.links : [...notice.links, { url, title: oneLine(`${by}: ${title}`, 200) }].slice(-20),
  };
}

/** The template that fits best speaks first, then the component's defaults, then what we know of that kind of trouble. */
export function draftFrom(
  alert: Alert,
  component: Component | undefined,
  templates: readonly Template[] = [],
): { readonly impact: Impact; readonly notice: Notice } {
  const name = component?.name ?? alert.labels["component"] ?? "the service";
  const defaults = defaultsFor(component === undefined ? [] : [component]);
  const title = component === undefined ? alert.summary : `${component.name}: ${troubles[alert.kind]}`;
  const template = bestTemplate(templates, component?.id, alert.kind);
  const usual = { title: oneLine(title, 200), ...defaults, scope: defaults.scope ?? scopes[alert.kind](name) };
  if (template === undefined) return { impact: impactOf(alert), notice: quoting(usual, alert) };
  return {
    // The evidence may be worse than what the template foresaw, and not to see is still not to see trouble.
    impact: alert.kind === "blind" ? {} : worstImpact(template.impact, impactOf(alert)),
    notice: quoting({ ...usual, ...noticeOf(template, component) }, alert),
  };
}

/** What a draft is about when more than one component is hit: the one that the others stand on, else several at once. */
export function troubleOf(
  incident: Incident,
  heard: readonly Alert[],
  { components, depends, templates }: Names,
): Partial<Notice> | undefined {
  const hit = entriesOf(incident.impact).map(([id]) => id);
  if (hit.length < 2) return undefined;
  const root = hit.find((id) => hit.every((other) => other === id || depends.standsOn(other, id)));
  if (root === undefined) {
    const names = hit.flatMap((id) => components.get(id)?.name ?? []);
    const title = names.length > 3 ? `Trouble in ${names.length} components` : `Trouble in ${list(names)}`;
    return { title, scope: `There is trouble in several components at once: ${list(names)}.` };
  }
  // In its own words, when it is heard of; what was known of it before stands there already.
  const alert = heard.find(({ component }) => component === root);
  return alert === undefined ? undefined : draftFrom(alert, components.get(root), templates).notice;
}

type Names = {
  readonly components: ReadonlyMap<ComponentId, Component>;
  readonly depends: Dependencies;
  readonly templates: readonly Template[];
};
