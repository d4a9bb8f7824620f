// tocsin notice …: words to the users that concern no component, such as "the team is on holiday". One is a maintenance
// window without components: it quiets nothing and stands at the top of the page.
import type { Command } from "commander";
import { z } from "zod";
import { MaintenanceItem } from "../http/upkeep-contract.ts";
import { ask, Exit, type DoorFlags } from "./door.ts";
import { print, quoted, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

const words: Readonly<Record<MaintenanceItem["state"], string>> = {
  scheduled: "to come",
  in_progress: "now",
  verifying: "now",
  completed: "over",
  canceled: "taken back",
};

function sayDone(one: MaintenanceItem): string {
  return `Notice ${one.number} (${words[one.state]}), ${one.from} to ${one.to}: ${quoted(one.title)}\n${one.url}`;
}

function sayList(notices: readonly MaintenanceItem[]): string {
  if (notices.length === 0) return "There is no notice.";
  const rows = notices.map((one) => [
    String(one.number),
    words[one.state],
    shortTime(one.from),
    shortTime(one.to),
    one.title,
  ]);
  return table(["N", "state", "from (UTC)", "to (UTC)", "notice"], rows);
}

/** The path of a notice; a number of something else is refused. */
async function find(n: string, shared: Shared): Promise<{ readonly path: string; readonly notice: MaintenanceItem }> {
  if (!/^[1-9]\d{0,8}$/.test(n)) throw new Exit(2, `"${n}" is no number of a notice`);
  const path = `/api/v1/maintenance/${n}`;
  const notice = await ask(MaintenanceItem, shared, "GET", path);
  if (notice.components.length > 0)
    throw new Exit(
      1,
      `${n} is no notice, but a maintenance of ${notice.components.join(", ")}; see \`tocsin maintenance\``,
    );
  return { path, notice };
}

type AddFlags = { readonly from?: string; readonly to?: string; readonly for?: string; readonly text?: string };

/** Adds `tocsin notice …`. */
export function noticeCommands(program: Command, shared: () => Shared): void {
  const notice = program.command("notice").description("words to the users at the top of the page, about no component");
  notice
    .command("add <title...>")
    .description("pin one: notice add The team is on holiday --from 2026-12-23T17:00Z --to 2027-01-04T08:00Z")
    .option("--from <time>", "when it begins to hold: 22:00 (UTC), 2026-12-23T17:00Z, 2d; now when left out")
    .option("--to <time>", "until when: 2027-01-04T08:00Z")
    .option("--for <duration>", "how long, in place of --to: 7d")
    .option("--text <text>", "more than fits a title; Markdown")
    .action(async (title: readonly string[], flags: AddFlags) => {
      if ((flags.to === undefined) === (flags.for === undefined))
        throw new Exit(2, "say until when, once: --to TIME or --for DURATION");
      const body = { title: title.join(" "), components: [], ...flags };
      const done = await ask(MaintenanceItem, shared(), "POST", "/api/v1/maintenance", body);
      print(shared().json, done, () => sayDone(done));
    });
  notice
    .command("list")
    .description("what is pinned now; --all: those that are over, too")
    .option("--all", "those that are over or taken back, too")
    .action(async (flags: { readonly all?: boolean }) => {
      const path = `/api/v1/maintenance?limit=200${flags.all === true ? "" : "&open=true"}`;
      const found = await ask(z.array(MaintenanceItem), shared(), "GET", path);
      const notices = found.filter(({ components }) => components.length === 0);
      print(shared().json, notices, () => sayList(notices));
    });
  notice
    .command("update <n> <text...>")
    .description("say more under it")
    .action(async (n: string, text: readonly string[]) => {
      const { path } = await find(n, shared());
      const done = await ask(MaintenanceItem, shared(), "POST", `${path}/update`, { text: text.join(" ") });
      print(shared().json, done, () => sayDone(done));
    });
  notice
    .command("end <n> [text...]")
    .description("take it off the page before its time")
    .action(async (n: string, text: readonly string[]) => {
      const { path, notice: one } = await find(n, shared());
      const order = one.state === "scheduled" ? "cancel" : "complete";
      const body = text.length === 0 ? {} : { text: text.join(" ") };
      const done = await ask(MaintenanceItem, shared(), "POST", `${path}/${order}`, body);
      print(shared().json, done, () => sayDone(done));
    });
}
