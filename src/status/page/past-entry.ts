// One outage or maintenance of the past in a list, under the day of which it is told: title, worst state, span, how soon it was told.
import type { Instant } from "../../lib/clock.ts";
import { sayDuration } from "../../lib/duration.ts";
import { html, type SafeHtml } from "../../lib/html.ts";
import { oneLine } from "../../lib/text.ts";
import { isNotice } from "../../maintenance/maintenance.ts";
import { saySpan, sayTime, type Day } from "../../lib/zones.ts";
import { kindOf } from "../maintenance-words.ts";
import { incidentPath, maintenancePath } from "../site-paths.ts";
import type { Frame, PublicIncident, PublicMaintenance } from "../snapshot.ts";
import { between, impactOf, stateWord } from "../words.ts";
import { shape } from "./shapes.ts";
import { t } from "../tongue.ts";

/** When it ran until; what was withdrawn later had ended before. */
export const endOf = (incident: PublicIncident): Instant | undefined => incident.clocks.resolved;

export const within = (at: Instant, day: Pick<Day, "start" | "end">): boolean => at >= day.start && at < day.end;

/** Whether something of it belongs under that day: it ran, or it was taken back. */
export function tellsOf(incident: PublicIncident, day: Pick<Day, "start" | "end">): boolean {
  const { started } = incident.clocks;
  const ran = within(started, day) || (started < day.start && (endOf(incident) ?? Infinity) > day.start);
  return ran || (incident.withdrawn !== undefined && within(incident.withdrawn.at, day));
}

/** `08:10–15:40 UTC, 7 h 30 min · detected after 12 min, told after 15 min`. */
function facts({ clocks }: PublicIncident): string {
  const span =
    clocks.resolved === undefined
      ? undefined
      : `${saySpan(clocks.started, clocks.resolved)}, ${sayDuration(clocks.resolved - clocks.started)}`;
  const detected = between(clocks.started, clocks.detected);
  const told = between(clocks.started, clocks.published);
  const heard = [detected && t("detected {0}", detected), told && t("told {0}", told)].filter(
    (one) => one !== undefined,
  );
  return [span, heard.join(", ")].filter((one) => one !== undefined && one !== "").join(" · ");
}

/** `root`: the way to the root of the site, from the page that it stands on. */
export function pastEntry(incident: PublicIncident, day: Day, { components, site }: Frame, root: string): SafeHtml {
  const zone = site.timeZone;
  const page = `${root === "./" ? "" : root}${incidentPath(incident.number)}`;
  const title = html`<a href="${page}" dir="auto">${oneLine(incident.notice.title)}</a>`;
  const end = endOf(incident);
  const { withdrawn } = incident;
  if (withdrawn !== undefined) {
    const when = sayTime(
      withdrawn.at,
      within(withdrawn.at, day) ? { zone, now: withdrawn.at } : { zone, now: day.start },
    );
    return html`<div class="e">
      ${title}
      <div class="m s">${shape("unknown")}${t("withdrawn {0}: it was no outage", when)}</div>
    </div>`;
  }
  if (!within(incident.clocks.started, day)) {
    const until =
      end === undefined
        ? t("still open")
        : within(end, day)
          ? t("until {0}", sayTime(end, { zone, now: end }))
          : t("all day");
    return html`<div class="e">${title} <span class="m s">${t("went on, {0}", until)}</span></div>`;
  }
  if (end === undefined) return html`<div class="e">${title} <span class="m s">${t("still open")}</span></div>`;
  const hit = impactOf(incident, components)[0];
  const state = hit !== undefined && html`${shape(hit.status)}${stateWord(hit.status)} · `;
  return html`<div class="e">
    ${title}
    <div class="m s">${state}${facts(incident)}</div>
  </div>`;
}

/** A window that is over or was canceled: it is not mistaken for an outage. */
export function pastWindow(window: PublicMaintenance, { site }: Frame, root: string): SafeHtml {
  const { number, title, state, scheduledStart, scheduledEnd, endedAt } = window;
  const page = `${root === "./" ? "" : root}${maintenancePath(number)}`;
  const end = endedAt ?? scheduledEnd;
  const ran = end > scheduledStart;
  const span = `${saySpan(scheduledStart, end)}, ${sayDuration(end - scheduledStart)}`;
  const planned = t("canceled; it was planned for {0}", sayTime(scheduledStart, { zone: site.timeZone }));
  const said = state === "canceled" ? (ran ? t("canceled after it began, {0}", span) : planned) : span;
  return html`<div class="e">
    <a href="${page}" dir="auto">${oneLine(title)}</a>
    <div class="m s">${shape(isNotice(window) ? "operational" : "under_maintenance")}${kindOf(window)} · ${said}</div>
  </div>`;
}
