// The permanent page of one incident. Once it is over, nothing on it depends on when it was written.
import { worst, type PublicStatus } from "../../components/status.ts";
import { sayDuration } from "../../lib/duration.ts";
import { html, type SafeHtml } from "../../lib/html.ts";
import { markdown, plainMarkdownLine } from "../../lib/markdown.ts";
import type { Sequence } from "../../lib/sequence.ts";
import { oneLine } from "../../lib/text.ts";
import type { PublicIncident, PublicSnapshot } from "../snapshot.ts";
import { impactOf, phaseSaid, promiseSaid, recovering, stateWord, type Said } from "../words.ts";
import { clocksSection } from "./clocks.ts";
import { incidentName } from "../site-paths.ts";
import { hits, impactCard, postmortem, updates } from "./incident-card.ts";
import { noticeEdits } from "./edits.ts";
import { layout } from "./layout.ts";
import { said } from "./moments.ts";
import { t, tell } from "../tongue.ts";

function statusOf(incident: PublicIncident, { components }: PublicSnapshot, open: boolean): PublicStatus {
  if (incident.withdrawn !== undefined) return "unknown";
  if (!open) return "operational";
  return worst(
    impactOf(incident, components).map((hit) => hit.status),
    "operational",
  );
}

function lead(incident: PublicIncident, now: number | undefined): Said {
  const { clocks, withdrawn } = incident;
  if (withdrawn !== undefined) return tell("Withdrawn on {0}: it was no outage.", withdrawn.at);
  if (now !== undefined) {
    return [
      ...tell("Since {0}, for {1}.", clocks.started, sayDuration(now - clocks.started)),
      recovering([incident]),
      ...promiseSaid(incident.notice.nextUpdateAt, now),
    ];
  }
  if (clocks.resolved === undefined) return tell("Over. It began on {0}.", clocks.started);
  const lasted = sayDuration(clocks.resolved - clocks.started);
  return tell("Over. It lasted {0}, from {1} to {2}.", lasted, clocks.started, clocks.resolved);
}

function timeline(incident: PublicIncident, reading: { readonly zone: string; readonly now: number }): SafeHtml {
  return html`<section aria-labelledby="timeline">
    <div class="hd"><h2 id="timeline">${t("Timeline")}</h2></div>
    <div class="card out line">
      ${updates(incident, reading, "") ?? html`<p class="m">${t("No updates were published.")}</p>`}
    </div>
  </section> `;
}

/** The page of an incident of the snapshot; `open` says whether it stands among the open ones. */
export function renderIncident(
  incident: PublicIncident,
  snapshot: PublicSnapshot,
  open: boolean,
  live?: Sequence,
): string {
  const { site, components, generatedAt, validUntil, addresses } = snapshot;
  const now = open ? generatedAt : undefined;
  const zone = site.timeZone;
  // Over: full dates in the sentence, and below only where the day is another than that of the start.
  const full = open ? { zone, now: generatedAt } : { zone };
  const within = { zone, now: now ?? incident.clocks.started };
  const title = oneLine(incident.notice.title);
  const impact = impactOf(incident, components).map((hit) => `${hit.name}: ${stateWord(hit.status)}`);
  const correction = incident.withdrawn?.correction ?? "";
  return layout({
    site,
    title: `${title} (${phaseSaid(incident)})`,
    description: oneLine(
      `${t("Outage {0}", incidentName(incident.number))}, ${phaseSaid(incident)}. ${impact.join(", ")}. ${plainMarkdownLine(incident.notice.scope ?? "", 200)}`,
    ),
    status: statusOf(incident, snapshot, open),
    root: "../",
    addresses,
    ...(open ? { fresh: { generatedAt, validUntil }, live } : {}),
    main: html`<div class="say ${statusOf(incident, snapshot, open)}">
        <h1 dir="auto">${title}</h1>
        <p>${said(lead(incident, now), full)}</p>
        ${correction !== "" && html`<div class="md" dir="auto">${markdown(correction)}</div>`}
      </div>
      <section class="card out" aria-label="${t("Impact")}">
        <p class="m s">${t("Outage {0}", incidentName(incident.number))} · ${phaseSaid(incident)}</p>
        ${hits(incident, components)}${impactCard(incident, within, now)}${noticeEdits(incident, components, within)}
      </section>
      ${postmortem(incident, within)}${timeline(incident, within)}${clocksSection(incident, within)}`,
  });
}
