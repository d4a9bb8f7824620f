// The permanent page of one component: how it is, its last ninety days, and its outages. It says nothing that grows old by itself.
import { dayLabel } from "../../lib/zones.ts";
import { html, type SafeHtml } from "../../lib/html.ts";
import { plainMarkdownLine } from "../../lib/markdown.ts";
import type { Sequence } from "../../lib/sequence.ts";
import { oneLine } from "../../lib/text.ts";
import { daysShown } from "../day-record.ts";
import { current, whenSaid, wordOf } from "../maintenance-words.ts";
import { historyPath, incidentPath, maintenancePath } from "../site-paths.ts";
import type { PublicComponent, PublicIncident, PublicSnapshot } from "../snapshot.ts";
import { phaseSaid, stateWord } from "../words.ts";
import { bars, dayFact, troubledDays } from "./bars.ts";
import { charts } from "./charts.ts";
import { days } from "./history.ts";
import { layout } from "./layout.ts";
import { said } from "./moments.ts";
import { shape } from "./shapes.ts";
import { t, inLine } from "../tongue.ts";

const root = "../";

/** The open outages that hit it, and maintenance of it that goes on or comes. */
function present({ id }: PublicComponent, { open, maintenance, site, generatedAt }: PublicSnapshot): SafeHtml | false {
  const outages = open.filter(({ impact }) => Object.hasOwn(impact, id));
  const windows = current(maintenance).filter(({ components }) => components.includes(id));
  if (outages.length + windows.length === 0) return false;
  const reading = { zone: site.timeZone };
  return html`<section aria-labelledby="now">
    <div class="hd"><h2 id="now">${t("Now")}</h2></div>
    <ul class="card c">
      ${outages.map(
        (one) =>
          html`<li>
            ${shape(one.impact[id] ?? "unknown")}<span class="n"
              ><a href="${root}${incidentPath(one.number)}" dir="auto">${oneLine(one.notice.title)}</a></span
            ><span class="m s">${phaseSaid(one)}</span>
          </li>`,
      )}${windows.map(
        (one) =>
          html`<li>
            ${shape("under_maintenance")}<span class="n"
              ><a href="${root}${maintenancePath(one.number)}" dir="auto">${oneLine(one.title)}</a>
              <span class="m s">${said(whenSaid(one), { ...reading, now: generatedAt })}</span></span
            ><span class="m s">${inLine(wordOf(one))}</span>
          </li>`,
      )}
    </ul>
  </section> `;
}

/** Every day that was not well, for who cannot see or point at a bar. */
function eachDay({ id }: PublicComponent, { days: all }: PublicSnapshot): SafeHtml | undefined {
  const record = all?.of.get(id);
  const troubled = all === undefined || record === undefined ? [] : troubledDays(record, all.calendar);
  if (troubled.length === 0) return undefined;
  return html`<details class="old">
    <summary>${t("Each of these days in words")}</summary>
    <ul>
      ${troubled.map(
        ({ day, shown }) =>
          html`<li>
            <time datetime="${day.date}">${dayLabel(day)}</time>:
            ${dayFact(shown)}${
              shown.incidents.length > 0 &&
              html` (${shown.incidents.map((number, at) => html`${at > 0 && ", "}<a href="${root}${incidentPath(number)}">${t("Outage {0}", String(number))}</a>`)})`
            }
          </li>`,
      )}
    </ul>
  </details>`;
}

/** `incidents`: those of its last ninety days. */
export function renderComponent(
  component: PublicComponent,
  snapshot: PublicSnapshot,
  incidents: readonly PublicIncident[],
  live?: Sequence,
): string {
  const { site, addresses, components } = snapshot;
  const { status, description = "", group } = component;
  const name = oneLine(component.name);
  const about = [group, description].flatMap((one) => oneLine(one ?? "") || []);
  const over = incidents.filter(({ phase }) => phase === "resolved");
  const shown = bars(component, snapshot.days, site.timeZone);
  return layout({
    site,
    title: t("{0}: {1}", name, stateWord(status)),
    description: plainMarkdownLine(`${t("{0}: {1}.", name, stateWord(status))} ${about.join(", ")}`, 300),
    status,
    root,
    addresses,
    component: { id: component.id, name },
    live,
    main: html`<div class="say ${status}">
        <h1 dir="auto">${t("{0}: {1}", name, stateWord(status))}</h1>
        ${about.length > 0 && html`<p dir="auto">${about.join(" · ")}</p>`}
      </div>
      ${present(component, snapshot)}${
        shown !== undefined &&
        html`<section aria-labelledby="days">
          <div class="hd"><h2 id="days">${t("Last {0} days", daysShown)}</h2></div>
          <div class="card out">${shown}${eachDay(component, snapshot)}</div>
        </section>`
      }${charts(component, snapshot.charts, site.timeZone)}
      <section aria-labelledby="past">
        <div class="hd">
          <h2 id="past">${t("Its outages")}</h2>
          <a class="tap s" href="${root}${historyPath}">${t("All outages")}</a>
        </div>
        ${
          over.length === 0
            ? html`<p class="m">
                ${over.length < incidents.length ? t("No other in the last {0} days.", daysShown) : t("None in the last {0} days.", daysShown)}
              </p>`
            : days({ incidents: over }, { site, components, addresses }, root)
        }
      </section> `,
  });
}
