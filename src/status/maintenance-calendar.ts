// `/maintenance.ics`: planned work for calendars that subscribe to it. One event for each window, with one id for ever. Pure.
import { hour } from "../lib/clock.ts";
import { uuidOf } from "../lib/codes.ts";
import { plainMarkdown } from "../lib/markdown.ts";
import { oneLine } from "../lib/text.ts";
import { calendar, calendarText, calendarTime, type CalendarLine } from "../shapes/icalendar.ts";
import { hitNames, newsOf } from "./maintenance-words.ts";
import { isCurrent } from "./public-maintenance.ts";
import { maintenanceUrl } from "./site-paths.ts";
import type { Frame, PublicMaintenance } from "./snapshot.ts";
import { t } from "./tongue.ts";

/** What is planned is in it whole; of what is over, the newest. */
const mostEnded = 100;

/** Nothing in it grows old by itself: calendars ask again once a day. */
function described(window: PublicMaintenance, { components }: Frame, url: string): string {
  const names = hitNames(window, components).join(", ");
  const said = [window.text ?? "", ...newsOf(window).map(({ text }) => text)].map((text) => plainMarkdown(text).trim());
  return [names === "" ? "" : t("Affected: {0}.", names), ...said, url].filter((text) => text !== "").join("\n\n");
}

function eventOf(window: PublicMaintenance, frame: Frame): readonly CalendarLine[] {
  const { scheduledStart, scheduledEnd, endedAt, state, plannedAt, updatedAt } = window;
  const url = maintenanceUrl(frame.site, window.number);
  const canceled = state === "canceled";
  const ended = state === "completed" ? (endedAt ?? scheduledEnd) : scheduledEnd;
  const title = `${frame.site.demo ? "DEMO · " : ""}${oneLine(frame.site.name, 100)}: ${oneLine(window.title, 300)}`;
  return [
    ["UID", uuidOf("maintenance", window.code)],
    // Without a METHOD it is when the event was last revised, so that the same plan gives the same bytes.
    ["DTSTAMP", calendarTime(updatedAt)],
    ["CREATED", calendarTime(plannedAt)],
    ["LAST-MODIFIED", calendarTime(updatedAt)],
    // What was said of it after the plan itself.
    ["SEQUENCE", String(Math.max(0, window.updates.length - 1))],
    ["DTSTART", calendarTime(scheduledStart)],
    ["DTEND", calendarTime(ended > scheduledStart ? ended : scheduledStart + hour)],
    ["SUMMARY", calendarText(canceled ? t("Canceled: {0}", title) : title)],
    ["DESCRIPTION", calendarText(described(window, frame, url))],
    ["STATUS", canceled ? "CANCELLED" : "CONFIRMED"],
    // It takes nobody's time.
    ["TRANSP", "TRANSPARENT"],
    ["URL", url],
  ];
}

export function renderCalendar(windows: readonly PublicMaintenance[], frame: Frame): string {
  const { site } = frame;
  const byStart = windows.toSorted((a, b) => a.scheduledStart - b.scheduledStart || a.number - b.number);
  const ended = byStart.filter((window) => !isCurrent(window)).slice(-mostEnded);
  const name = calendarText(t("{0}: {1}", oneLine(site.name, 200), t("maintenance")));
  return calendar(
    [
      ["VERSION", "2.0"],
      ["PRODID", "-//Tocsin//The outage desk//EN"],
      ["CALSCALE", "GREGORIAN"],
      ["NAME", name],
      ["X-WR-CALNAME", name],
      // So often it is worth asking again: https://www.rfc-editor.org/rfc/rfc7986#section-5.7
      ["REFRESH-INTERVAL;VALUE=DURATION", "PT15M"],
      ["X-PUBLISHED-TTL", "PT15M"],
    ],
    [...ended, ...byStart.filter(isCurrent)].map((window) => eventOf(window, frame)),
  );
}
