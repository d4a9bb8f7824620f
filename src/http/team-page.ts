// What a tired person needs first: is it real, what would users read, what to type next. Left to do stands last.
import type { StoredAlert } from "../alerts/alert-store.ts";
import type { Evidence } from "../alerts/alert.ts";
import { saySuspicion, type Attribution } from "../incidents/attribution.ts";
import type { Change } from "../incidents/change.ts";
import { dutyWords, type Tick } from "../incidents/checklist.ts";
import type { Held } from "../engine/held.ts";
import type { Incident } from "../incidents/incident.ts";
import { lacks } from "../incidents/notice.ts";
import type { Instant } from "../lib/clock.ts";
import { html, safeUrl, type SafeHtml } from "../lib/html.ts";
import { oneLine } from "../lib/text.ts";
import type { Reading } from "../lib/zones.ts";
import { clocksSection } from "../status/page/clocks.ts";
import { hits, impactCard, quotation } from "../status/page/incident-card.ts";
import { layout } from "../status/page/layout.ts";
import { moment } from "../status/page/moments.ts";
import type { PublicComponent, PublicIncident, PublicSite } from "../status/snapshot.ts";

export type TeamPage = {
  readonly site: PublicSite;
  readonly incident: Incident;
  readonly asPublic: PublicIncident;
  readonly components: readonly PublicComponent[];
  readonly alerts: readonly StoredAlert[];
  readonly changes: readonly Change[];
  readonly attribution: Attribution;
  readonly ticks: readonly Tick[];
  readonly held: Held | undefined;
  readonly publicLink: string;
  readonly now: Instant;
};

const colours = {
  none: "operational",
  maintenance: "under_maintenance",
  minor: "degraded_performance",
  major: "partial_outage",
  critical: "major_outage",
} as const;

export function renderTeamPage(page: TeamPage): string {
  const { site, incident, asPublic } = page;
  const reading = { zone: site.timeZone, now: page.now };
  const status = incident.state === "resolved" ? "operational" : colours[asPublic.severity];
  return layout({
    site,
    title: `Incident ${incident.number}`,
    description: "For the team.",
    status,
    root: `${site.url}/`,
    main: html`<div class="say ${status}">
        <h1 dir="auto">${oneLine(incident.notice.title)}</h1>
        <p>${whereItStands(page)}</p>
      </div>
      ${undo(page)} ${next(incident)} ${page.alerts.map((stored) => evidence(stored, reading))}
      ${whatChanged(page, reading)} ${whoseFault(page)} ${preview(page, reading)} ${clocksSection(asPublic, reading)}
      ${duties(page.ticks, reading)}`,
  });
}

function whereItStands({ incident, publicLink }: TeamPage): SafeHtml {
  const held = incident.holder === undefined ? "nobody has acknowledged it" : html`held by ${incident.holder.id}`;
  const seen = {
    draft: html`<b>users see nothing yet</b>`,
    published: html`<a href="${publicLink}">public</a>`,
    dismissed: html`dismissed`,
    withdrawn: html`<a href="${publicLink}">withdrawn</a>`,
  }[incident.visibility];
  return html`Incident ${incident.number} · ${incident.state} · ${seen} · ${held}. This page is for the team alone.`;
}

/** What the rows count. */
const counts = { failed: "Failed", overdue: "Overdue", missing: "Without a follower", silent: "" } as const;

/** One line for each project, so that a human can check what the sentence says. */
function votes({ figures, votes: rows }: Evidence): SafeHtml {
  const percent = (share: number): string => `${Math.round(share * 100)} %`;
  return html`<table class="v">
    <caption>
      One vote per project. The evidence is ${figures.score.toFixed(1)}; the alarm is at
      ${figures.threshold.toFixed(1)}.
    </caption>
    <thead>
      <tr>
        <th scope="col">Project</th>
        <th scope="col">${counts[figures.measure ?? "failed"]}</th>
        ${figures.measure !== "overdue" && html`<th scope="col">Usually</th>`}
      </tr>
    </thead>
    <tbody>
      ${rows.map(
        (vote) =>
          html`<tr>
            <th scope="row" dir="auto">${vote.project}</th>
            <td>${vote.failed} of ${vote.jobs}</td>
            ${figures.measure !== "overdue" && html`<td>${percent(vote.expected)}</td>`}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function evidence({ alert }: StoredAlert, reading: Reading): SafeHtml {
  const state = alert.status === "firing" ? "fires" : "has ended";
  return html`<section class="card out" aria-label="Evidence">
    <h2>Is it real?</h2>
    <p dir="auto">${alert.summary}</p>
    <p class="m s">${alert.key} ${state}; it began ${moment(alert.startsAt, reading)}.</p>
    ${alert.quote !== undefined && quotation({ ...alert.quote, at: alert.quote.saidAt ?? alert.observedAt }, reading)}
    ${alert.evidence !== undefined && votes(alert.evidence)}
  </section>`;
}

/** The first question of everybody who is called. */
function whatChanged({ changes, components }: TeamPage, reading: Reading): SafeHtml | undefined {
  if (changes.length === 0) return undefined;
  const items = changes.map(({ at, text, component, link }) => {
    const name = components.find(({ id }) => id === component)?.name ?? component;
    const url = link === undefined ? undefined : safeUrl(link);
    return html`<li>
      ${moment(at, reading)}
      <span dir="auto">${text}</span
      >${name !== undefined && html` <span class="m" dir="auto">(${name})</span>`}${url !== undefined && html` <a href="${url}" rel="nofollow noopener noreferrer">${new URL(url).host}</a>`}
    </li>`;
  });
  return html`<section class="card out" aria-labelledby="changed">
    <h2 id="changed">What changed in the 2 h before it started</h2>
    <ul class="cmd">
      ${items}
    </ul>
  </section>`;
}

/** A proposal with all its terms; who is sure writes it down as the cause. */
function whoseFault({ attribution: { words, suspects }, incident }: TeamPage): SafeHtml {
  const items = suspects.map((suspect) => html`<li dir="auto">${oneLine(saySuspicion(suspect), 600)}</li>`);
  return html`<section class="card out" aria-labelledby="fault">
    <h2 id="fault">Whose fault?</h2>
    <p dir="auto">${oneLine(words)}.</p>
    ${
      items.length > 0 &&
      html`<ul class="cmd">
        ${items}
      </ul>`
    }
    <p class="m s">
      For the team alone. To tell users: <code>tocsin incident edit ${incident.number} --cause "…" --link URL</code>
    </p>
  </section>`;
}

function preview({ incident, asPublic, components, now }: TeamPage, reading: Reading): SafeHtml {
  const title = incident.visibility === "published" ? "What users read" : "What users would read";
  return html`<section class="card out" aria-labelledby="preview">
    <h2 id="preview">${title}</h2>
    ${hits(asPublic, components)} ${impactCard(asPublic, reading, now)}
  </section>`;
}

function steps(incident: Incident): readonly string[] {
  const n = incident.number;
  if (incident.visibility === "draft" && incident.state !== "resolved") {
    const missing = lacks(incident.notice).filter((lack) => lack.field !== "next-update");
    const acknowledge = incident.state === "triggered" ? [`tocsin incident ack ${n}`] : [];
    return [
      ...acknowledge,
      ...missing.map((lack) => `tocsin incident edit ${n} --${lack.field} "…"`),
      `tocsin incident publish ${n}`,
      `tocsin incident dismiss ${n} "why it is none"`,
    ];
  }
  if (incident.visibility === "published" && incident.state !== "resolved") {
    return [`tocsin incident update ${n} --phase identified "…"`, `tocsin incident resolve ${n} "…"`];
  }
  return incident.visibility === "withdrawn" || incident.mergedInto !== undefined
    ? []
    : [`tocsin incident reopen ${n}`];
}

/** The page is made for each request: reload it for the seconds. */
function undo({ held, incident, now }: TeamPage): SafeHtml | undefined {
  if (held === undefined) return undefined;
  const left = Math.ceil((held.until - now) / 1_000);
  return html`<section class="card out" role="status" aria-labelledby="undo">
    <h2 id="undo">Messages wait for ${left} s</h2>
    <p>
      The page says it already. ${held.targets.length} ${held.targets.length === 1 ? "target" : "targets"} will be told
      then: <code>tocsin incident undo ${incident.number}</code> takes back what was said last.
    </p>
  </section>`;
}

function next(incident: Incident): SafeHtml | undefined {
  const todo = steps(incident);
  if (todo.length === 0) return undefined;
  return html`<section class="card out" aria-labelledby="next">
    <h2 id="next">What to type</h2>
    <ul class="cmd">
      ${todo.map((step) => html`<li><code>${step}</code></li>`)}
    </ul>
  </section>`;
}

function duties(ticks: readonly Tick[], reading: Reading): SafeHtml {
  return html`<section aria-labelledby="duties">
    <div class="hd"><h2 id="duties">Duties</h2></div>
    <ul class="card out">
      ${ticks.map((tick) => html`<li>${tick.done ? "✓" : "○"} ${dutyWords[tick.duty]}${tick.at !== undefined && html` <span class="m s">${moment(tick.at, reading)}</span>`}<span class="vh">${tick.done ? " (done)" : " (to do)"}</span></li>`)}
    </ul>
  </section>`;
}
