// Moments and sentences with moments in them, as HTML.
import type { Instant } from "../../lib/clock.ts";
import { html, type SafeHtml } from "../../lib/html.ts";
import { timeParts, type Reading } from "../../lib/zones.ts";
import type { Said } from "../words.ts";

/** `10:42 UTC (11:42 Prague)`, the first part strong. */
export function moment(at: Instant, reading: Reading): SafeHtml {
  const { iso, utc, local } = timeParts(at, reading);
  return html`<b class="nb"><time datetime="${iso}">${utc}</time></b
    >${local !== undefined && html` <span class="lt">(${local})</span>`}`;
}

/** A sentence of `words.ts`. */
export function said(parts: Said, reading: Reading): readonly (string | SafeHtml)[] {
  return parts.map((part) => (typeof part === "string" ? part : moment(part, reading)));
}
