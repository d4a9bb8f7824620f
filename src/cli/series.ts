// tocsin maintenance add --repeat … and tocsin maintenance series …: windows that repeat.
import type { Command } from "commander";
import { z } from "zod";
import { SeriesItem } from "../http/series-contract.ts";
import { ask, Exit, type DoorFlags } from "./door.ts";
import { print, quoted, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

export type RepeatFlags = {
  readonly repeat?: string;
  readonly zone?: string;
  readonly also?: readonly string[];
  readonly except?: readonly string[];
  readonly yes?: boolean;
};

function nextLines({ next }: SeriesItem): readonly string[] {
  if (next.length === 0) return ["  none"];
  return next.map(({ starts, from, to, maintenance, state }) => {
    const window =
      maintenance === null ? "" : `  maintenance ${maintenance}${state === null ? "" : `, ${state.replace("_", " ")}`}`;
    return `  ${starts.replace("T", " ")}  ${shortTime(from)} to ${shortTime(to)} UTC${window}`;
  });
}

function sayOne(one: SeriesItem): string {
  const facts: readonly (readonly [string, string | null])[] = [
    ["state", one.state],
    ["repeats", one.words],
    ["rule", one.repeat],
    ["starts", `${one.starts} (${one.zone}), for ${one.minutes} min`],
    ["also", one.also.length === 0 ? null : one.also.join(", ")],
    ["except", one.except.length === 0 ? null : one.except.join(", ")],
    ["quiets", one.components.join(", ")],
    ["text", one.text],
    ["ended", one.ended],
  ];
  return [
    one.number === null
      ? `Maintenance that repeats: ${quoted(one.title)}`
      : `Series ${one.number}: ${quoted(one.title)}`,
    ...facts.flatMap(([name, value]) => (value === null ? [] : [`  ${name.padEnd(8)} ${quoted(value, 11)}`])),
    "",
    `Next, by the clock of ${one.zone}`,
    ...nextLines(one),
  ].join("\n");
}

/** Prints its next times; only with --yes it is planned. */
export async function addRepeating(
  shared: Shared,
  flags: RepeatFlags & { readonly title: string; readonly from?: string; readonly for?: string } & {
    readonly component?: readonly string[];
    readonly text?: string;
  },
): Promise<void> {
  const { title, text, from, component: components = [], zone, repeat, also = [], except = [] } = flags;
  if (from === undefined || flags.for === undefined)
    throw new Exit(
      2,
      "what repeats needs its first time on the wall and how long it takes: --from 2026-11-29T02:30 --for 2h",
    );
  const body = { title, text, components, starts: from, for: flags.for, zone, repeat, also, except };
  const dry = { ...body, dry_run: flags.yes !== true };
  const done = await ask(SeriesItem, shared, "POST", "/api/v1/maintenance/series", dry);
  print(shared.json, done, () => sayOne(done));
  if (flags.yes !== true) throw new Exit(1, "nothing is planned yet: say the same with --yes to accept these times");
}

function pathOf(n: string, name = ""): string {
  if (!/^[1-9]\d{0,8}$/.test(n)) throw new Exit(2, `"${n}" is no number of a series`);
  return `/api/v1/maintenance/series/${n}${name}`;
}

/** Adds `tocsin maintenance series …`. */
export function seriesCommands(maintenance: Command, shared: () => Shared): void {
  const series = maintenance
    .command("series")
    .description("windows that repeat; `maintenance add --repeat` plans them");
  const act = async (n: string, name: string, body: object): Promise<void> => {
    const done = await ask(SeriesItem, shared(), "POST", pathOf(n, `/${name}`), body);
    print(shared().json, done, () => sayOne(done));
  };
  series
    .command("list")
    .description("what repeats")
    .option("--all", "what has ended, too")
    .action(async (flags: { readonly all?: boolean }) => {
      const path = `/api/v1/maintenance/series${flags.all === true ? "" : "?open=true"}`;
      const found = await ask(z.array(SeriesItem), shared(), "GET", path);
      const rows = found.map((one) => [
        String(one.number),
        one.state,
        one.words,
        one.next[0] === undefined ? "" : shortTime(one.next[0].from),
        one.title,
      ]);
      print(shared().json, found, () =>
        rows.length === 0 ? "Nothing repeats." : table(["N", "state", "repeats", "next (UTC)", "title"], rows),
      );
    });
  series
    .command("show <n>")
    .description("its rule, and its next times")
    .action(async (n: string) => {
      const found = await ask(SeriesItem, shared(), "GET", pathOf(n));
      print(shared().json, found, () => sayOne(found));
    });
  series
    .command("skip <n> <time>")
    .description("one of its times does not take place: skip 1 2026-12-27T02:30")
    .action(async (n: string, starts: string) => act(n, "skip", { starts }));
  series
    .command("also <n> <time>")
    .description("once more: also 1 2026-12-28T02:30")
    .action(async (n: string, starts: string) => act(n, "also", { starts }));
  series
    .command("end <n> [text...]")
    .description("no more of it: what is planned is canceled, what has begun goes on")
    .action(async (n: string, text: readonly string[]) =>
      act(n, "end", text.length === 0 ? {} : { text: text.join(" ") }),
    );
}
