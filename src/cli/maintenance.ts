// tocsin maintenance …: planned windows, and every order on one.
import type { Command } from "commander";
import { z } from "zod";
import { MaintenanceItem } from "../http/upkeep-contract.ts";
import { ask, Exit, type DoorFlags } from "./door.ts";
import { present } from "../lib/records.ts";
import { draftCommands } from "./drafts.ts";
import { addRepeating, seriesCommands, type RepeatFlags } from "./series.ts";
import { print, quoted, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

type PlanFlags = {
  readonly title?: string;
  readonly component?: readonly string[];
  readonly from?: string;
  readonly to?: string;
  readonly for?: string;
  readonly text?: string;
};

const many = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

function numberOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Exit(2, `"${text}" is no number of a maintenance window`);
  return Number(text);
}

function planBody(flags: PlanFlags): Readonly<Record<string, unknown>> {
  const { component: components, ...others } = flags;
  const body = { ...others, components };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

function sayList(windows: readonly MaintenanceItem[]): string {
  if (windows.length === 0) return "No maintenance is planned.";
  const rows = windows.map((one) => [
    String(one.number),
    one.state.replace("_", " "),
    shortTime(one.from),
    shortTime(one.to),
    one.components.join(", "),
    one.title,
  ]);
  return table(["N", "state", "from (UTC)", "to (UTC)", "components", "title"], rows);
}

function sayOne(one: MaintenanceItem): string {
  const quiet = one.components.length === 0 ? "nothing is quiet: it names no component" : one.components.join(", ");
  const facts: readonly (readonly [string, string | null])[] = [
    ["state", one.state.replace("_", " ")],
    ["from", one.from],
    ["to", one.to],
    ["ended", one.ended],
    ["quiets", quiet],
    ["text", one.text],
    ["page", one.url],
    ["version", String(one.version)],
  ];
  return [
    `Maintenance ${one.number}: ${quoted(one.title)}`,
    ...facts.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(9)} ${quoted(value, 12)}`])),
    "",
    "Timeline",
    ...one.timeline.map(
      (event) =>
        `  ${event.at}  ${event.kind} by ${event.by.id}${event.text === null ? "" : `: ${quoted(event.text, 24)}`}`,
    ),
  ].join("\n");
}

function sayDone(one: MaintenanceItem): string {
  return `Maintenance ${one.number} (${one.state.replace("_", " ")}), ${one.from} to ${one.to}: ${quoted(one.title)}\n${one.url}`;
}

/** Adds `tocsin maintenance …`. */
export function maintenanceCommands(program: Command, shared: () => Shared): void {
  const maintenance = program.command("maintenance").description("planned windows, which quiet their own alerts");
  const act = async (n: string, name: string, body: object): Promise<void> => {
    const done = await ask(MaintenanceItem, shared(), "POST", `/api/v1/maintenance/${numberOf(n)}/${name}`, body);
    print(shared().json, done, () => sayDone(done));
  };
  const planFlags = (command: Command): Command =>
    command
      .option("--title <text>", "what is done, in a few words")
      .option("--component <id>", "what it concerns, and quiets; may be repeated; none for a mere notice", many)
      .option("--from <time>", "when it starts: 22:00 (UTC), 2026-11-24T22:00Z, 30m; now when left out")
      .option("--to <time>", "when it ends: 23:30 (the next after the start), 2026-11-24T23:30Z")
      .option("--text <text>", "what users will notice; Markdown");
  planFlags(maintenance.command("add"))
    .description("plan one; users can read it at once")
    .option("--for <duration>", "how long, in place of --to: 2h")
    .option("--repeat <rule>", "again and again: FREQ=WEEKLY;BYDAY=SU (RFC 5545); --from is then a time on the wall")
    .option("--zone <name>", "with --repeat: where that clock hangs; the zone of the site when left out")
    .option("--also <time>", "with --repeat: a time beside those of the rule; may be repeated", many)
    .option("--except <time>", "with --repeat: one of its times that is left out; may be repeated", many)
    .option("--yes", "with --repeat: accept the times that it prints")
    .action(async ({ repeat, zone, also, except, yes, ...flags }: PlanFlags & RepeatFlags) => {
      const { title } = flags;
      if (title === undefined) throw new Exit(2, "a maintenance window needs --title");
      if (repeat !== undefined && flags.to === undefined)
        return addRepeating(shared(), { ...flags, title, repeat, ...present({ zone, also, except, yes }) });
      if ((repeat ?? zone ?? also ?? except ?? yes) !== undefined)
        throw new Exit(2, "--repeat goes with --for, and --zone, --also, --except and --yes go with --repeat");
      if ((flags.to === undefined) === (flags.for === undefined))
        throw new Exit(2, "say when it ends, once: --to TIME or --for DURATION");
      const done = await ask(MaintenanceItem, shared(), "POST", "/api/v1/maintenance", planBody(flags));
      print(shared().json, done, () => sayDone(done));
    });
  maintenance
    .command("list")
    .description("what goes on and what is planned")
    .option("--all", "those that are over or canceled, too")
    .action(async (flags: { readonly all?: boolean }) => {
      const path = `/api/v1/maintenance?limit=200${flags.all === true ? "" : "&open=true"}`;
      const found = await ask(z.array(MaintenanceItem), shared(), "GET", path);
      print(shared().json, found, () => sayList(found));
    });
  maintenance
    .command("show <n>")
    .description("everything about one")
    .action(async (n: string) => {
      const found = await ask(MaintenanceItem, shared(), "GET", `/api/v1/maintenance/${numberOf(n)}`);
      print(shared().json, found, () => sayOne(found));
    });
  maintenance
    .command("extend <n> [duration]")
    .description("it takes longer: extend 3 30m, or extend 3 --to 23:30")
    .option("--to <time>", "the new end")
    .action(async (n: string, duration: string | undefined, flags: { readonly to?: string }) => {
      if ((duration === undefined) === (flags.to === undefined))
        throw new Exit(2, "say how much longer, once: a duration such as 30m, or --to TIME");
      return act(n, "extend", duration === undefined ? { to: flags.to } : { for: duration });
    });
  maintenance
    .command("update <n> <text...>")
    .description("tell the users more")
    .action(async (n: string, text: readonly string[]) => act(n, "update", { text: text.join(" ") }));
  for (const [name, what] of [
    ["complete", "it is done before its time"],
    ["cancel", "take it back, or stop it; its alerts are heard again at once"],
  ] as const) {
    maintenance
      .command(`${name} <n> [text...]`)
      .description(what)
      .action(async (n: string, text: readonly string[]) =>
        act(n, name, text.length === 0 ? {} : { text: text.join(" ") }),
      );
  }
  seriesCommands(maintenance, shared);
  draftCommands(maintenance, shared);
  planFlags(maintenance.command("edit <n>"))
    .description("change its title, text, components or times")
    .action(async (n: string, flags: PlanFlags) => {
      const body = planBody(flags);
      if (Object.keys(body).length === 0) throw new Exit(2, "edit what? see `tocsin maintenance edit --help`");
      return act(n, "edit", body);
    });
}
