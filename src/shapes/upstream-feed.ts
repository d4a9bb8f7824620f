// What a status page of somebody else says, whatever software it is: the one form that every parser of feeds makes.
// Nothing here vouches for health: what cannot be read is an error or `unknown`, never `operational`.
import { z } from "zod";
import type { Instant } from "../lib/clock.ts";
import { safeUrl } from "../lib/html.ts";
import { oneLine } from "../lib/text.ts";

/** Statuspage's words, and `unknown`. */
export type FeedStatus =
  "operational" | "degraded_performance" | "partial_outage" | "major_outage" | "under_maintenance" | "unknown";

export type FeedComponent = {
  readonly id: string;
  readonly name: string;
  readonly group?: string;
  readonly status: FeedStatus;
};

export type FeedPhase = "investigating" | "identified" | "monitoring" | "resolved";

type Entry = {
  readonly id: string;
  readonly name: string;
  /** Names or ids of what it is about; empty: the page does not say. */
  readonly components: readonly string[];
  readonly updatedAt?: Instant;
  readonly url?: string;
  /** The newest of its words, as plain text. */
  readonly text?: string;
};

export type FeedIncident = Entry & {
  readonly phase: FeedPhase;
  /** How bad they say it is; absent: they do not say. */
  readonly status?: FeedStatus;
  readonly startedAt?: Instant;
  readonly resolvedAt?: Instant;
};

export type FeedMaintenance = Entry & {
  readonly state: "scheduled" | "in_progress" | "completed";
  readonly from?: Instant;
  readonly until?: Instant;
};

export type Feed = {
  readonly page?: { readonly name?: string; readonly url?: string };
  /** When the page was last made or looked, where it says so. */
  readonly builtAt?: Instant;
  readonly components: readonly FeedComponent[];
  /** Whether `components` are all it has: a name that is not among them is a name that it does not know. */
  readonly complete: boolean;
  readonly incidents: readonly FeedIncident[];
  readonly maintenances: readonly FeedMaintenance[];
};

const longestName = 200;
const longestText = 600;
/** More than any page shows; what lies beyond would only be weight. */
export const mostEntries = 500;

/** Text or nothing: a field of another type is as one that is not there. */
export const text = z.string().nullish().catch(undefined);
/** An id may be a number. */
export const ident = z.union([z.string(), z.number()]).transform(String).nullish().catch(undefined);

export function nameOf(...given: readonly (string | null | undefined)[]): string | undefined {
  const found = given.map((each) => oneLine(each ?? "", longestName)).find((each) => each !== "");
  return found;
}

const entities: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  ndash: "–",
  mdash: "—",
  hellip: "…",
  rsquo: "’",
  lsquo: "‘",
};

function character(code: number): string {
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : "";
}

/** In one pass: what comes out of an entity is text, and no entity again. */
export function withoutEntities(given: string): string {
  return given.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,8}));/giu, (all, decimal, hex, name) => {
    if (typeof decimal === "string") return character(Number.parseInt(decimal, 10));
    if (typeof hex === "string") return character(Number.parseInt(hex, 16));
    return entities[String(name).toLowerCase()] ?? all;
  });
}

/** The words of HTML, or of plain text, on one line. It is text: whoever shows it escapes it. */
export function wordsOf(given: string | null | undefined): string | undefined {
  // What is longer than any update is cut before it is looked at.
  const bare = (given ?? "")
    .slice(0, 20_000)
    .replace(/<(?:script|style)\b[^<]*(?:<(?!\/(?:script|style))[^<]*)*/giu, " ");
  const words = oneLine(withoutEntities(bare.replace(/<[^>]*>?/gu, " ")), longestText);
  return words === "" ? undefined : words;
}

/** An address that a page may link; relative ones are the page's own. */
export function addressOf(given: string | null | undefined, base?: string): string | undefined {
  if (given === null || given === undefined || given.trim() === "") return undefined;
  const url = URL.parse(given.trim(), base);
  return url === null ? undefined : safeUrl(url.href);
}

const badness: readonly FeedStatus[] = [
  "operational",
  "under_maintenance",
  "degraded_performance",
  "partial_outage",
  "major_outage",
];

/** The worst that is known of; undefined when nothing is. */
export function worstOf(statuses: readonly FeedStatus[]): FeedStatus | undefined {
  const known = statuses.filter((status) => status !== "unknown");
  return known.toSorted((a, b) => badness.indexOf(b) - badness.indexOf(a))[0];
}

/** Where a document is not what its kind of page serves: the first two places. */
export function sayShape(error: z.ZodError): string {
  const said = error.issues
    .slice(0, 2)
    .map(({ path, message }) => `${["$", ...path.map(String)].join(".")}: ${message}`);
  return oneLine(said.join("; "), 200);
}
