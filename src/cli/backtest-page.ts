// A backtest as one page: the pictures, the alarms, and how right they were. No script, nothing from elsewhere.
import type { ReplayedAlarm } from "../detection/backtest.ts";
import type { Lane } from "../detection/job-volume.ts";
import type { Finding } from "../detection/score.ts";
import { hour, isoSeconds, minute } from "../lib/clock.ts";
import { html, htmlText, raw, type SafeHtml } from "../lib/html.ts";
import { count } from "../lib/text.ts";
import { bucketWidth, picture, type Numbered } from "./backtest-picture.ts";
import type { BacktestResult, Span, TrialResult } from "./backtest-run.ts";
import { pageStyle } from "./backtest-style.ts";
import { judgementOf, lasted, remarksOf, sayJobs, sayScore, sayThousands, sayTrial, scoreHead, scoreRows } from "./backtest-words.ts"; // prettier-ignore

const overviewBuckets = 240;
const closeUpBuckets = 120;
/** A page that opens on a phone; the list of alarms has them all. */
const mostCloseUps = 60;
const mostLanes = 12;

const short = (at: number): string => isoSeconds(at).slice(0, 16).replace("T", " ");

/** Alarms about a type, and those about all types. */
const about = (type: string, of: string): boolean => type === of || type === "*";

function drawn(
  id: string,
  lane: Lane,
  span: Span,
  alarms: readonly Numbered[],
  findings: readonly Finding[],
): SafeHtml {
  const overlap = (from: number, to: number | undefined): boolean => from <= span.to && (to ?? span.to) >= span.from;
  const own = alarms.filter(({ alarm }) => about(alarm.type, lane.type) && overlap(alarm.start, alarm.end));
  const outages = findings.filter(({ outage }) => about(outage.type, lane.type) && overlap(outage.start, outage.end));
  const jobs = lane.buckets.reduce((sum, bucket) => sum + bucket.jobs, 0);
  const red = lane.buckets.reduce((sum, bucket) => sum + bucket.red, 0);
  const times = own.map(({ alarm }) => `${alarm.kind} at ${short(alarm.start)}`).slice(0, 30);
  const share = jobs === 0 ? "" : `, ${Math.round((red / jobs) * 100)} % of them red`;
  const said = `${sayThousands(jobs)} jobs ended${share}. ${own.length === 0 ? "No alarm." : `${count(own.length, "alarm")}.`}`;
  const words = own.length === 0 ? said : `${said} ${times.join(", ")}.`;
  const title = `${lane.type}, ${short(span.from)} to ${short(span.to)} UTC`;
  return html`<div class="wide" tabindex="0" role="group" aria-label="${title}">
      ${picture({ id, lane, span, alarms: own, outages, title, words })}
    </div>
    <p class="m">${said}</p>`;
}

function overview(
  result: BacktestResult,
  span: Span,
  alarms: readonly Numbered[],
  findings: readonly Finding[],
): SafeHtml {
  const lanes = result.volume.lanes(span.from, span.to, bucketWidth(span, overviewBuckets));
  const shown = lanes.slice(0, mostLanes);
  return html`<section>
    <h2>The stream</h2>
    <p class="key">
      <span class="jobs"></span> jobs that ended <span class="red"></span> of them red <span class="cap"></span> alarm${
        findings.length > 0 &&
        html` <span class="found"></span> outage found <span class="missed"></span> missed
          <span class="unseen"></span> could not be seen`
      }
    </p>
    ${shown.map(
      (lane, at) =>
        html`<h3>${lane.type} <span class="m">${sayThousands(lane.jobs)} jobs</span></h3>
          ${drawn(`lane-${at}`, lane, span, alarms, findings)}`,
    )}
    ${lanes.length > shown.length && html`<p class="m">${count(lanes.length - shown.length, "more job type")} without a picture.</p>`}
  </section>`;
}

/** The hours around one alarm. */
function closeUp(
  result: BacktestResult,
  whole: Span,
  one: Numbered,
  alarms: readonly Numbered[],
  findings: readonly Finding[],
): SafeHtml | undefined {
  // prettier-ignore
  const { alarm, number } = one;
  const from = Math.max(whole.from, Math.min(alarm.start, alarm.startsAt) - 3 * hour);
  const span = { from: from - (from % (10 * minute)), to: Math.min(whole.to, (alarm.end ?? whole.to) + 2 * hour) };
  const lanes = result.volume.lanes(span.from, span.to, bucketWidth(span, closeUpBuckets));
  const [busiest] = lanes;
  const lane = lanes.find(({ type }) => type === alarm.type) ?? busiest;
  return lane === undefined ? undefined : drawn(`alarm-${number}-picture`, lane, span, alarms, findings);
}

const pill = (word: string): SafeHtml => html`<span class="pill ${word.split(" ")[0] ?? ""}">${word}</span>`;

function alarmPart(result: BacktestResult, trial: TrialResult, whole: Span, alarms: readonly Numbered[]): SafeHtml {
  const findings = trial.score?.findings ?? [];
  const one = (numbered: Numbered): SafeHtml => {
    const { alarm, number } = numbered;
    const judged = judgementOf(alarm, trial.score);
    const shown = number <= mostCloseUps ? closeUp(result, whole, numbered, alarms, findings) : undefined;
    return html`<li id="alarm-${number}">
      <h3>${`${number}. ${alarm.summary}`}</h3>
      <p class="m">${facts(alarm)} ${judged !== "" && pill(judged)}</p>
      ${
        shown !== undefined &&
        html`<details>
          <summary>The hours around it</summary>
          ${shown}
        </details>`
      }
    </li>`;
  };
  return html`<section>
    <h2>Alarms</h2>
    <ol class="alarms">
      ${alarms.map(one)}
    </ol>
  </section>`;
}

function facts({ kind, type, target, start, startsAt, ...rest }: ReplayedAlarm): string {
  const what = [kind, type === "*" ? "all types" : type, ...(target === undefined ? [] : [target])].join(", ");
  const alarm = { kind, type, start, startsAt, ...rest };
  return `${what} · told ${short(start)} UTC · trouble since ${short(startsAt)} · lasted ${lasted(alarm)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[], caption: string): SafeHtml {
  const cells = (row: readonly string[]): SafeHtml =>
    html`<tr>
      <th scope="row">${row[0] ?? ""}</th>
      ${row.slice(1).map((cell) => html`<td>${cell}</td>`)}
    </tr>`;
  return html`<div class="wide" tabindex="0" role="group" aria-label="${caption}">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${head.map((cell) => (cell === "" ? html`<td></td>` : html`<th scope="col">${cell}</th>`))}
        </tr>
      </thead>
      <tbody>
        ${rows.map(cells)}
      </tbody>
    </table>
  </div>`;
}

function scorePart(result: BacktestResult, { score }: TrialResult): SafeHtml | undefined {
  if (score === undefined || result.judged === undefined) return undefined;
  const missed = score.findings.filter(({ outage, found }) => outage.observable && !found);
  return html`<section>
    <h2>Held against the labels</h2>
    <p>${sayScore(score)}. Judged since ${short(result.judged.from)} UTC.</p>
    ${table(scoreHead, scoreRows(score), "Minutes: median / 90th percentile; lag counts from when a careful person could have been sure")}
    ${
      missed.length > 0 &&
      html`<h3>Missed</h3>
        <ul>
          ${missed.map(({ outage }) => html`<li>${`${outage.id}: ${outage.kind}, ${outage.type}, ${short(outage.start)} to ${short(outage.end)} UTC`}</li>`)}
        </ul>`
    }
  </section>`;
}

function comparison(trials: readonly TrialResult[]): SafeHtml | undefined {
  if (trials.length < 2) return undefined;
  const rows = trials.map(({ name, alarms, incidents, score }) => [
    name,
    String(alarms.length),
    String(incidents),
    ...(score === undefined ? [] : [sayScore(score)]),
  ]);
  const labelled = trials.some(({ score }) => score !== undefined);
  const head = ["", "alarms", "incidents", ...(labelled ? ["with the labels"] : [])];
  return html`<section>
    <h2>Other settings</h2>
    ${table(head, rows, "The same jobs, side by side")}
  </section>`;
}

export function backtestPage(result: BacktestResult, what: string): string {
  const { span } = result;
  const [trial] = result.trials;
  const alarms = (trial?.alarms ?? []).map((alarm, at): Numbered => ({ number: at + 1, alarm }));
  const remarks = remarksOf(result);
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>Backtest of ${what}</title>
        <style>
          ${raw(pageStyle)}
        </style>
      </head>
      <body>
        <main>
          <h1>Backtest of ${what}</h1>
          <p>${sayJobs(result)}</p>
          ${trial !== undefined && span !== undefined && html`<p class="lead">${sayTrial(trial)}</p>`}
          ${remarks.map((remark) => html`<p class="m">${remark}</p>`)}
          ${
            trial !== undefined &&
            span !== undefined &&
            html`${comparison(result.trials)}${overview(result, span, alarms, trial.score?.findings ?? [])}
            ${scorePart(result, trial)}${alarms.length > 0 && alarmPart(result, trial, span, alarms)}`
          }
        </main>
      </body>
    </html>`;
  return htmlText(page);
}
