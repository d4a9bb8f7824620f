// tocsin export KIND DIR: leave with everything, or take the past to another status page.
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { reasonOf } from "../lib/result.ts";
import { suggest } from "../lib/nearest.ts";
import { count } from "../lib/text.ts";
import { writeArchiveFile } from "./archive-file.ts";
import { Exit, type DoorFlags } from "./door.ts";
import { writePages } from "./export-pages.ts";
import { print } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

const kinds = {
  cstate: "content for cState and its config: what is public",
  statuspage: "the JSON of Statuspage's API v2, without its limit of fifty: what is public",
  archive: "one JSON file with everything, drafts and notes too; `import archive` reads it back",
} as const;
type Kind = keyof typeof kinds;

const isKind = (name: string): name is Kind => Object.hasOwn(kinds, name);

export function exportCommand(program: Command, shared: () => Shared): void {
  const list = Object.entries(kinds).map(([kind, what]) => `  ${kind.padEnd(12)} ${what}`).join("\n"); // prettier-ignore
  program
    .command("export <kind> <dir>")
    .description("write the past for another status page, or as an archive; never a token, nor a subscriber")
    .option("--force", "write into a folder that is not empty")
    .addHelpText("after", `\nKinds:\n${list}`)
    .action(async (kind: string, dir: string, { force = false }: { force?: boolean }) => {
      if (!isKind(kind)) throw new Exit(2, `nothing is exported as "${kind}"; ${suggest(kind, Object.keys(kinds))}`);
      openFolder(dir, force);
      const door = shared();
      if (kind === "archive") {
        const file = join(dir, "tocsin-archive.json");
        const counts = await writeArchiveFile(door, file);
        print(door.json, { file, ...counts }, () =>
          `${file}: ${count(counts.incidents ?? 0, "outage")}, ${count(counts.maintenances ?? 0, "maintenance")}. ` +
          `${counts.private} of its entries are private (drafts, what was dismissed, recorded changes), and so are notes and names in the others: keep it to yourselves.`,
        ); // prettier-ignore
        return;
      }
      const done = await writePages(door, kind, dir);
      print(door.json, done, () => `${dir}: ${count(done.files, "file")}, ${count(done.incidents, "outage")}, ${count(done.maintenances, "maintenance")}.`); // prettier-ignore
    });
}

function openFolder(dir: string, force: boolean): void {
  try {
    mkdirSync(dir, { recursive: true });
    if (!force && readdirSync(dir).length > 0) throw new Exit(1, `${dir} is not empty; name another folder, or say --force`); // prettier-ignore
  } catch (thrown) {
    if (thrown instanceof Exit) throw thrown;
    throw new Exit(3, `${dir} cannot be written: ${reasonOf(thrown)}`);
  }
}
