// A shape for every state, so that nobody needs to tell red from green. The word stands beside it, so readers skip it.
import type { PublicStatus } from "../../components/status.ts";
import { raw, type SafeHtml } from "../../lib/html.ts";

const ring = '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor" stroke-width="2.6"';

const shapes: Readonly<Record<PublicStatus, string>> = {
  operational:
    '<circle cx="8" cy="8" r="8" fill="currentColor"/><path class="tick" d="m4.6 8.3 2.3 2.4 4.5-5" fill="none" stroke-width="2"/>',
  degraded_performance: '<path d="M8 1 15.7 15H.3z" fill="currentColor"/>',
  partial_outage: '<path d="m8 0 8 8-8 8-8-8z" fill="currentColor"/>',
  major_outage: '<rect x=".5" y=".5" width="15" height="15" rx="1.5" fill="currentColor"/>',
  under_maintenance: `${ring} stroke-dasharray="2.9 1.81"/>`,
  unknown: `${ring}/>`,
};

/** As markup for a drawing that has no style sheet: the shape, and the tick on it, in colours of its own. */
export function shapeIn(status: PublicStatus, colour: string, tick: string): SafeHtml {
  return raw(shapes[status].replaceAll("currentColor", colour).replace('class="tick"', `stroke="${tick}"`));
}

const icons = new Map<PublicStatus, SafeHtml>();

/** The shape in the state's colour. */
export function shape(status: PublicStatus): SafeHtml {
  const known = icons.get(status);
  if (known !== undefined) return known;
  const made = raw(`<svg class="i ${status}" viewBox="0 0 16 16" aria-hidden="true">${shapes[status]}</svg>`);
  icons.set(status, made);
  return made;
}

const fills: Readonly<Record<PublicStatus, string>> = {
  operational: "1c7c4a",
  degraded_performance: "e0a526",
  partial_outage: "e2762d",
  major_outage: "d9423f",
  under_maintenance: "6d93d4",
  unknown: "6b7280",
};

/** The same shape for the browser's tab, as a data: address; it has no style sheet there. */
export function favicon(status: PublicStatus): string {
  const drawn = shapes[status]
    .replaceAll("currentColor", `#${fills[status]}`)
    .replace('class="tick"', 'stroke="#fff"')
    .replaceAll('"', "'");
  const svg = `<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>${drawn}</svg>`;
  return `data:image/svg+xml,${svg.replace(/[<>#]/gu, (sign) => encodeURIComponent(sign))}`;
}

export const bell: SafeHtml = raw(
  '<svg viewBox="0 0 20 20" aria-hidden="true" fill="none" stroke="currentColor" stroke-width="1.7" stroke-linejoin="round">' +
    '<path d="M10 2.2a5 5 0 0 0-5 5c0 4.3-1.6 6-1.6 6h13.2s-1.6-1.7-1.6-6a5 5 0 0 0-5-5zM8.4 16.2a1.9 1.9 0 0 0 3.2 0" stroke-linecap="round"/></svg>',
);
