// tocsin import KIND SOURCE: the past of another status page comes in; what it could not do stands in its report.
import type { Command } from "commander";
import { z } from "zod";
import { pastKinds, readPast } from "../app/read-past.ts";
import { ComponentItem } from "../http/contract.ts";
import { ImportDone, mostEntriesAtOnce, type ImportEntry } from "../http/import-contract.ts";
import { wallClock, type Instant } from "../lib/clock.ts";
import { suggest } from "../lib/nearest.ts";
import { present } from "../lib/records.ts";
import type { PastEntry } from "../shapes/past.ts";
import { matchNames, readAliases, type Matched } from "../status/match-names.ts";
import { readArchiveBack } from "./archive-file.ts";
import { count } from "../lib/text.ts";
import { ask, Exit, type DoorFlags } from "./door.ts";
import { report, sayReport, type Report } from "./import-words.ts";
import { print } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };
type ImportFlags = { readonly dryRun?: boolean; readonly alias?: readonly string[] };

const gather = (text: string, before: readonly string[] = []): readonly string[] => [...before, text];

export function importCommand(program: Command, shared: () => Shared): void {
  const all = [
    ...pastKinds,
    ["archive", "the file that `export archive` wrote; into a record without outages"] as const,
  ];
  const kinds = all.map(([kind, takes]) => `  ${kind.padEnd(12)} ${takes}`).join("\n");
  program
    .command("import <kind> <source>")
    .description("bring in the past of another status page; what came once does not come again")
    .option("--dry-run", "only say what would come, and what would not")
    .option(
      "--alias <from=to>",
      "their name for a component of ours: GitHub=api, or GitHub=- for none (repeat it)",
      gather,
    ) // prettier-ignore
    .addHelpText(
      "after",
      `\nKinds, and what SOURCE is:\n${kinds}\n\nTOCSIN_IMPORT_TOKEN is shown to the address, where one needs a token.`,
    )
    .action(async (kind: string, source: string, flags: ImportFlags) => {
      if (kind === "archive") return readBack(source, flags, shared());
      const known = all.map(([name]) => name);
      if (!known.includes(kind)) throw new Exit(2, `nothing is imported from "${kind}"; ${suggest(kind, known)}`);
      const done = await importFrom(kind, source, flags, shared());
      print(shared().json, done, () => sayReport(done));
      if (done.unknown.length > 0)
        throw new Exit(1, `nothing was imported: ${done.unknown.length === 1 ? "a name is" : `${done.unknown.length} names are`} no component of ours`); // prettier-ignore
    });
}

async function readBack(source: string, flags: ImportFlags, door: Shared): Promise<void> {
  if (flags.alias !== undefined) throw new Exit(2, "an archive keeps its components; --alias is for other pages");
  const done = await readArchiveBack(door, source, flags.dryRun === true, tellOn(door));
  const { incidents = 0, maintenances = 0 } = done.parts;
  const held = `It holds ${count(incidents, "outage")} and ${count(maintenances, "maintenance")}.`;
  print(door.json, done, () => flags.dryRun === true ? `${held} Nothing was read back.` : `${held} ${count(done.added, "entry").replace("entrys", "entries")} came in, ${done.there} were here already.`); // prettier-ignore
}

function tellOn(door: Shared): (doing: string) => void {
  return (doing) => {
    if (door.json !== true && process.stderr.isTTY) process.stderr.write(`\r\u001b[K${doing}`);
  };
}

async function importFrom(kind: string, source: string, flags: ImportFlags, door: Shared): Promise<Report> {
  const stop = new AbortController();
  const tell = tellOn(door);
  const token = process.env["TOCSIN_IMPORT_TOKEN"];
  const asking = { source, clock: wallClock, signal: stop.signal, tell };
  const read = await readPast(kind, token === undefined || token === "" ? asking : { ...asking, token });
  if (!read.ok) throw new Exit(3, read.error);
  const { entries, unread } = read.value;
  const components = await ask(z.array(ComponentItem), door, "GET", "/api/v1/components");
  const aliases = readAliases(flags.alias ?? [], components);
  if (!aliases.ok) throw new Exit(2, aliases.error);
  const matched = matchNames(entries.flatMap(({ impact }) => impact.map(({ name }) => name)), components, aliases.value); // prettier-ignore
  const dryRun = flags.dryRun === true;
  const stopped = matched.unknown.length > 0;
  const results = await sendAll(kind, entries, matched, { dryRun: dryRun || stopped, door, tell });
  tell("");
  return report({ kind, source, dryRun, entries, unread, matched, results });
}

type Sending = { readonly dryRun: boolean; readonly door: Shared; readonly tell: (doing: string) => void };

/** In the order of their starts, a batch at a time: who is killed on the way goes on where it was. */
async function sendAll(
  kind: string,
  entries: readonly PastEntry[],
  matched: Matched,
  { dryRun, door, tell }: Sending,
): Promise<readonly ImportDone[]> {
  const results: ImportDone[] = [];
  for (let from = 0; from < entries.length; from += mostEntriesAtOnce) {
    const batch = entries.slice(from, from + mostEntriesAtOnce).map((entry) => entryFor(entry, matched));
    const body = { from: kind, dry_run: dryRun, entries: batch };
    results.push(...(await ask(z.array(ImportDone), door, "POST", "/api/v1/imports", body)));
    tell(`${results.length} of ${entries.length} entries`);
  }
  return results;
}

const iso = (at: Instant): string => new Date(at).toISOString();

function entryFor(entry: PastEntry, { matches }: Matched): ImportEntry {
  const { key, kind, title, startedAt, endedAt, publishedAt, text, code } = entry;
  const impact = entry.impact.flatMap(({ name, status }) =>
    (matches.get(name)?.to ?? []).map((id) => [id, status] as const),
  );
  return {
    key,
    kind,
    title,
    started: iso(startedAt),
    ...present({ text, code }),
    ...(endedAt === undefined ? {} : { ended: iso(endedAt) }),
    ...(publishedAt === undefined ? {} : { published: iso(publishedAt) }),
    impact: Object.fromEntries(impact),
    updates: entry.updates.map((one) => ({ ...one, at: iso(one.at) })),
    links: [...entry.links],
    old_paths: entry.oldPaths.slice(0, 20),
  };
}
