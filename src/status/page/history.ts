// The past: the latest months, one month, and what a search found. Nothing on these pages grows old by itself.
import { html, type SafeHtml } from "../../lib/html.ts";
import { oneLine } from "../../lib/text.ts";
import { dayOf, type Month, dayLabel, monthLabel } from "../../lib/zones.ts";
import { feedPath, historyPath, monthPath } from "../site-paths.ts";
import { toldAt } from "../public-maintenance.ts";
import type { Frame, PublicIncident, PublicMaintenance } from "../snapshot.ts";
import { layout } from "./layout.ts";
import { pastEntry, pastWindow } from "./past-entry.ts";
import { t } from "../tongue.ts";

export type MonthShown = Month & {
  readonly incidents: readonly PublicIncident[];
  /** Maintenance that is over. */
  readonly windows: readonly PublicMaintenance[];
  readonly pages: number;
};

type Told = { readonly incidents: readonly PublicIncident[]; readonly windows?: readonly PublicMaintenance[] };

/** Each under the day on which it began, newest first; what began before the month stands under its first day. */
export function days({ incidents, windows = [] }: Told, frame: Frame, root: string, from = -Infinity): SafeHtml {
  const zone = frame.site.timeZone;
  const byDay = Map.groupBy(incidents, (one) => dayOf(Math.max(one.clocks.started, from), zone).start);
  const planned = Map.groupBy(windows, (one) => dayOf(toldAt(one), zone).start);
  const rows = [...new Set([...byDay.keys(), ...planned.keys()])].toSorted((a, b) => b - a);
  return html`<ol class="days">
    ${rows.map((start) => {
      const day = dayOf(start, zone);
      const year = from === -Infinity ? ` ${day.date.slice(0, 4)}` : "";
      return html`<li>
        <time class="at" datetime="${day.date}">${dayLabel(day)}${year}</time>
        <div>
          ${(byDay.get(start) ?? []).map((one) => pastEntry(one, day, frame, root))}
          ${(planned.get(start) ?? []).map((one) => pastWindow(one, frame, root))}
        </div>
      </li> `;
    })}
  </ol>`;
}

function monthBody(month: MonthShown, frame: Frame, root: string): SafeHtml {
  return month.incidents.length + month.windows.length === 0
    ? html`<p class="m">${t("No outages.")}</p>`
    : days(month, frame, root, month.start);
}

export type Neighbour = { readonly path: string; readonly label: string };

const away = (link: Neighbour | undefined, words: (label: string) => string): SafeHtml =>
  link === undefined ? html`<span></span>` : html`<a href="../${link.path}">${words(link.label)}</a>`;

/** One page of one month. `newer` and `older`: the next pages that there are, whichever month they are of. */
export function renderMonth(
  month: MonthShown & { readonly page: number },
  frame: Frame,
  beside: { readonly newer?: Neighbour; readonly older?: Neighbour },
): string {
  const part = month.pages === 1 ? "" : `, ${t("page {0} of {1}", month.page, month.pages)}`;
  return layout({
    site: frame.site,
    title: `${t("Outages: {0}", monthLabel(month))}${part}`,
    description: t("Outages: {0}", monthLabel(month)),
    status: "unknown",
    root: "../",
    addresses: frame.addresses,
    main: html`<h1>${t("Outages: {0}", monthLabel(month))}</h1>
      ${part !== "" && html`<p class="m">${t("Page {0} of {1}", month.page, month.pages)}</p>`}
      <section aria-label="${monthLabel(month)}" class="past">${monthBody(month, frame, "../")}</section>
      <nav class="pg" aria-label="${t("Months")}">
        ${away(beside.newer, (label) => `← ${label}`)}<a href="../${historyPath}">${t("All months")}</a
        >${away(beside.older, (label) => `${label} →`)}
      </nav>`,
  });
}

export type Listed = { readonly month: string; readonly count: number };

function searchBox(words: string): SafeHtml {
  return html`<form class="find" role="search" action="history" method="get">
    <label for="q">${t("Search titles, texts and components")}</label>
    <input id="q" name="q" type="search" maxlength="100" value="${words}" dir="auto" /><button>${t("Search")}</button>
  </form>`;
}

/** The latest months in full, all others by name. On a copy nobody answers a search, so there is no box. */
export function renderHistory(
  latest: readonly MonthShown[],
  all: readonly Listed[],
  frame: Frame,
  search: boolean,
): string {
  const shown = latest.map(
    (month) =>
      html`<section aria-labelledby="m${month.month}" class="past">
        <div class="hd"><h2 id="m${month.month}">${monthLabel(month)}</h2></div>
        ${monthBody(month, frame, "./")}${month.pages > 1 && html`<p class="s"><a class="tap" href="${monthPath(month.month, 2)}">${t("More of {0}", monthLabel(month))}</a></p>`}
      </section>`,
  );
  const others = all.map(
    ({ month, count }) =>
      html`<li>
        <a href="${monthPath(month)}">${monthLabel({ month })}</a>
        <span class="m s">${count === 0 ? t("maintenance") : count}</span>
      </li>`,
  );
  return layout({
    site: frame.site,
    title: t("All outages"),
    description: t("Every outage that was published, and maintenance that is over, by month."),
    status: "unknown",
    root: "./",
    addresses: frame.addresses,
    main: html`<h1>${t("All outages")}</h1>
      <p class="m">
        ${t("By month, in the days of {0}.", frame.site.timeZone)} <a href="${feedPath}">${t("As a feed")}</a>.
      </p>
      ${search && searchBox("")}${shown}
      <section aria-labelledby="months">
        <div class="hd"><h2 id="months">${t("All months")}</h2></div>
        ${
          others.length === 0
            ? html`<p class="m">${t("None yet.")}</p>`
            : html`<ul class="mo">
                ${others}
              </ul>`
        }
      </section>`,
  });
}

export type Found = {
  readonly words: string;
  readonly incidents: readonly PublicIncident[];
  readonly page: number;
  readonly more: boolean;
};

/** What a search found. Its address is `history?q=…`, so links are those of the root. */
export function renderFound({ words, incidents, page, more }: Found, frame: Frame): string {
  const to = (number: number): string => `history?q=${encodeURIComponent(words)}&page=${number}`;
  const none = page > 1 ? t("Nothing more was found.") : t("Nothing was found. Fewer or shorter words find more.");
  return layout({
    site: frame.site,
    title: t("Search: {0}", oneLine(words, 60)),
    description: t("Outages that were found."),
    status: "unknown",
    root: "./",
    addresses: frame.addresses,
    main: html`<h1 dir="auto">${t("Outages with “{0}”", oneLine(words, 100))}</h1>
      ${searchBox(words)}
      <section aria-label="${t("Found")}" class="past">
        ${incidents.length === 0 ? html`<p class="m">${none}</p>` : days({ incidents }, frame, "./")}
      </section>
      <nav class="pg" aria-label="${t("Pages")}">
        ${page > 1 ? html`<a href="${to(page - 1)}">← ${t("Newer")}</a>` : html`<span></span>`}<a href="${historyPath}"
          >${t("All outages")}</a
        >${more ? html`<a href="${to(page + 1)}">${t("Older")} →</a>` : html`<span></span>`}
      </nav>`,
  });
}

/** Too many search at once. */
export function renderBusy(frame: Frame): string {
  return layout({
    site: frame.site,
    title: t("Try again soon"),
    description: t("The search is busy."),
    status: "unknown",
    root: "./",
    main: html`<div class="say unknown">
      <h1>${t("Many are searching just now")}</h1>
      <p>${t("Try again in a few seconds.")} <a href="${historyPath}">${t("All months")}</a></p>
    </div>`,
  });
}
