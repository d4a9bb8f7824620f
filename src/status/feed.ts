// What a feed tells, whatever its form: one entry for each public update, whose id never changes. Pure.
import type { Instant } from "../lib/clock.ts";
import { uuidOf } from "../lib/codes.ts";
import { html, type SafeHtml } from "../lib/html.ts";
import { markdown } from "../lib/markdown.ts";
import { oneLine } from "../lib/text.ts";
import { sayTime } from "../lib/zones.ts";
import { hitNames, kindOf, wordOf } from "./maintenance-words.ts";
import { componentPath, historyPath, incidentUrl, maintenanceUrl } from "./site-paths.ts";
import type {
  Frame,
  PublicComponent,
  PublicIncident,
  PublicMaintenance,
  PublicMaintenanceUpdate,
  PublicUpdate,
} from "./snapshot.ts";
import { cardRows, impactOf, stateWord, updateWord } from "./words.ts";
import { t, inLine } from "./tongue.ts";

const mostEntries = 50;

export type FeedEntry = {
  /** Of this update, for ever: an edit does not change it. */
  readonly id: string;
  readonly title: string;
  readonly url: string;
  readonly publishedAt: Instant;
  readonly updatedAt: Instant;
  /** Its phase, or the state of the window. */
  readonly term: string;
  readonly body: SafeHtml;
};

export type Feed = {
  readonly id: string;
  readonly title: string;
  readonly author: string;
  readonly language: string;
  /** Of the site, without a slash at the end. */
  readonly url: string;
  /** The page that shows the same to people. */
  readonly page: string;
  readonly component?: string;
  readonly updatedAt: Instant;
  /** Newest first. */
  readonly entries: readonly FeedEntry[];
};

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
  const span =
    resolved === undefined
      ? t("since {0}", sayTime(started, { zone }))
      : t("from {0} to {1}", sayTime(started, { zone }), sayTime(resolved, { zone }));
  return html`<dl>${rows}</dl>
    <p>${span}</p>`;
}

function content({ incident, update }: OfIncident, { components, site }: Frame): SafeHtml {
  const hit = impactOf(incident, components).filter((one) => one.status !== "operational");
  const said = hit.map(({ name, status }) => t("{0}: {1}", name, stateWord(status))).join("; ");
  const edited = update.before?.at(-1)?.until;
  return html`${markdown(update.text)}${update.number === 1 && notice(incident, site.timeZone)}${
    said !== "" && incident.withdrawn === undefined && html`<p>${said}</p>`
  }${edited !== undefined && html`<p>${t("Edited {0}.", sayTime(edited, { zone: site.timeZone }))}</p>`}${
    update.automatic && html`<p>${t("Written by Tocsin itself.")}</p>`
  }`;
}

type Shown = { readonly title: string; readonly url: string; readonly term: string; readonly body: SafeHtml };

function shownOf(one: OfIncident, frame: Frame): Shown {
  const { incident, update } = one;
  const word = updateWord(update, incident);
  const last = t("Withdrawn");
  const back = incident.withdrawn === undefined || word === last ? "" : `${last}: `;
  return {
    title: `${back}${oneLine(incident.notice.title)} · ${inLine(word)}`,
    url: incidentUrl(frame.site, incident.number),
    term: update.phase,
    body: content(one, frame),
  };
}

/** What was said of planned work; the plan itself names its times and components. */
function shownOfWindow({ window, update }: OfWindow, { site, components }: Frame): Shown {
  const { scheduledStart, scheduledEnd } = window;
  const zone = site.timeZone;
  const plan = html`<p>${t("from {0} to {1}", sayTime(scheduledStart, { zone }), sayTime(scheduledEnd, { zone }))}</p>
    <p>${hitNames(window, components).join("; ")}</p>`;
  return {
    title: `${kindOf(window)}: ${oneLine(window.title)} · ${inLine(wordOf(window, update.state))}`,
    url: maintenanceUrl(site, window.number),
    term: update.state,
    body: html`${markdown(update.text)}${update === window.updates.at(-1) && plan}`,
  };
}

function entryOf(one: Entry, frame: Frame): FeedEntry {
  const { update, updatedAt } = one;
  const { url, ...shown } = "window" in one ? shownOfWindow(one, frame) : shownOf(one, frame);
  return {
    ...shown,
    id: `urn:uuid:${uuidOf("update", update.code)}`,
    url: `${url}#update-${update.code}`,
    publishedAt: update.at,
    updatedAt,
  };
}

/** `incidents`, `windows`: those that changed last. `begins`: when the feed of a record without any was last another. */
export function makeFeed(
  incidents: readonly PublicIncident[],
  windows: readonly PublicMaintenance[],
  frame: Frame,
  begins: Instant,
  component?: PublicComponent,
): Feed {
  const { site } = frame;
  const entries = entriesOf(incidents, windows).map((one) => entryOf(one, frame));
  const name = oneLine(site.name);
  const of = component === undefined ? name : `${name}, ${oneLine(component.name)}`;
  return {
    id: `urn:uuid:${uuidOf("feed", component === undefined ? site.code : `${site.code}/${component.code}`)}`,
    title: `${site.demo ? "DEMO · " : ""}${t("{0}: outages and maintenance", of)}`,
    author: name,
    language: site.language,
    url: site.url,
    page: `${site.url}/${component === undefined ? historyPath : componentPath(component.id)}`,
    ...(component === undefined ? {} : { component: component.id }),
    updatedAt: entries[0]?.updatedAt ?? begins,
    entries,
  };
}
