// The team's own page of an incident: the evidence with its votes, what the notice lacks, what to type next. The key in
// its address is the right to read it; it is said on team channels only.
import type { FastifyInstance } from "fastify";
import { readAlerts, type StoredAlert } from "../alerts/alert-store.ts";
import { statusWords } from "../components/status.ts";
import { readRecord } from "../db/record-store.ts";
import type { Desk } from "../engine/desk.ts";
import { publicLink, teamKey } from "../engine/links.ts";
import { clockNames } from "../incidents/clocks.ts";
import { entriesOf, type Incident } from "../incidents/incident.ts";
import { readIncident, readTimeline } from "../incidents/incident-store.ts";
import { lacks } from "../incidents/notice.ts";
import { isoSeconds } from "../lib/clock.ts";
import { html, type SafeHtml } from "../lib/html.ts";
import { sameSecret } from "../lib/signature.ts";
import { layout } from "../status/page/layout.ts";
import { renderMissing } from "../status/page/missing.ts";
import { secureHeaders } from "./public.ts";

const headers = { ...secureHeaders, "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow" };

/** The page for a wrong key is the page for an incident that never was. */
export function teamRoutes(app: FastifyInstance, desk: Desk): void {
  app.get<{ Params: { number: string; key: string } }>("/team/:number/:key", async (request, reply) => {
    const { number, key } = request.params;
    const { secret } = await readRecord(desk.db);
    const wanted = /^[1-9]\d{0,8}$/.test(number) && sameSecret(key, teamKey(secret, Number(number)));
    const incident = wanted ? await readIncident(desk.db, Number(number)) : undefined;
    const send = reply.headers(headers).type("text/html; charset=utf-8");
    if (incident === undefined) return send.code(404).send(renderMissing(desk.site));
    return send.send(await render(desk, incident));
  });
}

async function render(desk: Desk, incident: Incident): Promise<string> {
  const timeline = await readTimeline(desk.db, incident.number);
  const keys = timeline.flatMap((event) =>
    event.kind === "opened" ? event.alerts : event.kind === "alert-attached" ? [event.key] : [],
  );
  const alerts = await readAlerts(desk.db, [...new Set(keys)]);
  const hit = entriesOf(incident.impact).map(
    ([id, status]) => `${desk.components.get(id)?.name ?? id}: ${statusWords[status].toLowerCase()}`,
  );
  const where =
    incident.visibility === "published"
      ? html`<a href="${publicLink(desk.site.url, incident.number)}">public</a>`
      : html`${incident.visibility}, users do not see it`;
  return layout({
    site: desk.site,
    title: `Incident ${incident.number}`,
    description: "For the team.",
    status: "unknown",
    root: `${desk.site.url}/`,
    main: html`<div class="say unknown">
        <h1>${incident.notice.title}</h1>
        <p>
          Incident ${incident.number} · ${incident.state} ·
          ${where}${hit.length === 0 ? "" : html` · ${hit.join(", ")}`}
        </p>
      </div>
      ${evidence(alerts)} ${next(incident)}
      <section class="card out">
        <h2>Clocks</h2>
        <dl class="rows">
          ${clockNames.map(
            (name) =>
              html`<dt>${name}</dt>
                <dd>${incident.clocks[name] === undefined ? "—" : isoSeconds(incident.clocks[name])}</dd>`,
          )}
        </dl>
      </section>`,
  });
}

function evidence(alerts: readonly StoredAlert[]): SafeHtml {
  return html`${alerts.map(
    ({ alert }) =>
      html`<section class="card out">
        <h2>Evidence: ${alert.key}</h2>
        <p dir="auto">${alert.summary}</p>
        ${alert.evidence !== undefined && votes(alert.evidence)}
      </section>`,
  )}`;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}

/** One line for each project, so that a human can check what the sentence says. */
function votes(found: NonNullable<StoredAlert["alert"]["evidence"]>): SafeHtml {
  const rows = found.votes.map(
    (vote) =>
      html`<tr>
        <td dir="auto">${vote.project}</td>
        <td>${vote.failed} of ${vote.jobs}</td>
        <td>${percent(vote.expected)}</td>
      </tr>`,
  );
  return html`<table>
    <caption>
      One vote per project. Evidence ${found.figures.score.toFixed(1)}, alarm at ${found.figures.threshold.toFixed(1)}.
    </caption>
    <thead>
      <tr>
        <th scope="col">Project</th>
        <th scope="col">Failed</th>
        <th scope="col">Usual</th>
      </tr>
    </thead>
    <tbody>
      ${rows}
    </tbody>
  </table>`;
}

function next(incident: Incident): SafeHtml {
  const n = incident.number;
  const missing = lacks(incident.notice);
  const steps =
    incident.visibility === "draft"
      ? [
          `tocsin incident ack ${n}`,
          ...missing.map((lack) => `tocsin incident edit ${n} --${lack.field} …`),
          `tocsin incident publish ${n}`,
          `tocsin incident dismiss ${n} REASON`,
        ]
      : [`tocsin incident update ${n} TEXT`, `tocsin incident resolve ${n} TEXT`];
  return html`<section class="card out">
    <h2>What you can do</h2>
    <ul>
      ${steps.map((step) => html`<li><code>${step}</code></li>`)}
    </ul>
  </section>`;
}
