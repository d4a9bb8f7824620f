// The answer of `/affected` for programs. Every text in it is public and plain.
import { isoSeconds } from "../lib/clock.ts";
import { plainMarkdown } from "../lib/markdown.ts";
import { oneLine } from "../lib/text.ts";
import type { Affected, Found } from "./affected.ts";
import { incidentUrl, maintenanceUrl } from "./site-paths.ts";
import type { PublicIncident, PublicMaintenance, PublicSnapshot } from "./snapshot.ts";

const plain = (text: string | undefined): string | null => (text === undefined ? null : plainMarkdown(text));

function incidentJson({ of, match, because }: Found<PublicIncident>, { site, components }: PublicSnapshot) {
  const { started, resolved } = of.clocks;
  return {
    number: of.number,
    url: incidentUrl(site, of.number),
    title: oneLine(of.notice.title),
    match,
    because,
    phase: of.phase,
    backlog: of.backlog,
    components: components.flatMap(({ id, name }) => {
      const status = of.impact[id];
      return status === undefined ? [] : [{ id, name: oneLine(name), status }];
    }),
    started_at: isoSeconds(started),
    resolved_at: resolved === undefined ? null : isoSeconds(resolved),
    affected: plain(of.notice.affected),
    not_affected: plain(of.notice.notAffected),
    alternatives: of.notice.alternatives.map(plainMarkdown),
    retrigger: plain(of.notice.retrigger),
  };
}

function windowJson({ of, match, because }: Found<PublicMaintenance>, { site }: PublicSnapshot) {
  return {
    number: of.number,
    url: maintenanceUrl(site, of.number),
    title: oneLine(of.title),
    match,
    because,
    status: of.state,
    scheduled_for: isoSeconds(of.scheduledStart),
    scheduled_until: isoSeconds(of.scheduledEnd),
  };
}

export function affectedJson(answer: Affected, snapshot: PublicSnapshot) {
  const { repository = null, target = null, job = null } = answer.question;
  return {
    question: { repository, target, job },
    match: answer.match,
    headline: answer.headline,
    lead: answer.lead,
    notes: answer.notes,
    incidents: answer.incidents.map((found) => incidentJson(found, snapshot)),
    maintenance: answer.maintenance.map((found) => windowJson(found, snapshot)),
    others: answer.others.map((found) => incidentJson(found, snapshot)),
    as_of: isoSeconds(snapshot.generatedAt),
  };
}
