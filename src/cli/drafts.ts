// tocsin maintenance drafts|accept|dismiss: the work that upstreams plan.
import type { Command } from "commander";
import { z } from "zod";
import { DraftItem, MaintenanceItem } from "../http/upkeep-contract.ts";
import { ask, Exit, type DoorFlags } from "./door.ts";
import { print, quoted, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

function pathOf(n: string, name: string): string {
  if (!/^[1-9]\d{0,8}$/.test(n)) throw new Exit(2, `"${n}" is no number of a draft`);
  return `/api/v1/maintenance/drafts/${n}/${name}`;
}

function sayList(drafts: readonly DraftItem[]): string {
  if (drafts.length === 0) return "No upstream plans any work.";
  const rows = drafts.map((one) => [
    String(one.number),
    one.maintenance === null ? one.state : `maintenance ${one.maintenance}`,
    shortTime(one.from),
    one.to === null ? "not said" : shortTime(one.to),
    one.components.join(", "),
    `${one.by}: ${one.title}`,
  ]);
  return table(["N", "state", "from (UTC)", "to (UTC)", "components", "what"], rows);
}

/** Adds them to `tocsin maintenance`. */
export function draftCommands(maintenance: Command, shared: () => Shared): void {
  maintenance
    .command("drafts")
    .description("the work that upstreams plan; nothing of it is public")
    .option("--all", "what was dismissed, withdrawn or is over, too")
    .action(async (flags: { readonly all?: boolean }) => {
      const path = `/api/v1/maintenance/drafts${flags.all === true ? "" : "?open=true"}`;
      const found = await ask(z.array(DraftItem), shared(), "GET", path);
      print(shared().json, found, () => sayList(found));
    });
  maintenance
    .command("accept <draft>")
    .description("make a maintenance of what an upstream plans; users are told")
    .option("--for <duration>", "how long it takes, where their page does not say: 2h")
    .action(async (n: string, flags: { readonly for?: string }) => {
      const done = await ask(MaintenanceItem, shared(), "POST", pathOf(n, "accept"), flags);
      print(
        shared().json,
        done,
        () =>
          `Maintenance ${done.number} (${done.state.replace("_", " ")}), ${done.from} to ${done.to}: ${quoted(done.title)}\n${done.url}`,
      );
    });
  maintenance
    .command("dismiss <draft>")
    .description("make nothing of what an upstream plans")
    .action(async (n: string) => {
      const done = await ask(DraftItem, shared(), "POST", pathOf(n, "dismiss"), {});
      print(shared().json, done, () => `Draft ${done.number} is dismissed: ${quoted(done.title)}`);
    });
}
