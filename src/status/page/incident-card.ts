// The impact card of one incident, and its updates: the same on the home page and on the incident's own.
import { html, safeUrl, type SafeHtml } from "../../lib/html.ts";
import { markdown, markdownLine } from "../../lib/markdown.ts";
import { oneLine } from "../../lib/text.ts";
import { timeParts, type Reading } from "../../lib/zones.ts";
import { sayingWords } from "../../incidents/clocks.ts";
import type { NoticeLink, NoticeQuote } from "../../incidents/notice.ts";
import type { Instant } from "../../lib/clock.ts";
import { incidentName, incidentPath } from "../site-paths.ts";
import type { PublicComponent, PublicIncident, PublicUpdate } from "../snapshot.ts";
import { automaticSaid, cardRows, impactOf, phaseSaid, stateWord, updateWord, type Row } from "../words.ts";
import { noticeEdits, oldTexts } from "./edits.ts";
import { moment, said } from "./moments.ts";
import { shape } from "./shapes.ts";
import { n, t } from "../tongue.ts";

/** Links show their host: a title is anybody's word. What is no web address is shown, not linked. */
function sourceLink(link: NoticeLink): SafeHtml {
  const url = safeUrl(link.url);
  const title = oneLine(link.title ?? "", 200);
  if (url === undefined) return html`<span dir="auto">${title} ${oneLine(link.url, 200)}</span>`;
  const host = new URL(url).host;
  const shown = title === "" ? oneLine(url.replace(/^https?:\/\//u, ""), 80) : title;
  return html`<a href="${url}" rel="nofollow noopener noreferrer" dir="auto">${shown}</a
    >${title !== "" && html` <span class="m">(${host})</span>`}`;
}

function rowBody(row: Row, reading: Reading): SafeHtml {
  const [first, ...more] = row.texts;
  const links = row.links ?? [];
  const gap = first !== undefined && links.length > 0;
  const text =
    more.length === 0
      ? first !== undefined && html`<div class="md" dir="auto">${markdown(first)}</div>`
      : html`<ul>
          ${row.texts.map((one) => html`<li dir="auto">${markdownLine(one)}</li>`)}
        </ul>`;
  const list = links.map((link) => html`<li>${sourceLink(link)}</li>`);
  return html`${text}${row.said !== undefined && said(row.said, reading)}${gap && " "}${
    list.length > 0 &&
    html`<ul>
      ${list}
    </ul>`
  }`;
}

/** What is hit and how: shape, name, word. */
export function hits(incident: PublicIncident, components: readonly PublicComponent[]): SafeHtml | undefined {
  if (incident.withdrawn !== undefined) return undefined;
  const impact = impactOf(incident, components).filter((hit) => hit.status !== "operational");
  if (impact.length === 0) return undefined;
  const items = impact.map(
    ({ name, status }) =>
      html`<li class="${status}">
        ${shape(status)}<span><span dir="auto">${name}</span>: <span class="w">${stateWord(status)}</span></span>
      </li>`,
  );
  return html`<ul class="hits" aria-label="${t("Components hit")}">
    ${items}
  </ul>`;
}

/** Their words as theirs: plain text, marked off, with whose they are and when. */
export function quotation({ by, title, text, url, at }: NoticeQuote, reading: Reading): SafeHtml {
  const link = url === undefined ? undefined : safeUrl(url);
  return html`<figure class="quote">
    <figcaption class="m s">
      <span dir="auto">${oneLine(by, 100)}</span> ${t("says")}
      (${moment(at, reading)}${link !== undefined && html`, <a href="${link}" rel="nofollow noopener noreferrer">${new URL(link).host}</a>`}):
    </figcaption>
    <blockquote dir="auto">
      <p>${oneLine(title, 200)}</p>
      ${text !== undefined && html`<p class="s">${oneLine(text, 600)}</p>`}
    </blockquote>
  </figure>`;
}

/** The rows of the card. `now` is absent once it is over. */
export function impactCard(incident: PublicIncident, reading: Reading, now: Instant | undefined): SafeHtml {
  const rows = cardRows(incident, now).map(
    (row) =>
      html`<dt>${row.label}</dt>
        <dd>${rowBody(row, reading)}</dd>`,
  );
  const quoted = incident.withdrawn === undefined ? (incident.notice.quotes ?? []) : [];
  return html`${incident.automatic && html`<p class="auto">${automaticSaid(now)}</p>`}${rows.length > 0 && html`<dl class="rows">${rows}</dl>`}${quoted.map((one) => quotation(one, reading))}`;
}

/** What was written when all was over, at the address that its update has in the feeds. A newer one takes its place. */
export function postmortem({ updates: all }: PublicIncident, reading: Reading): SafeHtml | undefined {
  const written = all.filter(({ phase }) => phase === "postmortem");
  const [last, ...before] = written;
  if (last === undefined) return undefined;
  return html`<section aria-labelledby="postmortem">
    <div class="hd">
      <h2 id="postmortem">${sayingWords.postmortem}</h2>
      <span class="m s">${moment(last.at, reading)}</span>
    </div>
    <div class="card out" id="update-${last.code}">
      ${before.map(({ code }) => html`<span id="update-${code}"></span>`)}
      <div class="md" dir="auto">${markdown(last.text)}</div>
      ${oldTexts(last, reading)}
    </div>
  </section> `;
}

function updateItem(update: PublicUpdate, incident: PublicIncident, reading: Reading, page: string): SafeHtml {
  const { iso, utc, local } = timeParts(update.at, reading);
  const mark = update.automatic && html` <span class="m">${t("Automatic:")}</span>`;
  return html`<li id="update-${update.code}">
    <div class="at">
      <a href="${page}#update-${update.code}"><time datetime="${iso}">${utc}</time></a
      >${local !== undefined && html`<span class="lt">${local}</span>`}
    </div>
    <div>
      <b>${updateWord(update, incident)}.</b>${mark}
      <div class="md" dir="auto">${markdown(update.text)}</div>
      ${oldTexts(update, reading)}
    </div>
  </li> `;
}

/** The newest `most` updates. `page` is where their permanent addresses are: empty on the incident's own page. */
export function updates(
  incident: PublicIncident,
  reading: Reading,
  page: string,
  most = Infinity,
): SafeHtml | undefined {
  if (incident.updates.length === 0) return undefined;
  return html`<ol class="said">
    ${incident.updates
      .filter(({ phase }) => phase !== "postmortem")
      .slice(0, most)
      .map((update) => updateItem(update, incident, reading, page))}
  </ol>`;
}

const updatesAtHome = 20;

/** An open incident in full, for the home page. */
export function openIncident(
  incident: PublicIncident,
  components: readonly PublicComponent[],
  reading: Reading,
  now: Instant,
): SafeHtml {
  const page = incidentPath(incident.number);
  const earlier = incident.updates.length - updatesAtHome;
  return html`<article class="card out" aria-labelledby="outage-${incident.number}">
    <h2 id="outage-${incident.number}" dir="auto">
      <a class="tap" href="${page}">${oneLine(incident.notice.title)}</a>
    </h2>
    <p class="m s">${t("Outage {0}", incidentName(incident.number))} · ${phaseSaid(incident)}</p>
    ${hits(incident, components)} ${impactCard(incident, reading, now)} ${noticeEdits(incident, components, reading)}
    ${updates(incident, reading, page, updatesAtHome)}${
      earlier > 0 && html`<p class="s"><a class="tap" href="${page}">${n("{n} earlier updates", earlier)}</a></p>`
    }
  </article> `;
}
