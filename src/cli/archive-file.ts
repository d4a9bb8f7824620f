// The archive on disk: one JSON file with a line for each thing, written and read a piece at a time through the server.
import { closeSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from "node:fs";
import { z } from "zod";
import { ArchivePiece, ArchiveRead } from "../http/import-contract.ts";
import { reasonOf } from "../lib/result.ts";
import { archivePartNames, archiveVersion, type ArchivePart } from "../shapes/archive.ts";
import { ask, Exit, type DoorFlags } from "./door.ts";

/** How many there are of each part. */
export type ArchiveCounts = Readonly<Partial<Record<ArchivePart, number>>>;

/** Whoever asks for the parts: the command for a file, an exporter for its own form. */
export async function* archived(door: DoorFlags, part: ArchivePart): AsyncIterable<Readonly<Record<string, unknown>>> {
  for (let after: number | null = 0; after !== null;) {
    const piece: z.output<typeof ArchivePiece> = await ask(ArchivePiece, door, "GET", `/api/v1/archive?part=${part}&after=${after}`); // prettier-ignore
    yield* piece.items;
    after = piece.next;
  }
}

/** For its owner alone: drafts, notes and names are in it. */
export async function writeArchiveFile(door: DoorFlags, file: string): Promise<ArchiveCounts & { private: number }> {
  const draft = `${file}.tocsin-tmp`;
  const opened = openSync(draft, "w", 0o600);
  const counts: Partial<Record<ArchivePart, number>> = {};
  let hidden = 0;
  try {
    writeSync(opened, `{"tocsin":"archive","version":${archiveVersion}`);
    for (const part of archivePartNames) {
      writeSync(opened, `,\n"${part}":[`);
      let n = 0;
      for await (const item of archived(door, part)) {
        writeSync(opened, `${n === 0 ? "" : ","}\n${JSON.stringify(item)}`);
        if (item["private"] === true) hidden += 1;
        n += 1;
      }
      writeSync(opened, "]");
      counts[part] = n;
    }
    writeSync(opened, "}\n");
  } catch (thrown) {
    rmSync(draft, { force: true });
    throw thrown;
  } finally {
    closeSync(opened);
  }
  renameSync(draft, file);
  return { ...counts, private: hidden };
}

const Archive = z.looseObject({
  tocsin: z.literal("archive"),
  version: z.int(),
  ...Object.fromEntries(archivePartNames.map((part) => [part, z.array(z.record(z.string(), z.unknown())).default([])])),
});

const largest = 1_000_000_000;
const mostAtOnce = 200;

function readArchiveFile(file: string): Readonly<Record<string, unknown>> {
  try {
    const about = statSync(file);
    if (about.isDirectory()) throw new Exit(3, `${file} is a folder; name the file in it: tocsin-archive.json`);
    if (about.size > largest) throw new Exit(3, `${file} is larger than 1 GB`);
    const read = Archive.safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (!read.success) throw new Exit(3, `${file} is no archive of Tocsin's`);
    if (read.data.version > archiveVersion) throw new Exit(3, `${file} was written by a newer Tocsin; use that version`); // prettier-ignore
    return read.data;
  } catch (thrown) {
    if (thrown instanceof Exit) throw thrown;
    throw new Exit(3, `${file} cannot be read: ${reasonOf(thrown)}`);
  }
}

export type ArchiveReport = { readonly added: number; readonly there: number; readonly parts: ArchiveCounts };

export async function readArchiveBack(
  door: DoorFlags,
  file: string,
  dryRun: boolean,
  tell: (doing: string) => void,
): Promise<ArchiveReport> {
  const archive = readArchiveFile(file);
  let [added, there] = [0, 0];
  const parts: Partial<Record<ArchivePart, number>> = {};
  for (const part of archivePartNames) {
    const items = z.array(z.record(z.string(), z.unknown())).parse(archive[part]);
    parts[part] = items.length;
    if (dryRun) continue;
    for (let from = 0; from < items.length; from += mostAtOnce) {
      const body = { part, items: items.slice(from, from + mostAtOnce) };
      const done = await ask(ArchiveRead, door, "POST", "/api/v1/archive", body);
      added += done.added;
      there += done.there;
      tell(`${part}: ${from + body.items.length} of ${items.length}`);
    }
  }
  return { added, there, parts };
}
