// tocsin doctor: reaches everything once, and says of each whether it is well.
import type { Command } from "commander";
import { examine } from "../app/examine.ts";
import { readConfig, settingsFrom, type Flags } from "../app/settings.ts";
import { sayConfigError } from "../config/load.ts";
import { count } from "../lib/text.ts";
import { Exit } from "./door.ts";
import { print, table } from "./print.ts";

export function doctorCommand(program: Command, shared: () => Flags & { readonly json?: boolean }): void {
  program
    .command("doctor")
    .description("reach every source, channel, publish target and database; exit 1 if one failed")
    .action(async () => {
      const { configFile, dataDir } = settingsFrom(shared(), process.env);
      if (configFile === undefined) throw new Exit(3, "there is no tocsin.yaml here; name one with --config");
      const config = readConfig(configFile, process.env);
      if (!config.ok) {
        const { error } = config;
        throw error.kind === "unreadable"
          ? new Exit(3, error.message)
          : new Exit(1, error.errors.map(sayConfigError).join("\n"));
      }
      const found = await examine(config.value, configFile, dataDir);
      const rows = found.map(({ what, name, result, words }) => [result, what, name, words]);
      print(shared().json, found, () => table(["", "what", "name", "how it is"], rows));
      const broken = found.filter(({ result }) => result === "failed").length;
      if (broken > 0) throw new Exit(1, `${count(broken, "thing")} failed`);
    });
}
