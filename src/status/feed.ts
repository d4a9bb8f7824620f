// The history as an Atom feed (RFC 4287): one entry for each public update, whose id never changes. Pure.
import { isoSeconds, type Instant } from "../lib/clock.ts";
import { uuidOf } from "../lib/codes.ts";
import { html, htmlText, raw, type SafeHtml } from "../lib/html.ts";
import { markdown } from "../lib/markdown.ts";
import { oneLine } from "../lib/text.ts";
import { sayTime } from "../lib/zones.ts";
import { hitNames, kindOf, wordOf } from "./maintenance-words.ts";
import { feedPath, historyPath, incidentUrl, maintenanceUrl } from "./site-paths.ts";
import type { Frame, PublicIncident, PublicMaintenance, PublicMaintenanceUpdate, PublicUpdate } from "./snapshot.ts";
import { cardRows, impactOf, stateWord, updateWord } from "./words.ts";

const mostEntries = 50;

type OfIncident = { readonly incident: PublicIncident; readonly update: PublicUpdate };
type OfWindow = { readonly window: PublicMaintenance; readonly update: PublicMaintenanceUpdate };
/** `nth`: which update of its subject, from the oldest. */
type Entry = (OfIncident | OfWindow) & { readonly updatedAt: Instant; readonly nth: number };

/** When what it shows was last another: an edit of its text; of the first, one of the notice; of all, a withdrawal. */
function updatedAt(incident: PublicIncident, update: PublicUpdate): Instant {
  const edited = update.before?.at(-1)?.until ?? update.at;
  const notice = update.number === 1 ? (incident.edits.at(-1)?.at ?? 0) : 0;
  return Math.max(edited, notice, incident.withdrawn?.at ?? 0);
}

function entriesOf(incidents: readonly PublicIncident[], windows: readonly PublicMaintenance[]): readonly Entry[] {
  const told = incidents.flatMap((incident) =>
    incident.updates.map((update) => ({
      incident,
      update,
      updatedAt: updatedAt(incident, update),
      nth: update.number,
    })),
  );
  const planned = windows.flatMap((window) =>
    window.updates.map((update, n, { length }) => ({ window, update, updatedAt: update.at, nth: length - n })),
  );
  return [...told, ...planned]
    .toSorted((a, b) => b.updatedAt - a.updatedAt || b.update.at - a.update.at || b.nth - a.nth)
    .slice(0, mostEntries);
}

/** The notice itself stands with the first update: what is broken, who is affected, what to do. */
function notice(incident: PublicIncident, zone: string): SafeHtml {
  const open = incident.phase === "resolved" ? undefined : incident.updatedAt;
  const said = cardRows(incident, open).filter(({ texts, links = [] }) => texts.length + links.length > 0);
  const rows = said.map(
    (row) =>
      html`<dt>${row.label}</dt>
        <dd>
          ${row.texts.map((text) => markdown(text))}${(row.links ?? []).map((link) => html`<p>${oneLine(link.url, 500)}</p>`)}
        </dd>`,
  );
  const { started, resolved } = incident.clocks;
  const end = resolved === undefined ? "" : ` to ${sayTime(resolved, { zone })}`;
  return html`<dl>${rows}</dl>
    <p>${sayTime(started, { zone })}${end}</p>`;
}

function content({ incident, update }: OfIncident, { components, site }: Frame): SafeHtml {
  const hit = impactOf(incident, components).filter((one) => one.status !== "operational");
  const said = hit.map(({ name, status }) => `${name}: ${stateWord(status)}`).join("; ");
  const edited = update.before?.at(-1)?.until;
  return html`${markdown(update.text)}${update.number === 1 && notice(incident, site.timeZone)}${
    said !== "" && incident.withdrawn === undefined && html`<p>${said}</p>`
  }${edited !== undefined && html`<p>Edited ${sayTime(edited, { zone: site.timeZone })}.</p>`}${
    update.automatic && html`<p>Written by Tocsin itself.</p>`
  }`;
}

type Shown = { readonly title: string; readonly url: string; readonly term: string; readonly body: SafeHtml };

function shownOf(one: OfIncident, frame: Frame): Shown {
  const { incident, update } = one;
  const word = updateWord(update, incident);
  const back = incident.withdrawn === undefined || word === "Withdrawn" ? "" : "Withdrawn: ";
  return {
    title: `${back}${oneLine(incident.notice.title)} · ${word.toLowerCase()}`,
    url: incidentUrl(frame.site, incident.number),
    term: update.phase,
    body: content(one, frame),
  };
}

/** What was said of planned work; the plan itself names its times and components. */
function shownOfWindow({ window, update }: OfWindow, { site, components }: Frame): Shown {
  const { scheduledStart, scheduledEnd } = window;
  const zone = site.timeZone;
  const plan = html`<p>${sayTime(scheduledStart, { zone })} to ${sayTime(scheduledEnd, { zone })}</p>
    <p>${hitNames(window, components).join("; ")}</p>`;
  return {
    title: `${kindOf(window)}: ${oneLine(window.title)} · ${wordOf(window, update.state).toLowerCase()}`,
    url: maintenanceUrl(site, window.number),
    term: update.state,
    body: html`${markdown(update.text)}${update === window.updates.at(-1) && plan}`,
  };
}

function entry(one: Entry, frame: Frame): SafeHtml {
  const { update } = one;
  const { title, url, term, body } = "window" in one ? shownOfWindow(one, frame) : shownOf(one, frame);
  return html`<entry>
    <id>urn:uuid:${uuidOf("update", update.code)}</id>
    <title type="text">${title}</title>
    <link rel="alternate" type="text/html" href="${url}#update-${update.code}" />
    <published>${isoSeconds(update.at)}</published>
    <updated>${isoSeconds(one.updatedAt)}</updated>
    <category term="${term}" />
    <content type="html">${htmlText(body)}</content>
  </entry> `;
}

const declaration = raw('<?xml version="1.0" encoding="utf-8"?>\n');

/** `incidents`, `windows`: those that changed last. `begins`: when the feed of a record without any was last another. */
export function renderFeed(
  incidents: readonly PublicIncident[],
  windows: readonly PublicMaintenance[],
  frame: Frame,
  begins: Instant,
): string {
  const { site } = frame;
  const entries = entriesOf(incidents, windows);
  const name = oneLine(site.name);
  const feed = html`${declaration}<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="${site.language}">
      <id>urn:uuid:${uuidOf("feed", site.code)}</id>
      <title type="text">${site.demo && "DEMO · "}${name}: outages and maintenance</title>
      <updated>${isoSeconds(entries[0]?.updatedAt ?? begins)}</updated>
      <author><name>${name}</name></author>
      <link rel="self" type="application/atom+xml" href="${site.url}/${feedPath}" />
      <link rel="alternate" type="text/html" href="${site.url}/${historyPath}" />
      ${entries.map((one) => entry(one, frame))}
    </feed> `;
  // Two characters that XML 1.0 has no form for: https://www.w3.org/TR/xml/#charsets
  return htmlText(feed).replace(/[\ufffe\uffff]/gu, "");
}
