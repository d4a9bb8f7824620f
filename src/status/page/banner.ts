// The sentence first: what is wrong, since when, what is well, when we speak again.
import { html, type SafeHtml } from "../../lib/html.ts";
import type { PublicSnapshot } from "../snapshot.ts";
import type { Summary } from "../words.ts";
import { said } from "./moments.ts";

export function banner(summary: Summary, { site, generatedAt }: PublicSnapshot): SafeHtml {
  const reading = { zone: site.timeZone, now: generatedAt };
  return html`<div class="say ${summary.status}">
    <h1 dir="auto">${summary.headline}</h1>
    <p>${said(summary.lead, reading)}</p>
  </div>`;
}
