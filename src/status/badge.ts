// A badge for READMEs and dashboards: a name, a shape and a word, so that colour is never the only sign. Pure.
import type { PublicStatus } from "../components/status.ts";
import { columns } from "../lib/columns.ts";
import { html, htmlText } from "../lib/html.ts";
import { oneLine } from "../lib/text.ts";
import { shapeIn } from "./page/shapes.ts";
import type { PublicSnapshot } from "./snapshot.ts";
import { t } from "./tongue.ts";
import { stateWord, summarize } from "./words.ts";

/** Dark enough for white text: each has a contrast of at least 5 to 1. */
const grounds: Readonly<Record<PublicStatus, string>> = {
  operational: "#1c7c4a",
  degraded_performance: "#8a5a00",
  partial_outage: "#a8470a",
  major_outage: "#b3201f",
  under_maintenance: "#24529c",
  unknown: "#5b616b",
};

/** Of 11 px in the fonts named below; `textLength` makes it true in any other. */
const widthOf = (text: string): number => Math.round(columns(text) * 6.7);

const height = 20;
const pad = 7;
const icon = 11;
const longestName = 60;

function draw(name: string, word: string, status: PublicStatus): string {
  const label = oneLine(name, longestName);
  const [left, right] = [widthOf(label) + 2 * pad, widthOf(word) + icon + 3 * pad - 2];
  const text = (at: number, said: string, length: number) =>
    html`<text x="${at}" y="14" textLength="${length}" lengthAdjust="spacingAndGlyphs">${said}</text>`;
  const drawing = html`<svg
    xmlns="http://www.w3.org/2000/svg"
    width="${left + right}"
    height="${height}"
    viewBox="0 0 ${left + right} ${height}"
    role="img"
    aria-label="${label}: ${word}"
  >
    <title>${label}: ${word}</title>
    <clipPath id="r"><rect width="${left + right}" height="${height}" rx="3" /></clipPath>
    <g clip-path="url(#r)">
      <rect width="${left}" height="${height}" fill="#3b3f46" />
      <rect x="${left}" width="${right}" height="${height}" fill="${grounds[status]}" />
    </g>
    <svg x="${left + pad}" y="4.5" width="${icon}" height="${icon}" viewBox="0 0 16 16">
      ${shapeIn(status, "#fff", grounds[status])}
    </svg>
    <g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">
      ${text(pad, label, widthOf(label))}${text(left + icon + 2 * pad - 2, word, widthOf(word))}
    </g>
  </svg> `;
  // Two characters that XML 1.0 has no form for: https://www.w3.org/TR/xml/#charsets
  return htmlText(drawing).replace(/[\ufffe\uffff]/gu, "");
}

const said = (status: PublicStatus): string => (status === "unknown" ? t("unknown") : stateWord(status));

/** Of the page: its worst state. Of one component: its own; undefined where there is none of that name. */
export function renderBadge(snapshot: PublicSnapshot, component?: string): string | undefined {
  const { site, components } = snapshot;
  if (component === undefined) {
    const { status } = summarize(snapshot);
    return draw(`${site.demo ? "DEMO " : ""}${oneLine(site.name, longestName)}`, said(status), status);
  }
  const found = components.find(({ id }) => id === component);
  return (
    found && draw(`${site.demo ? "DEMO " : ""}${oneLine(found.name, longestName)}`, said(found.status), found.status)
  );
}

/** Shown where there is no component of that name: it says so, and what may have been meant. */
export function renderNoBadge(asked: string, meant: string | undefined): string {
  const hint = meant === undefined ? t("not on this page") : t("did you mean {0}?", meant);
  return draw(t("no component {0}", oneLine(asked, 30)), oneLine(hint, longestName), "unknown");
}
