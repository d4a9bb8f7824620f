// "Before today": the last fourteen days. A day on which an outage ran is never called a day without one. Maintenance that is over stands beside.
import { html, raw, type SafeHtml } from "../../lib/html.ts";
import { dayOf, daysBefore, type Day, dayLabel } from "../../lib/zones.ts";
import { historyPath } from "../site-paths.ts";
import { isPast, toldAt } from "../public-maintenance.ts";
import type { PublicIncident, PublicSnapshot } from "../snapshot.ts";
import { endOf, pastEntry, pastWindow, tellsOf, within } from "./past-entry.ts";
import { t } from "../tongue.ts";

const days = 14;

/** The outages of a day, then the maintenance that began on it. */
function entriesOf(day: Day, incidents: readonly PublicIncident[], snapshot: PublicSnapshot): readonly SafeHtml[] {
  const told = incidents.filter((incident) => tellsOf(incident, day));
  const windows = snapshot.maintenance.filter((window) => isPast(window) && within(toldAt(window), day));
  return [
    ...told.map((one) => pastEntry(one, day, snapshot, "./")),
    ...windows.map((one) => pastWindow(one, snapshot, "./")),
  ];
}

function dayRow(day: Day, recent: readonly PublicIncident[], snapshot: PublicSnapshot): SafeHtml {
  const entries = entriesOf(day, recent, snapshot);
  const said = entries.length === 0 ? html`<div class="m">${t("No outages.")}</div>` : html`<div>${entries}</div>`;
  return html`<li${entries.length === 0 && raw(' class="quiet"')}><time class="at" datetime="${day.date}">${dayLabel(day)}</time>${said}</li> `;
}

/** What began and ended today; the open ones stand above in full. */
function earlierToday(snapshot: PublicSnapshot): SafeHtml | undefined {
  const today = dayOf(snapshot.generatedAt, snapshot.site.timeZone);
  const over = entriesOf(today, snapshot.past, snapshot);
  if (over.length === 0) return undefined;
  return html`<section aria-labelledby="today">
    <div class="hd"><h2 id="today">${t("Earlier today")}</h2></div>
    <ol class="days">
      <li>
        <time class="at" datetime="${today.date}">${dayLabel(today)}</time>
        <div>${over}</div>
      </li>
    </ol>
  </section> `;
}

export function pastSection(snapshot: PublicSnapshot): SafeHtml {
  const begins = snapshot.recordBegins;
  const shown = daysBefore(snapshot.generatedAt, days, snapshot.site.timeZone).filter((day) => day.end > begins);
  const from = shown.at(-1)?.start ?? snapshot.generatedAt;
  const recent = [...snapshot.open, ...snapshot.past].filter(
    (incident) => (incident.withdrawn?.at ?? endOf(incident) ?? Infinity) >= from,
  );
  const first = dayOf(begins, snapshot.site.timeZone);
  const rows = html`<ol class="days">
    ${shown.map((day) => dayRow(day, recent, snapshot))}
  </ol>`;
  return html`${earlierToday(snapshot)}
    <section aria-labelledby="past">
      <div class="hd">
        <h2 id="past">${t("Before today")}</h2>
        <a class="tap s" href="${historyPath}">${t("All outages")}</a>
      </div>
      ${shown.length > 0 && rows}${shown.length < days && html`<p class="m s">${t("The record begins on")} <time datetime="${first.date}">${dayLabel(first)}</time>.</p>`}
    </section> `;
}
