// tocsin change …: what was changed, so that an incident can answer the first question.
import type { Command } from "commander";
import { z } from "zod";
import { ChangeItem } from "../http/contract.ts";
import { ask, type DoorFlags } from "./door.ts";
import { print, quoted, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };
type ChangeFlags = { readonly component?: string; readonly link?: string; readonly at?: string };

function sayList(changes: readonly ChangeItem[]): string {
  if (changes.length === 0) return "No changes are recorded.";
  const rows = changes.map((one) => [
    String(one.number),
    shortTime(one.at),
    one.component ?? "",
    one.by.id,
    one.link === null ? one.text : `${one.text} ${one.link}`,
  ]);
  return table(["N", "at (UTC)", "component", "by", "what"], rows);
}

/** Adds `tocsin change …`. */
export function changeCommands(program: Command, shared: () => Shared): void {
  const change = program.command("change").description("what was changed, such as a deploy; never public");
  change
    .command("add <text...>")
    .description('record one: change add "deployed v1.2.3" --component api')
    .option("--component <id>", "what was changed")
    .option("--link <url>", "where it can be read")
    .option("--at <time>", "when: -20m, 10:42; now when left out")
    .action(async (text: readonly string[], flags: ChangeFlags) => {
      const body = { text: text.join(" "), ...flags };
      const done = await ask(ChangeItem, shared(), "POST", "/api/v1/changes", body);
      print(shared().json, done, () => `Change ${done.number}, ${done.at}: ${quoted(done.text)}`);
    });
  change
    .command("list")
    .description("the newest first")
    .option("--component <id>", "only those of this component")
    .action(async (flags: { readonly component?: string }) => {
      const query = new URLSearchParams({ limit: "50", ...flags });
      const found = await ask(z.array(ChangeItem), shared(), "GET", `/api/v1/changes?${query.toString()}`);
      print(shared().json, found, () => sayList(found));
    });
}
