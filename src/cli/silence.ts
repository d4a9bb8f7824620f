// tocsin silence …: tell nobody of what matches, for a while.
import type { Command } from "commander";
import { z } from "zod";
import { SilenceItem } from "../http/contract.ts";
import { ask, type DoorFlags } from "./door.ts";
import { print, quoted, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

type AddFlags = {
  readonly reason: string;
  readonly for?: string;
  readonly from?: string;
  readonly until?: string;
  readonly hours?: string;
};

function sayOne(one: SilenceItem): string {
  const hours = one.hours === null ? "" : `, ${one.hours}`;
  const quiet = one.quiets === 0 ? "" : `; it keeps ${one.quiets} ${one.quiets === 1 ? "alert" : "alerts"} quiet now`;
  return `silence ${one.id} (${one.state}): ${quoted(one.matchers.join(" "))}, ${shortTime(one.starts)} to ${shortTime(one.ends)} UTC${hours}${quiet}`;
}

export function silenceCommands(program: Command, shared: () => Shared): void {
  const silence = program.command("silence").description("tell nobody of the alerts that match, for a while");
  silence
    .command("add <matcher...>")
    .description('silence what matches all: component=copr, alertname=~"Api.*", severity!=critical')
    .requiredOption("--reason <text>", "why; somebody will ask")
    .option("--for <duration>", "how long: 2h")
    .option("--from <time>", "from when; now when not given")
    .option("--until <time>", "until when, instead of --for")
    .option("--hours <hours>", 'only at these hours: "Sat 02:00-04:00", "Mon-Fri 22:00-06:00", "daily 03:00-03:30"')
    .action(async (matchers: readonly string[], flags: AddFlags) => {
      const added = await ask(SilenceItem, shared(), "POST", "/api/v1/silences", { matchers, ...flags });
      print(shared().json, added, () => sayOne(added));
    });
  silence
    .command("list")
    .description("silences that have not ended")
    .option("--all", "those that have ended too")
    .action(async (flags: { readonly all?: boolean }) => {
      const path = `/api/v1/silences?limit=200&all=${flags.all === true}`;
      const found = await ask(z.array(SilenceItem), shared(), "GET", path);
      const rows = found.map((one) => [
        one.id,
        one.state,
        shortTime(one.starts),
        shortTime(one.ends),
        one.hours ?? "",
        String(one.quiets),
        one.by.id,
        `${one.matchers.join(" ")}: ${one.reason}`,
      ]);
      print(shared().json, found, () =>
        rows.length === 0
          ? "No silences."
          : table(["id", "state", "from (UTC)", "until (UTC)", "hours", "quiets", "by", "what and why"], rows),
      );
    });
  silence
    .command("expire <id>")
    .description("end a silence now; what still fires is told of")
    .action(async (id: string) => {
      const path = `/api/v1/silences/${encodeURIComponent(id)}/expire`;
      const ended = await ask(SilenceItem, shared(), "POST", path, {});
      print(shared().json, ended, () => sayOne(ended));
    });
}
