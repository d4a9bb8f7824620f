// "Before today": the last fourteen days. A day on which an outage ran is never called a day without one.
import type { Instant } from "../../lib/clock.ts";
import { sayDuration } from "../../lib/duration.ts";
import { html, raw, type SafeHtml } from "../../lib/html.ts";
import { oneLine } from "../../lib/text.ts";
import { dayOf, daysBefore, saySpan, sayTime, type Day } from "../../lib/zones.ts";
import { incidentPath } from "../site-paths.ts";
import type { PublicIncident, PublicSnapshot } from "../snapshot.ts";
import { between, impactOf, stateWord } from "../words.ts";
import { shape } from "./shapes.ts";

const days = 14;

const endOf = (incident: PublicIncident): Instant | undefined => incident.withdrawn?.at ?? incident.clocks.resolved;

const within = (at: Instant, day: Day): boolean => at >= day.start && at < day.end;

function runsOn(incident: PublicIncident, day: Day): boolean {
  const end = endOf(incident) ?? Infinity;
  return within(incident.clocks.started, day) || (incident.clocks.started < day.start && end > day.start);
}

function title(incident: PublicIncident): SafeHtml {
  return html`<a href="${incidentPath(incident.number)}" dir="auto">${oneLine(incident.notice.title)}</a>`;
}

/** `08:10–15:40 UTC, 7 h 30 min · detected after 12 min, told after 15 min`. */
function facts({ clocks }: PublicIncident): string {
  const span =
    clocks.resolved === undefined
      ? undefined
      : `${saySpan(clocks.started, clocks.resolved)}, ${sayDuration(clocks.resolved - clocks.started)}`;
  const detected = between(clocks.started, clocks.detected);
  const told = between(clocks.started, clocks.published);
  const heard = [detected && `detected ${detected}`, told && `told ${told}`].filter((one) => one !== undefined);
  return [span, heard.join(", ")].filter((one) => one !== undefined && one !== "").join(" · ");
}

function entry(incident: PublicIncident, day: Day, { components, generatedAt, site }: PublicSnapshot): SafeHtml {
  const reading = { zone: site.timeZone, now: generatedAt };
  const end = endOf(incident);
  if (!within(incident.clocks.started, day)) {
    const until =
      end === undefined
        ? "still open"
        : within(end, day)
          ? `until ${sayTime(end, { zone: site.timeZone, now: end })}`
          : "all day";
    return html`<div class="e">${title(incident)} <span class="m s">went on, ${until}</span></div>`;
  }
  if (incident.withdrawn !== undefined) {
    const { at } = incident.withdrawn;
    const when = sayTime(at, within(at, day) ? { ...reading, now: at } : reading);
    return html`<div class="e">
      ${title(incident)}
      <div class="m s">${shape("unknown")}withdrawn ${when}: it was no outage</div>
    </div>`;
  }
  if (end === undefined) return html`<div class="e">${title(incident)} <span class="m s">still open</span></div>`;
  const hit = impactOf(incident, components)[0];
  const state = hit !== undefined && html`${shape(hit.status)}${stateWord(hit.status)} · `;
  return html`<div class="e">
    ${title(incident)}
    <div class="m s">${state}${facts(incident)}</div>
  </div>`;
}

/** When the record begins: before that, nobody can say that there was no outage. */
function recordBegins({ components, open, past, generatedAt }: PublicSnapshot): Instant {
  const known = components.map((component) => component.createdAt);
  const told = [...open, ...past].map((incident) => incident.clocks.started);
  return known.length === 0 ? Math.min(generatedAt, ...told) : Math.min(...known, ...told);
}

function dayRow(day: Day, recent: readonly PublicIncident[], snapshot: PublicSnapshot): SafeHtml {
  const entries = recent.filter((incident) => runsOn(incident, day));
  const said =
    entries.length === 0
      ? html`<div class="m">No outages.</div>`
      : html`<div>${entries.map((one) => entry(one, day, snapshot))}</div>`;
  return html`<li${entries.length === 0 && raw(' class="quiet"')}><time class="at" datetime="${day.date}">${day.label}</time>${said}</li> `;
}

/** What began and ended today; the open ones stand above in full. */
function earlierToday(snapshot: PublicSnapshot): SafeHtml | undefined {
  const today = dayOf(snapshot.generatedAt, snapshot.site.timeZone);
  const over = snapshot.past.filter((incident) => runsOn(incident, today));
  if (over.length === 0) return undefined;
  return html`<section aria-labelledby="today">
    <div class="hd"><h2 id="today">Earlier today</h2></div>
    <ol class="days">
      <li>
        <time class="at" datetime="${today.date}">${today.label}</time>
        <div>${over.map((one) => entry(one, today, snapshot))}</div>
      </li>
    </ol>
  </section> `;
}

export function pastSection(snapshot: PublicSnapshot): SafeHtml {
  const begins = recordBegins(snapshot);
  const shown = daysBefore(snapshot.generatedAt, days, snapshot.site.timeZone).filter((day) => day.end > begins);
  const from = shown.at(-1)?.start ?? snapshot.generatedAt;
  const recent = [...snapshot.open, ...snapshot.past].filter((incident) => (endOf(incident) ?? Infinity) >= from);
  const first = dayOf(begins, snapshot.site.timeZone);
  const rows = html`<ol class="days">
    ${shown.map((day) => dayRow(day, recent, snapshot))}
  </ol>`;
  return html`${earlierToday(snapshot)}
    <section aria-labelledby="past">
      <div class="hd"><h2 id="past">Before today</h2></div>
      ${shown.length > 0 && rows}${shown.length < days && html`<p class="m s">The record begins on <time datetime="${first.date}">${first.label}</time>.</p>`}
    </section> `;
}
