// The report of an import: what came in, what was guessed, which names mean what, and what could not be read.
import type { ImportDone } from "../http/import-contract.ts";
import { isoSeconds } from "../lib/clock.ts";
import { count } from "../lib/text.ts";
import type { PastEntry, Unread } from "../shapes/past.ts";
import type { Matched } from "../status/match-names.ts";
import { quoted, table } from "./print.ts";

type Told = {
  readonly kind: string;
  readonly source: string;
  readonly dryRun: boolean;
  readonly entries: readonly PastEntry[];
  readonly unread: readonly Unread[];
  readonly matched: Matched;
  readonly results: readonly ImportDone[];
};

export type Report = {
  readonly kind: string;
  readonly source: string;
  readonly dry_run: boolean;
  readonly entries: readonly ReportedEntry[];
  readonly names: readonly { readonly from: string; readonly how: string; readonly to: readonly string[] }[];
  readonly unknown: readonly { readonly from: string; readonly nearest: string | null; readonly entries: number }[];
  /** What to add to the command line so that every name is known. */
  readonly aliases: string | null;
  readonly idle_aliases: readonly string[];
  readonly unread: readonly Unread[];
};

type ReportedEntry = {
  readonly place: string;
  readonly kind: string;
  readonly title: string;
  readonly started: string;
  readonly ended: string | null;
  readonly number: number | null;
  readonly was: ImportDone["was"];
  readonly taken: readonly string[];
  readonly notes: readonly string[];
};

export function report({ kind, source, dryRun, entries, unread, matched, results }: Told): Report {
  const { matches, unknown, idle } = matched;
  return {
    kind,
    source,
    dry_run: dryRun,
    entries: entries.map((entry, i) => ({
      place: entry.place,
      kind: entry.kind,
      title: entry.title,
      started: isoSeconds(entry.startedAt),
      ended: entry.endedAt === undefined ? null : isoSeconds(entry.endedAt),
      number: results[i]?.number ?? null,
      was: results[i]?.was ?? "added",
      taken: results[i]?.taken ?? [],
      notes: entry.notes,
    })),
    names: [...matches.values()].map(({ from, how, to }) => ({ from, how, to })),
    unknown: unknown.map(({ from, nearest }) => ({
      from,
      nearest: nearest ?? null,
      entries: entries.filter(({ impact }) => impact.some(({ name }) => name === from)).length,
    })),
    aliases: unknown.length === 0 ? null : unknown.map(({ from, nearest }) => `--alias ${shell(`${from}=${nearest ?? "-"}`)}`).join(" "), // prettier-ignore
    idle_aliases: idle,
    unread,
  };
}

/** One word of a command line, whatever a stranger wrote into it. */
function shell(text: string): string {
  return /^[\w=.,:/@+-]+$/u.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

const hows: Readonly<Record<string, string>> = {
  name: "its name",
  id: "its id",
  spelling: "the same, written otherwise",
  group: "a group",
  all: "all components",
  alias: "your alias",
};

export function sayReport(said: Report): string {
  const parts = [notes(said), names(said), taken(said), unread(said), idle(said), summary(said), aliases(said)];
  return parts.filter((part) => part !== "").join("\n\n");
}

function notes({ entries }: Report): string {
  const noted = entries.filter((entry) => entry.notes.length > 0 && entry.was !== "there");
  if (noted.length === 0) return "";
  const lines = noted.map(
    (entry) =>
    [`  ${quoted(entry.place)}: ${quoted(entry.title)}`, ...entry.notes.map((note) => `      ${quoted(note)}`)].join("\n"), // prettier-ignore
  );
  return ["Guessed or mended, please look:", ...lines].join("\n");
}

function names({ names: known, unknown }: Report): string {
  if (known.length + unknown.length === 0) return "";
  const rows = [
    ...known.map(({ from, how, to }) => [from, to.length === 0 ? "(none)" : how === "all" ? "(all)" : to.join(", "), hows[how] ?? how]), // prettier-ignore
    ...unknown.map(({ from, nearest, entries }) => [from, "?", `unknown, in ${count(entries, "entry").replace("entrys", "entries")}${nearest === null ? "" : `; nearest: ${nearest}`}`]), // prettier-ignore
  ];
  return table(["their name", "component", "because"], rows);
}

function taken({ entries }: Report): string {
  const lost = entries.flatMap((entry) => entry.taken.map((path) => `  /${quoted(path)}  ${quoted(entry.title)}`));
  if (lost.length === 0) return "";
  return ["Old addresses that cannot lead on, because something else stands there:", ...lost].join("\n");
}

function unread({ unread: left }: Report): string {
  if (left.length === 0) return "";
  return ["Not read:", ...left.map(({ place, because }) => `  ${quoted(place)}: ${quoted(because)}`)].join("\n");
}

function idle({ idle_aliases: left }: Report): string {
  return left.length === 0 ? "" : `No entry has the name of --alias ${left.map((each) => quoted(each)).join(", ")}.`;
}

function summary({ entries, unread: left, dry_run: dry, unknown }: Report): string {
  const of = (was: ImportDone["was"]): number => entries.filter((entry) => entry.was === was).length;
  const fresh = entries.filter((entry) => entry.was === "added");
  const outages = fresh.filter((entry) => entry.kind === "incident").length;
  const open = fresh.filter((entry) => entry.ended === null).length;
  const noted = fresh.filter((entry) => entry.notes.length > 0).length;
  const verb = dry || unknown.length > 0 ? "Would come in" : "Came in";
  const about = [...(noted === 0 ? [] : [`${noted} with notes`]), ...(open === 0 ? [] : [`${open} still open`])];
  const words = [
    `${verb}: ${count(outages, "outage")}, ${count(fresh.length - outages, "maintenance")}${about.length === 0 ? "" : ` (${about.join(", ")})`}.`,
    ...(of("there") === 0 ? [] : [`${of("there")} came before.`]),
    ...(of("changed") === 0 ? [] : [`${of("changed")} came before and changed there since; ours stayed as they are.`]),
    left.length === 0 ? "Everything could be read." : `${left.length} could not be read.`,
  ];
  return words.join(" ");
}

function aliases({ aliases: line }: Report): string {
  if (line === null) return "";
  return `Say what the unknown names mean (an id of ours, or - for none), and try again:\n\n  ${line}`;
}
