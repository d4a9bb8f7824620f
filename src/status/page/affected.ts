// The page that answers "was it you, or was it us?", and the box that asks. No script; it is made for each question.
import type { PublicStatus } from "../../components/status.ts";
import { html, type SafeHtml } from "../../lib/html.ts";
import { markdown } from "../../lib/markdown.ts";
import { oneLine } from "../../lib/text.ts";
import type { Affected, Found, Match, Question } from "../affected.ts";
import { whenSaid } from "../maintenance-words.ts";
import { affectedPath, incidentPath, maintenancePath } from "../site-paths.ts";
import type { PublicIncident, PublicMaintenance, PublicSnapshot } from "../snapshot.ts";
import { cardRows, phaseSaid } from "../words.ts";
import { hits } from "./incident-card.ts";
import { layout } from "./layout.ts";
import type { Sentence } from "../languages/english.ts";
import { t, tell } from "../tongue.ts";
import { said } from "./moments.ts";

const fields = [
  { name: "repository", label: "Repository", hint: "owner/name" },
  { name: "target", label: "Target", hint: "fedora-rawhide-x86_64" },
  { name: "job", label: "Job or build", hint: "copr_build" },
] as const satisfies readonly { readonly name: string; readonly label: Sentence; readonly hint: string }[];

/** The box. Each field alone is enough. */
export function askBox(question: Question): SafeHtml {
  return html`<form class="find ask" action="${affectedPath}" method="get">
    ${fields.map(
      ({ name, label, hint }) =>
        html`<label
          >${t(label)}<input
            name="${name}"
            maxlength="200"
            placeholder="${hint}"
            value="${question[name] ?? ""}"
            dir="auto"
        /></label>`,
    )}<button>${t("Ask")}</button>
  </form>`;
}

/** On the home page, folded away; a copy has none, since nobody would answer. */
export function askSection(): SafeHtml {
  return html`<details class="card c you">
    <summary>
      <h3>${t("Was it you, or was it us?")}</h3>
      <span class="m s">${t("ask for a repository, a target or a job")}</span>
    </summary>
    ${askBox({})}
  </details> `;
}

/** The rows that a person with a red check needs; the rest is one click away. */
const helpful: readonly Sentence[] = ["Not affected", "What you can do", "What you could do", "Must I retrigger?"];

function incidentCard({ of, because }: Found<PublicIncident>, snapshot: PublicSnapshot): SafeHtml {
  const { components, site, generatedAt } = snapshot;
  const reading = { zone: site.timeZone, now: generatedAt };
  const { started, resolved } = of.clocks;
  const rows = cardRows(of, resolved === undefined ? generatedAt : undefined).filter(({ label }) =>
    helpful.some((one) => t(one) === label),
  );
  return html`<article class="card out">
    <h3><a href="./${incidentPath(of.number)}" dir="auto">${oneLine(of.notice.title)}</a></h3>
    <p class="m s">
      ${said(resolved === undefined ? tell("since {0}", started) : tell("from {0} to {1}", started, resolved), reading)}
      · ${phaseSaid(of)}
    </p>
    ${hits(of, components)}
    <p dir="auto" lang="en">${because}</p>
    ${
      rows.length > 0 &&
      html`<dl class="rows">
        ${rows.map(
          ({ label, texts }) =>
            html`<dt>${label}</dt>
              <dd class="md" dir="auto">${texts.map((text) => markdown(text))}</dd>`,
        )}
      </dl>`
    }
  </article> `;
}

function windowCard({ of, because }: Found<PublicMaintenance>, { site, generatedAt }: PublicSnapshot): SafeHtml {
  return html`<article class="card out">
    <h3><a href="./${maintenancePath(of.number)}" dir="auto">${oneLine(of.title)}</a></h3>
    <p class="m s">${said(whenSaid(of), { zone: site.timeZone, now: generatedAt })}</p>
    <p dir="auto" lang="en">${because}</p>
  </article> `;
}

function section(id: string, name: string, cards: readonly SafeHtml[]): SafeHtml | false {
  return (
    cards.length > 0 &&
    html`<section aria-labelledby="${id}">
      <div class="hd"><h2 id="${id}">${name}</h2></div>
      ${cards}
    </section> `
  );
}

function asked(question: Question): string {
  return fields
    .flatMap(({ name, label }) => (question[name] === undefined ? [] : [t("{0}: {1}", t(label), question[name] ?? "")]))
    .join(" · ");
}

/** The accent: not the state of a component, but how sure we are. */
const accents: Readonly<Record<Match, PublicStatus>> = {
  hit: "major_outage",
  perhaps: "degraded_performance",
  not: "unknown",
};

const frameOf = ({ site, addresses }: PublicSnapshot) => ({ site, addresses, root: "./" });

export function renderAffected(answer: Affected, snapshot: PublicSnapshot): string {
  const { question, headline, lead, notes } = answer;
  const cards = {
    outages: answer.incidents.map((found) => incidentCard(found, snapshot)),
    windows: answer.maintenance.map((found) => windowCard(found, snapshot)),
    others: answer.others.map((found) => incidentCard(found, snapshot)),
  };
  return layout({
    ...frameOf(snapshot),
    title: t(headline),
    description: t(lead),
    status: accents[answer.match],
    main: html`<div class="say ${accents[answer.match]}">
        <h1>${t(headline)}</h1>
        <p dir="auto">${asked(question)}</p>
        <p>${t(lead)}</p>
        ${notes.map((note) => html`<p dir="auto" lang="en">${note}</p>`)}
      </div>
      ${section("outages", t("Outages"), cards.outages)}${section("maintenance", t("Maintenance"), cards.windows)}${section("others", t("Open, and about something else"), cards.others)}
      <section aria-labelledby="again">
        <div class="hd"><h2 id="again">${t("Ask again")}</h2></div>
        ${askBox(question)}
      </section>`,
  });
}

/** Nothing was asked yet. */
export function renderAsk(snapshot: PublicSnapshot): string {
  return layout({
    ...frameOf(snapshot),
    title: t("Was it you, or was it us?"),
    description: t("Ask whether an outage hit a repository, a target or a job."),
    status: "unknown",
    main: html`<h1>${t("Was it you, or was it us?")}</h1>
      <p>
        ${t("One of the three is enough; two tell more. The answer comes from what was published in the last fourteen days.")}
      </p>
      ${askBox({})}`,
  });
}

/** One address asks too much. */
export function renderAskLater(snapshot: PublicSnapshot, seconds: number): string {
  return layout({
    ...frameOf(snapshot),
    title: t("Ask again soon"),
    description: t("Those were many questions"),
    status: "unknown",
    main: html`<div class="say unknown">
      <h1>${t("Those were many questions")}</h1>
      <p>${t("Ask again in {0} s.", seconds)} <a href="./">${t("What works and what does not, now")}</a></p>
    </div>`,
  });
}
