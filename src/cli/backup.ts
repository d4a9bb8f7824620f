// tocsin backup, tocsin restore: a copy of the record, and the way back.
import type { Command } from "commander";
import { adoptDatabase, backUp, Refused, restoreFile, type Restored } from "../app/restore.ts";
import { readConfig, settingsFrom, type Flags } from "../app/settings.ts";
import { sayConfigError, type Config } from "../config/load.ts";
import { NotADatabase } from "../db/backup.ts";
import { NewerDatabase } from "../db/migrate.ts";
import { DatabaseOwned } from "../db/owner-lock.ts";
import { wallClock } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import { count } from "../lib/text.ts";
import { Exit } from "./door.ts";
import { print, quoted } from "./print.ts";

type Shared = Flags & { readonly json?: boolean };

/** The config and the data folder that the server of this folder uses. */
function settingsOrExit(flags: Flags): { readonly config: Config; readonly dataDir: string } {
  const { configFile, dataDir } = settingsFrom(flags, process.env);
  if (configFile === undefined)
    throw new Exit(3, "there is no tocsin.yaml here; it says where the database is: name it with --config");
  const config = readConfig(configFile, process.env);
  if (config.ok) return { config: config.value, dataDir };
  const { error } = config;
  throw new Exit(3, error.kind === "unreadable" ? error.message : error.errors.map(sayConfigError).join("\n"));
}

function exitOf(thrown: unknown): Exit {
  if (thrown instanceof Exit) return thrown;
  if (thrown instanceof DatabaseOwned) return new Exit(1, `${thrown.message}; stop it first`);
  const refused = thrown instanceof Refused || thrown instanceof NewerDatabase;
  return new Exit(refused ? 1 : 3, reasonOf(thrown));
}

function say(restored: Restored): string {
  const { dead, open, kept, unsound } = restored;
  const news = open.map(({ number, title, visibility }) => `  ${number}  ${visibility}  ${quoted(title)}`);
  return [
    `Restored. ${dead === 0 ? "No message was waiting" : `${count(dead, "message")} that waited then will not be sent`}; mirrors will take the new state.`,
    ...(kept === undefined ? [] : [`The database that was replaced is ${kept}.`]),
    ...(unsound === undefined
      ? []
      : [`It could not be closed properly (${unsound}); its -wal, if it had one, is beside it.`]),
    ...(news.length === 0
      ? ["No incident is open in it."]
      : [
          "Open in it, as of then; Tocsin will speak of them when it starts. Resolve what is over before that:",
          ...news,
        ]),
  ].join("\n");
}

export function backupCommands(program: Command, shared: () => Shared): void {
  program
    .command("backup <file>")
    .description("copy the database to a file, while the server runs")
    .option("--force", "write over a file that is there")
    .action(async (file: string, { force = false }: { force?: boolean }) => {
      const { config, dataDir } = settingsOrExit(shared());
      await backUp(config, dataDir, file, force).catch((thrown: unknown) => {
        throw thrown instanceof NotADatabase ? new Exit(1, thrown.message) : exitOf(thrown);
      });
      print(shared().json, { file }, () => `Written and checked: ${file}`);
    });
  program
    .command("restore [file]")
    .description("take a backup into use, while no server runs; the database before is kept")
    .option("--database", "the database itself has been restored, by pg_restore or the like: take it into use")
    .action(async (file: string | undefined, { database = false }: { database?: boolean }) => {
      if (database === (file !== undefined))
        throw new Exit(2, "name the file of a backup, or say --database when pg_restore has done its work");
      const { config, dataDir } = settingsOrExit(shared());
      const done = file === undefined ? adoptDatabase(config, dataDir, wallClock) : restoreFile(config, dataDir, file, wallClock); // prettier-ignore
      const restored = await done.catch((thrown: unknown) => {
        throw exitOf(thrown);
      });
      print(shared().json, restored, () => say(restored));
    });
}
