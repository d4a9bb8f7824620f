// The past of another status page, whatever software it was: the one form that every importer makes. Pure.
// Nothing is left out in silence: what cannot be read is named with its place, what was guessed stands in `notes`.
import type { Instant } from "../lib/clock.ts";
import { isoSeconds } from "../lib/clock.ts";
import { safeUrl } from "../lib/html.ts";
import { oneLine, plainText } from "../lib/text.ts";

/** Statuspage's words, as everywhere here. */
export type PastStatus =
  "operational" | "degraded_performance" | "partial_outage" | "major_outage" | "under_maintenance";

export type PastPhase = "investigating" | "identified" | "monitoring" | "resolved";

export type PastUpdate = { readonly at: Instant; readonly phase: PastPhase; readonly text: string };

export type PastEntry = {
  /** Never changes for the same entry of the same source: what was brought in once is known by it. */
  readonly key: string;
  readonly kind: "incident" | "maintenance";
  readonly title: string;
  readonly startedAt: Instant;
  /** Absent: it goes on. A window always has one. */
  readonly endedAt?: Instant;
  /** When users first read of it, where the source knows. */
  readonly publishedAt?: Instant;
  /** Their names for what was hit. */
  readonly impact: readonly { readonly name: string; readonly status: PastStatus }[];
  /** What is said of it as a whole. */
  readonly text?: string;
  /** Oldest first. */
  readonly updates: readonly PastUpdate[];
  readonly links: readonly { readonly url: string; readonly title?: string }[];
  /** Paths or addresses under which it could be read. */
  readonly oldPaths: readonly string[];
  /** The twelve characters by which Statuspage's clients know it. */
  readonly code?: string;
  /** Where it stands in the source: `content/issues/a.md`, `incidents.json#3`. */
  readonly place: string;
  /** What was guessed or mended. */
  readonly notes: readonly string[];
};

/** What could not be brought along, and why. */
export type Unread = { readonly place: string; readonly because: string };

export type Past = { readonly entries: readonly PastEntry[]; readonly unread: readonly Unread[] };

/** One text of the source: a file, or the answer of an address. */
export type PastDocument = { readonly place: string; readonly text: string };

const longestTitle = 200;
const longestText = 20_000;
/** More than this nobody has said of one outage; the rest goes into the last of them. */
const mostUpdates = 500;

/** What steers a terminal or the direction of text goes, and what is far too long is cut, with a note. */
export function tamed(entry: PastEntry): PastEntry {
  const notes = [...entry.notes];
  const cut = (text: string, what: string): string => {
    const plain = plainText(text).trim();
    if (plain.length <= longestText) return plain;
    notes.push(`${what} is longer than ${longestText} characters: cut`);
    return `${plain.slice(0, longestText - 1)}…`;
  };
  const title = oneLine(entry.title, entry.title.length + 1);
  if (title === "") notes.push("it has no title");
  if ([...title].length > longestTitle) notes.push(`the title is longer than ${longestTitle} characters: cut`);
  const { text, endedAt } = entry;
  const over = endedAt !== undefined && endedAt < entry.startedAt;
  if (over)
    notes.push(
      `it ended (${isoSeconds(endedAt)}) before it started (${isoSeconds(entry.startedAt)}): taken as over at once`,
    );
  if (entry.updates.length > mostUpdates) notes.push(`only the first ${mostUpdates} updates are taken`);
  const updates = entry.updates
    .slice(0, mostUpdates)
    .map((one) => ({ ...one, text: cut(one.text, "an update") }))
    .filter((one) => one.text !== "" || one.phase === "resolved");
  return {
    ...entry,
    title: title === "" ? "Untitled" : oneLine(title, longestTitle),
    ...(over ? { endedAt: entry.startedAt } : {}),
    ...(text === undefined ? {} : { text: cut(text, "the text") }),
    updates: updates.toSorted((a, b) => a.at - b.at),
    links: entry.links.filter(({ url }) => safeUrl(url) !== undefined && url.length < 2_000).slice(0, 20),
    notes,
  };
}

const phaseWords: readonly (readonly [RegExp, PastPhase])[] = [
  [/^(resolved|fixed|solved|completed?|done|closed|postmortem|post-mortem)$/iu, "resolved"],
  [/^(monitoring|watching|verifying|mitigated)$/iu, "monitoring"],
  [/^(identified|in[ _]progress)$/iu, "identified"],
  [/^(investigating|update|open|reported|scheduled|upcoming)$/iu, "investigating"],
];

/** The phase that a word of theirs means. */
export function phaseNamed(word: string): PastPhase | undefined {
  return phaseWords.find(([pattern]) => pattern.test(word.trim()))?.[1];
}

/** `https://…` in a text, each once: what it links is not lost when the page has no place for it. */
export function linksIn(text: string): readonly { readonly url: string }[] {
  const found = text.match(/https?:\/\/[^\s<>()[\]"'`]+[^\s<>()[\]"'`.,;:!?]/gu) ?? [];
  return [...new Set(found)].slice(0, 20).map((url) => ({ url }));
}
