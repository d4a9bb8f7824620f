// tocsin config …: all errors at once; the schema for editors.
import type { Command } from "commander";
import { registries } from "../app/providers.ts";
import {
  isWatchConfig,
  readConfig,
  readWatchConfig,
  settingsFrom,
  type Flags,
  type Unreadable,
} from "../app/settings.ts";
import { configJsonSchema } from "../config/json-schema.ts";
import { sayConfigError } from "../config/load.ts";
import { count } from "../lib/text.ts";
import { Exit } from "./door.ts";
import { print, say } from "./print.ts";

function refuse(error: Unreadable, json: boolean | undefined): never {
  if (error.kind === "unreadable") throw new Exit(3, error.message);
  print(json, error.errors, () => error.errors.map(sayConfigError).join("\n"));
  throw new Exit(1, count(error.errors.length, "error"));
}

function checkWatch(file: string, json: boolean | undefined): void {
  const read = readWatchConfig(file, process.env);
  if (!read.ok) refuse(read.error, json);
  const { mirrors, channels, probes } = read.value;
  const all = [count(mirrors.length, "mirror"), count(channels.length, "channel"), count(probes.length, "probe")];
  print(json, [], () => `${file}: ok (a watcher: ${all.join(", ")})`);
}

export function configCommands(program: Command, shared: () => Flags & { readonly json?: boolean }): void {
  const config = program.command("config").description("check the config file");
  config
    .command("check [file]")
    .description("all errors at once, with line, column and the nearest match")
    .action((file: string | undefined) => {
      const asked = file ?? settingsFrom(shared(), process.env).configFile;
      if (asked === undefined) throw new Exit(3, "there is no tocsin.yaml here; name a file");
      if (isWatchConfig(asked)) return checkWatch(asked, shared().json);
      const read = readConfig(asked, process.env);
      if (read.ok) {
        const { components, sources, channels } = read.value;
        return print(
          shared().json,
          [],
          () =>
            `${asked}: ok (${count(components.length, "component")}, ${count(sources.length, "source")}, ${count(channels.length, "channel")})`,
        );
      }
      refuse(read.error, shared().json);
    });
  config
    .command("schema")
    .description("JSON Schema of the config file, for editors")
    .action(() => say(JSON.stringify(configJsonSchema(registries), null, 2)));
}
