// The six clocks of an incident, with what lies between them.
import { clockNames } from "../../incidents/clocks.ts";
import { sayDuration } from "../../lib/duration.ts";
import { html, type SafeHtml } from "../../lib/html.ts";
import { timeParts, type Reading } from "../../lib/zones.ts";
import type { PublicIncident } from "../snapshot.ts";
import { between } from "../words.ts";
import { t } from "../tongue.ts";
import { type Sentence } from "../languages/english.ts";

type ClockName = (typeof clockNames)[number];

const labels: Readonly<Record<ClockName, Sentence>> = {
  started: "Started",
  detected: "Detected",
  acknowledged: "Acknowledged",
  published: "Published",
  mitigated: "Mitigated",
  resolved: "Resolved",
};

function sinceStart(name: ClockName, { clocks, withdrawn }: PublicIncident): string | undefined {
  const after = between(clocks.started, clocks[name]);
  if (name === "started" || after === undefined) return undefined;
  if (name === "published") return t("told users {0}", after);
  if (name === "resolved" && withdrawn !== undefined) return t("withdrawn");
  if (name === "resolved") return t("lasted {0}", sayDuration(Math.max(0, (clocks.resolved ?? 0) - clocks.started)));
  return after;
}

function clock(name: ClockName, incident: PublicIncident, reading: Reading): SafeHtml {
  const at = incident.clocks[name];
  if (at === undefined)
    return html`<div>
      <dt>${t(labels[name])}</dt>
      <dd>—</dd>
    </div>`;
  const { iso, utc, local } = timeParts(at, reading);
  const after = sinceStart(name, incident);
  return html`<div>
    <dt>${t(labels[name])}</dt>
    <dd>
      <time datetime="${iso}">${utc}</time>${local !== undefined && html`<span class="m lt">${local}</span>`}${
        after !== undefined && html`<span>${after}</span>`
      }
    </dd>
  </div>`;
}

/** Of what another page told first, only what it told of is known. */
function importedClocks(incident: PublicIncident, reading: Reading): SafeHtml {
  const known = (["started", "published", "resolved"] as const).filter(
    (name) => name !== "published" || incident.clocks.published !== incident.clocks.started,
  );
  return html`<section aria-labelledby="clocks">
    <div class="hd"><h2 id="clocks">${t("When")}</h2></div>
    <dl class="card clocks">${known.map((name) => clock(name, incident, reading))}</dl>
  </section> `;
}

export function clocksSection(incident: PublicIncident, reading: Reading): SafeHtml {
  if (incident.imported !== undefined) return importedClocks(incident, reading);
  return html`<section aria-labelledby="clocks">
    <div class="hd"><h2 id="clocks">${t("The six clocks")}</h2></div>
    <dl class="card clocks">${clockNames.map((name) => clock(name, incident, reading))}</dl>
  </section> `;
}
