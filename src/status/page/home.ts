// The status page.
import { html } from "../../lib/html.ts";
import type { Sequence } from "../../lib/sequence.ts";
import { oneLine } from "../../lib/text.ts";
import { sayTime } from "../../lib/zones.ts";
import type { PublicSnapshot } from "../snapshot.ts";
import { summarize } from "../words.ts";
import { askSection } from "./affected.ts";
import { banner } from "./banner.ts";
import { componentSection } from "./components.ts";
import { openIncident } from "./incident-card.ts";
import { layout } from "./layout.ts";
import { maintenanceSection, noticeSection } from "./maintenance.ts";
import { pastSection } from "./past.ts";

/** The whole home page of a snapshot. `live`: somebody answers what the box asks. */
export function renderHome(snapshot: PublicSnapshot, live?: Sequence): string {
  const { site, components, open, generatedAt, validUntil, addresses } = snapshot;
  const summary = summarize(snapshot);
  const reading = { zone: site.timeZone, now: generatedAt };
  const lead = summary.lead.map((part) => (typeof part === "string" ? part : sayTime(part, reading))).join("");
  return layout({
    site,
    title: summary.headline,
    description: oneLine(`${summary.headline}. ${lead}`),
    status: summary.status,
    root: "./",
    home: true,
    live,
    addresses,
    behind: snapshot.behind,
    fresh: { generatedAt, validUntil },
    main: html`${banner(summary, snapshot)}${noticeSection(snapshot)}
    ${open.map((incident) => openIncident(incident, components, reading, generatedAt))}${maintenanceSection(snapshot)}${componentSection(snapshot)}${live && askSection()}${pastSection(snapshot)}`,
  });
}
