// The last ninety days of a component as bars: colour and height for each state, a title for each day, a sentence for all.
import type { PublicStatus } from "../../components/status.ts";
import { sayDuration } from "../../lib/duration.ts";
import { html, raw, type SafeHtml } from "../../lib/html.ts";
import { oneLine } from "../../lib/text.ts";
import { dayOf, type Day, dayLabel } from "../../lib/zones.ts";
import { daysShown, type DayRecord, type DayShown } from "../day-record.ts";
import type { DaysOfAll, PublicComponent } from "../snapshot.ts";
import { inLine, n, t } from "../tongue.ts";
import { statusName } from "../words.ts";
import { figureIn } from "../../lib/language.ts";

type Shown = DayShown["status"];

/** `y` and height of each bar, of 28: trouble stands out by its height, what is not known lies low, maintenance is broken in two. */
const forms: Readonly<Record<Shown, readonly (readonly [number, number])[]>> = {
  operational: [[9, 19]],
  degraded_performance: [[5, 23]],
  partial_outage: [[2, 26]],
  major_outage: [[0, 28]],
  under_maintenance: [[9, 8], [20, 8]], // prettier-ignore
  unknown: [[20, 8]],
  none: [[25, 3]],
};

const quiet: ReadonlySet<Shown> = new Set(["operational", "none", "unknown", "under_maintenance"]);

/** How a day was, in a word. */
export const dayWord = (status: Shown): string => (status === "none" ? t("No data") : statusName(status));

type Run = { readonly at: number; readonly days: readonly Day[]; readonly shown: DayShown };

/** Quiet days of one kind are one piece; a day of trouble stands alone. */
function runsOf({ days }: DayRecord, calendar: readonly Day[]): readonly Run[] {
  const runs: Run[] = [];
  for (const [at, shown] of days.entries()) {
    const on = calendar[at];
    const last = runs.at(-1);
    if (on === undefined) continue;
    const joins = last !== undefined && quiet.has(shown.status) && last.shown.status === shown.status;
    if (joins) runs[runs.length - 1] = { ...last, days: [...last.days, on] };
    else runs.push({ at, days: [on], shown });
  }
  return runs;
}

/** `Degraded performance, 7 h 30 min`. */
export function dayFact({ status, hitMs }: DayShown): string {
  const lasted = hitMs === undefined || hitMs < 1_000 || quiet.has(status) ? "" : `, ${sayDuration(hitMs)}`;
  return `${dayWord(status)}${lasted}`;
}

function title({ days, shown }: Run): string {
  const [first, last] = [days[0], days.at(-1)];
  const span = first === last ? "" : ` – ${last === undefined ? "" : dayLabel(last)}`;
  return `${first === undefined ? "" : dayLabel(first)}${span}: ${dayFact(shown)}`;
}

function piece(run: Run): SafeHtml {
  const drawn = forms[run.shown.status].map(([y, height]) => `M${run.at} ${y}h${run.days.length}v${height}h-${run.days.length}z`); // prettier-ignore
  return html`<path class="${run.shown.status}" d="${drawn.join("")}"><title>${title(run)}</title></path>`;
}

const said = (figure: number): string => `${figureIn(figure)} %`;

/** `98.61 % up · 99.9 % watched`; without a monitor there is no percentage. */
function figures({ uptime, coverage }: DayRecord): SafeHtml {
  if (uptime === undefined || coverage === undefined) return html`${t("not watched by a monitor")}`;
  return html`<b>${t("{0} up", said(uptime))}</b> · ${t("{0} watched", said(coverage))}`;
}

const mostTold = 5;

/** What the bars show, in words. */
function inWords({ name }: PublicComponent, record: DayRecord, { calendar }: DaysOfAll, zone: string): string {
  const { uptime, coverage, days, since } = record;
  const labelAt = (at: number): string => {
    const on = calendar[at];
    return on === undefined ? "" : dayLabel(on);
  };
  const troubled = days.flatMap((one, at) => (quiet.has(one.status) ? [] : [{ one, label: labelAt(at) }]));
  const told = troubled.slice(-mostTold).map(({ one, label }) => `${label}: ${dayFact(one)}`);
  const more = troubled.length - told.length;
  const begins = days[0]?.status === "none" ? [`${t("The record begins on")} ${dayLabel(dayOf(since, zone))}`] : [];
  const percents =
    uptime === undefined || coverage === undefined
      ? []
      : [`${t("{0} up", said(uptime))}, ${t("{0} watched", said(coverage))}`];
  const trouble = troubled.length === 0 ? [t("No trouble was published")] : [...told, ...(more > 0 ? [n("{n} more days with trouble", more)] : [])]; // prettier-ignore
  return `${oneLine(name)}, ${inLine(t("Last {0} days", daysShown))}. ${[...percents, ...trouble, ...begins].join(". ")}.`;
}

/** One dashed line over all of them, in the colour of the card, cuts the pieces into days. */
const gaps = raw('<path class="g" d="M.76 14h90"/>');

/** How many bars a screen has room for; the rest is cut off at the old end. */
const ago = (): SafeHtml =>
  html`<span class="ago">${[90, 60, 30].map((days) => html`<i>${n("{n} days ago", days)}</i>`)}</span>`;

/** The bars and their figures; undefined where there are none. */
export function bars(component: PublicComponent, days: DaysOfAll | undefined, zone: string): SafeHtml | undefined {
  const record = days?.of.get(component.id);
  if (days === undefined || record === undefined) return undefined;
  const pieces = runsOf(record, days.calendar).map(piece);
  return html`<div class="bars">
      <svg
        viewBox="0 0 ${daysShown} 28"
        preserveAspectRatio="none"
        role="img"
        aria-label="${inWords(component, record, days, zone)}"
      >
        ${pieces}${gaps}
      </svg>
    </div>
    <p class="fig m">${ago()}<span>${figures(record)}</span><span>${t("today")}</span></p>`;
}

/** The days with trouble, newest first, for a list in words. */
export function troubledDays(
  record: DayRecord,
  calendar: readonly Day[],
): readonly { readonly day: Day; readonly shown: DayShown & { readonly status: PublicStatus } }[] {
  return record.days
    .flatMap((shown, at) => {
      const on = calendar[at];
      const { status } = shown;
      return on === undefined || status === "none" || status === "operational"
        ? []
        : [{ day: on, shown: { ...shown, status } }];
    })
    .toReversed();
}
