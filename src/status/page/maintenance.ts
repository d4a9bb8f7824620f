// Planned work: on the home page what goes on and what comes, and the permanent page of each window.
import { html, type SafeHtml } from "../../lib/html.ts";
import { markdown, plainMarkdownLine } from "../../lib/markdown.ts";
import type { Sequence } from "../../lib/sequence.ts";
import { oneLine } from "../../lib/text.ts";
import { timeParts, type Reading } from "../../lib/zones.ts";
import { current, hitNames, kindOf, newsOf, pinned, whenSaid, wordOf } from "../maintenance-words.ts";
import { isNotice } from "../../maintenance/maintenance.ts";
import { goesOn, isCurrent } from "../public-maintenance.ts";
import { maintenancePath } from "../site-paths.ts";
import type { PublicComponent, PublicMaintenance, PublicMaintenanceUpdate, PublicSnapshot } from "../snapshot.ts";
import { layout } from "./layout.ts";
import { said } from "./moments.ts";
import { shape } from "./shapes.ts";
import { t, inLine } from "../tongue.ts";

function hits(window: PublicMaintenance, components: readonly PublicComponent[]): SafeHtml | undefined {
  const names = hitNames(window, components);
  if (names.length === 0) return undefined;
  return html`<ul class="hits" aria-label="${t("Components under maintenance")}">
    ${names.map((name) => html`<li>${shape("under_maintenance")}<span dir="auto">${name}</span></li>`)}
  </ul>`;
}

/** `reading` is absent where the sentence above has said when. */
function card(window: PublicMaintenance, reading?: Reading): SafeHtml | undefined {
  const text = (window.text ?? "").trim();
  if (reading === undefined && text === "") return undefined;
  return html`<dl class="rows">
    ${
      reading !== undefined &&
      html`<dt>${t("When")}</dt>
        <dd>${said(whenSaid(window), reading)}</dd>`
    }
    ${
      text !== "" &&
      html`<dt>${t("What")}</dt>
        <dd><div class="md" dir="auto">${markdown(text)}</div></dd>`
    }
  </dl>`;
}

function updateItem(
  window: PublicMaintenance,
  update: PublicMaintenanceUpdate,
  reading: Reading,
  page: string,
): SafeHtml {
  const { iso, utc, local } = timeParts(update.at, reading);
  return html`<li id="update-${update.code}">
    <div class="at">
      <a href="${page}#update-${update.code}"><time datetime="${iso}">${utc}</time></a
      >${local !== undefined && html`<span class="lt">${local}</span>`}
    </div>
    <div>
      <b>${wordOf(window, update.state)}.</b>
      <div class="md" dir="auto">${markdown(update.text)}</div>
    </div>
  </li> `;
}

function list(
  window: PublicMaintenance,
  updates: readonly PublicMaintenanceUpdate[],
  reading: Reading,
  page: string,
): SafeHtml | undefined {
  if (updates.length === 0) return undefined;
  return html`<ol class="said">
    ${updates.map((update) => updateItem(window, update, reading, page))}
  </ol>`;
}

const newsAtHome = 5;

function article(window: PublicMaintenance, components: readonly PublicComponent[], reading: Reading): SafeHtml {
  const page = maintenancePath(window.number);
  return html`<article class="card out" aria-labelledby="maintenance-${window.number}">
    <h3 id="maintenance-${window.number}" dir="auto"><a class="tap" href="${page}">${oneLine(window.title)}</a></h3>
    <p class="m s">${t("Maintenance")} ${window.number} · ${inLine(wordOf(window))}</p>
    ${hits(window, components)} ${card(window, reading)}
    ${list(window, newsOf(window).slice(0, newsAtHome), reading, page)}
  </article> `;
}

/** What goes on, then what comes, the next first. */
export function maintenanceSection({
  maintenance,
  components,
  site,
  generatedAt,
}: PublicSnapshot): SafeHtml | undefined {
  const windows = current(maintenance);
  if (windows.length === 0) return undefined;
  const reading = { zone: site.timeZone, now: generatedAt };
  const running = windows.filter(goesOn).length;
  const tally = [
    ...(running === 0 ? [] : [t("{0} in progress", running)]),
    ...(running === windows.length ? [] : [t("{0} planned", windows.length - running)]),
  ];
  return html`<section aria-labelledby="maintenance">
    <div class="hd">
      <h2 id="maintenance">${t("Maintenance")}</h2>
      <span class="m s">${tally.join(", ")}</span>
    </div>
    ${windows.map((window) => article(window, components, reading))}
  </section> `;
}

function notice(window: PublicMaintenance, reading: Reading): SafeHtml {
  const page = maintenancePath(window.number);
  const text = (window.text ?? "").trim();
  return html`<article class="card out" aria-labelledby="notice-${window.number}">
    <h3 id="notice-${window.number}" dir="auto"><a class="tap" href="${page}">${oneLine(window.title)}</a></h3>
    <p class="m s">${said(whenSaid(window), reading)}</p>
    ${text !== "" && html`<div class="md" dir="auto">${markdown(text)}</div>`}
    ${list(window, newsOf(window).slice(0, newsAtHome), reading, page)}
  </article> `;
}

/** Words to the users that concern no component, above everything that is planned or broken. */
export function noticeSection({ maintenance, site, generatedAt }: PublicSnapshot): SafeHtml | undefined {
  const notices = pinned(maintenance);
  if (notices.length === 0) return undefined;
  const reading = { zone: site.timeZone, now: generatedAt };
  return html`<section aria-labelledby="notices">
    <div class="hd"><h2 id="notices">${notices.length === 1 ? t("Notice") : t("Notices")}</h2></div>
    ${notices.map((window) => notice(window, reading))}
  </section> `;
}

/** The page of a window of the snapshot. Once it is over, nothing on it depends on when it was written. */
export function renderMaintenance(window: PublicMaintenance, snapshot: PublicSnapshot, live?: Sequence): string {
  const { site, components, generatedAt, validUntil, addresses } = snapshot;
  const zone = site.timeZone;
  const lasting = isCurrent(window);
  const reading: Reading = lasting ? { zone, now: generatedAt } : { zone };
  const within: Reading = { zone, now: lasting ? generatedAt : window.scheduledStart };
  const status = goesOn(window) && !isNotice(window) ? "under_maintenance" : "operational";
  const names = hitNames(window, components);
  const text = (window.text ?? "").trim();
  const word = inLine(wordOf(window));
  return layout({
    site,
    title: oneLine(window.title),
    description: plainMarkdownLine(`${kindOf(window)}, ${word}. ${names.join(", ")} ${text}`, 300),
    status,
    root: "../",
    ...(lasting ? { fresh: { generatedAt, validUntil }, addresses, live } : {}),
    main: html`<div class="say ${status}">
        <h1 dir="auto">${oneLine(window.title)}</h1>
        <p>${said(whenSaid(window), reading)}</p>
      </div>
      <section class="card out" aria-label="${isNotice(window) ? t("What it says") : t("What is planned")}">
        <p class="m s">${kindOf(window)} ${window.number} · ${word}</p>
        ${hits(window, components)} ${card(window)}
      </section>
      ${
        window.updates.length > 0 &&
        html`<section aria-labelledby="timeline">
          <div class="hd"><h2 id="timeline">${t("Timeline")}</h2></div>
          <div class="card out line">${list(window, window.updates, within, "")}</div>
        </section>`
      } `,
  });
}
