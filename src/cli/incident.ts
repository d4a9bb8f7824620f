// tocsin incident …: open, look, and every command on one.
import { readFileSync } from "node:fs";
import { Option, type Command } from "commander";
import { z } from "zod";
import { PreviewItem } from "../http/api/preview.ts";
import { IncidentDetail, IncidentSummary } from "../http/contract.ts";
import { statusWords } from "../components/status.ts";
import { saySuspicion } from "../incidents/attribution.ts";
import { parseDuration } from "../lib/duration.ts";
import { reasonOf } from "../lib/result.ts";
import { ask, Exit, type DoorFlags } from "./door.ts";
import { print, quoted, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

type NoticeFlags = {
  readonly title?: string;
  readonly component?: readonly string[];
  readonly scope?: string;
  readonly affected?: string;
  readonly notAffected?: string;
  readonly alternative?: readonly string[];
  readonly eta?: string;
  readonly nextUpdate?: string;
  readonly retrigger?: string;
  readonly link?: readonly string[];
  readonly cause?: string;
  readonly started?: string;
  readonly ended?: string;
  readonly publish?: boolean;
  readonly template?: string;
  readonly update?: string;
  readonly expect?: number;
};

const many = (value: string, before: readonly string[] = []): readonly string[] => [...before, value];

/** `copr=major_outage`, or `copr` alone for a major outage. */
function impactFrom(flags: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    flags.map((flag) => {
      const [id, status = "major_outage", ...rest] = flag.split("=");
      if (id === undefined || id === "" || rest.length > 0)
        throw new Exit(2, `--component ${flag}: write ID=STATUS, such as copr=major_outage`);
      return [id, status];
    }),
  );
}

function noticeBody(flags: NoticeFlags): Record<string, unknown> {
  const body = {
    title: flags.title,
    scope: flags.scope,
    affected: flags.affected,
    not_affected: flags.notAffected,
    alternatives: flags.alternative,
    eta: flags.eta,
    next_update: flags.nextUpdate,
    retrigger: flags.retrigger,
    links: flags.link,
    cause: flags.cause,
    started: flags.started,
    ended: flags.ended,
    expect: flags.expect,
    impact: flags.component === undefined ? undefined : impactFrom(flags.component),
  };
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}

function noticeFlags(command: Command): Command {
  return command
    .option("--title <text>", "what is wrong, in a few words")
    .option("--component <id=status>", "what is hit; may be repeated", many)
    .option("--scope <text>", "what is broken")
    .option("--affected <text>", "who is affected")
    .option("--not-affected <text>", "what is not")
    .option("--alternative <text>", "what users can do instead; may be repeated", many)
    .option("--eta <time>", 'when it should be over, or "unknown"')
    .option("--next-update <time>", "when you will speak again: 45m, 12:30, 2026-11-22T12:30Z")
    .option("--retrigger <text>", 'must users retrigger? "no", or "yes: the command"')
    .option("--link <url>", "the upstream's page on it; may be repeated", many)
    .option("--cause <text>", "whose fault, in words")
    .option("--started <time>", "when it began: -45m, 10:42");
}

function words(status: string): string {
  const known = Object.entries(statusWords).find(([word]) => word === status);
  return known === undefined ? status : known[1].toLowerCase();
}

function sayImpact(impact: Readonly<Record<string, string>>): string {
  return Object.entries(impact)
    .map(([id, status]) => `${id}: ${words(status)}`)
    .join(", ");
}

function sayList(incidents: readonly IncidentSummary[]): string {
  if (incidents.length === 0) return "No incidents.";
  const rows = incidents.map((one) => [
    String(one.number),
    one.visibility,
    one.state,
    one.phase + (one.backlog ? " (backlog)" : ""),
    shortTime(one.clocks.started),
    one.holder?.id ?? "",
    one.title,
  ]);
  return table(["N", "visibility", "state", "phase", "since (UTC)", "held by", "title"], rows);
}

function sayDetail(one: IncidentDetail): string {
  const { notice } = one;
  const facts: readonly (readonly [string, string | null])[] = [
    ["state", `${one.visibility}, ${one.state}, ${one.phase}${one.backlog ? " (backlog)" : ""}`],
    ["hit", sayImpact(one.impact)],
    ["evidence", one.summary],
    ["held by", one.holder?.id ?? null],
    ["scope", notice.scope],
    ["affected", notice.affected],
    ["not affected", notice.not_affected],
    ["alternatives", notice.alternatives.join("; ")],
    ["ETA", notice.eta],
    ["next update", notice.next_update],
    ["retrigger", notice.retrigger],
    ["cause", notice.cause],
    ["links", notice.links.map((link) => link.url).join(" ")],
    [
      "undo",
      one.undo === null
        ? null
        : `\`undo ${one.number}\` takes back what was said last; ${one.undo.seconds_left} s left`,
    ],
    ["page", one.url],
    ["version", String(one.version)],
  ];
  const lines = facts
    .filter(([, value]) => value !== null && value !== "")
    .map(([name, value]) => `  ${name.padEnd(13)} ${quoted(value ?? "", 16)}`);
  const clocks = Object.entries(one.clocks).map(([name, at]) => `  ${name.padEnd(13)} ${at ?? "—"}`);
  const ticks = one.checklist.map(
    (tick) => `  [${tick.done ? "x" : " "}] ${tick.words}${tick.by === null ? "" : ` (${tick.by})`}`,
  );
  const events = one.timeline.map(
    (event) =>
      `  ${event.at}  ${event.update === null ? "" : `[${event.update}] `}${event.kind} by ${event.by.id}${event.text === null || event.text === "" ? "" : `: ${quoted(event.text, 24)}`}`,
  );
  const changes = one.changes.map(
    (change) =>
      `  ${change.at}  ${quoted(change.text, 24)}${change.component === null ? "" : ` (${change.component})`}${change.link === null ? "" : ` ${change.link}`}`,
  );
  const missing =
    one.visibility === "draft" && one.lacks.length > 0
      ? ["", "Before it can be public it needs:", ...one.lacks.map((lack) => `  --${lack.field}: ${lack.say}`)]
      : [];
  return [
    `Incident ${one.number}: ${quoted(one.title)}`,
    ...lines,
    "",
    "Clocks",
    ...clocks,
    "",
    "Duties",
    ...ticks,
    ...missing,
    "",
    `Whose fault? ${quoted(one.attribution.words)} (for the team alone)`,
    ...one.attribution.suspects.map((suspect) => `  ${quoted(saySuspicion(suspect), 4)}`),
    ...(changes.length === 0 ? [] : ["", "Changes in the 2 h before it started", ...changes]),
    "",
    "Timeline",
    ...events,
  ].join("\n");
}

function sayPreview({ surfaces, wait_s, told }: PreviewItem): string {
  const waits = (audience: string): string => (audience === "users" && wait_s > 0 ? `after ${wait_s} s` : "at once");
  const readers = (count: number | null): string => (count === null ? "" : `, ${count} readers`);
  return [
    `At once on: ${surfaces.join(", ")}`,
    ...told.map((one) =>
      [
        "",
        `${one.target} (${one.type}, ${one.audience}${readers(one.readers)}), ${waits(one.audience)}:`,
        `  ${quoted(one.lead, 2)}`,
        `  ${quoted(one.text, 2)}`,
      ].join("\n"),
    ),
    ...(told.length === 0 ? ["Nobody is told: no channel is in the config, and nobody has subscribed."] : []),
    "",
    "Nothing was published.",
  ].join("\n");
}

function sayDone(one: IncidentDetail): string {
  const missing =
    one.visibility === "draft" && one.state !== "resolved" && one.lacks.length > 0
      ? `\nBefore it can be public it needs ${one.lacks.map((lack) => `--${lack.field}`).join(", ")}.`
      : "";
  return `Incident ${one.number} (${one.visibility}, ${one.state}, ${one.phase}): ${quoted(one.title)}\n${one.url}${missing}`;
}

/** Throws Exit 2 for what is no number of an incident. */
export function numberFrom(text: string): number {
  if (!/^#?[1-9]\d{0,8}$/.test(text)) throw new Exit(2, `"${text}" is no incident number`);
  return Number(text.replace("#", ""));
}

const toInteger = (text: string): number => {
  if (!/^\d+$/.test(text)) throw new Exit(2, `"${text}" is no version`);
  return Number(text);
};

/** Adds `tocsin incident …`. `shared` gives the flags of the whole program. */
export function incidentCommands(program: Command, shared: () => Shared): void {
  const incident = program.command("incident").description("open an incident, look at it, act on it");
  const revise = async (
    n: string,
    k: string,
    text: readonly string[],
    fields: readonly string[],
    flags: NoticeFlags,
  ) => {
    if (!/^[1-9]\d{0,5}$/.test(k)) throw new Exit(2, `"${k}" is no number of an update; \`show ${n}\` has them`);
    if (text.length === 0) throw new Exit(2, `what should update ${k} say? edit ${n} --update ${k} TEXT`);
    if (fields.length > 0) throw new Exit(2, "change the text of an update and the notice one after the other");
    return act(n, "revise", { update: Number(k), ...sentence(text), ...noticeBody(flags) });
  };
  const act = async (number: string, name: string, body: object): Promise<void> => {
    const done = await ask(IncidentDetail, shared(), "POST", `/api/v1/incidents/${numberFrom(number)}/${name}`, body);
    print(shared().json, done, () => sayDone(done));
  };
  noticeFlags(incident.command("open"))
    .description("open one by hand; what you leave out comes from the template, then from the components' defaults")
    .option("--template <id>", "fill it in from this template; flags come first")
    .option("--ended <time>", "it is over already, and is told late")
    .option("--publish", "publish it at once")
    .action(async (flags: NoticeFlags) => {
      if (flags.template === undefined && (flags.title === undefined || flags.component === undefined))
        throw new Exit(2, "an incident needs --title and --component ID=STATUS, or --template");
      const done = await ask(IncidentDetail, shared(), "POST", "/api/v1/incidents", {
        ...noticeBody(flags),
        ...(flags.template === undefined ? {} : { template: flags.template }),
        publish: flags.publish === true,
      });
      print(shared().json, done, () => sayDone(done));
    });
  incident
    .command("list")
    .description("all of them, newest first")
    .option("--open", "only those that are not over")
    .action(async (flags: { readonly open?: boolean }) => {
      const found = await ask(
        z.array(IncidentSummary),
        shared(),
        "GET",
        `/api/v1/incidents?open=${flags.open === true}&limit=200`,
      );
      print(shared().json, found, () => sayList(found));
    });
  incident
    .command("show <n>")
    .description("everything about one")
    .action(async (n: string) => {
      const found = await ask(IncidentDetail, shared(), "GET", `/api/v1/incidents/${numberFrom(n)}`);
      print(shared().json, found, () => sayDetail(found));
    });
  const expecting = (command: Command): Command =>
    command.addOption(new Option("--expect <version>", "refuse when it has changed since").argParser(toInteger));
  expecting(incident.command("ack <n> [for]"))
    .description("you are on it, for 2h or until it is over")
    .action(async (n: string, span: string | undefined, flags: NoticeFlags) =>
      act(n, "ack", { ...(span === undefined ? {} : { for: span }), ...noticeBody(flags) }),
    );
  for (const [name, what] of [
    ["take", "take it over"],
    ["reopen", "it is not over after all"],
    ["undo", "take back what was said last, while its messages wait (20 s)"],
  ] as const) {
    expecting(incident.command(`${name} <n>`))
      .description(what)
      .action(async (n: string, flags: NoticeFlags) => act(n, name, noticeBody(flags)));
  }
  expecting(incident.command("publish <n> [text...]"))
    .description("tell the users; the text is the first update")
    .option("--preview", "show who would be told what; nothing is published")
    .action(async (n: string, text: readonly string[], flags: NoticeFlags & { readonly preview?: boolean }) => {
      if (flags.preview !== true) return act(n, "publish", { ...sentence(text), ...noticeBody(flags) });
      const query = new URLSearchParams(sentence(text)).toString();
      const seen = await ask(PreviewItem, shared(), "GET", `/api/v1/incidents/${numberFrom(n)}/preview?${query}`);
      print(shared().json, seen, () => sayPreview(seen));
      return undefined;
    });
  for (const [name, what] of [
    ["note", "for the team alone"],
    ["ask", "ask the team"],
  ] as const) {
    expecting(incident.command(`${name} <n> <text...>`))
      .description(what)
      .action(async (n: string, text: readonly string[], flags: NoticeFlags) =>
        act(n, name, { ...sentence(text), ...noticeBody(flags) }),
      );
  }
  expecting(incident.command("postmortem <n> [text...]"))
    .description("tell the users what happened, when it is over")
    .option("--file <path>", "the text, in Markdown; - is the standard input")
    .action(async (n: string, text: readonly string[], flags: NoticeFlags & { readonly file?: string }) => {
      if (text.length > 0 === (flags.file !== undefined))
        throw new Exit(2, `say what happened: postmortem ${n} TEXT, or --file FILE`);
      const written = flags.file === undefined ? sentence(text) : { text: textOf(flags.file) };
      return act(n, "postmortem", { ...written, ...noticeBody(flags) });
    });
  updateCommands(incident, expecting, act);
  expecting(noticeFlags(incident.command("edit <n> [text...]")))
    .description(
      "change any field of the notice, or with --update the text of an update; the old one can still be read",
    )
    .option("--ended <time>", "when it really ended")
    .option("--update <k>", "which update gets the text; 1 is the oldest, `show` has the numbers")
    .action(async (n: string, text: readonly string[], flags: NoticeFlags) => {
      const body = noticeBody(flags);
      const fields = Object.keys(body).filter((key) => key !== "expect");
      if (flags.update !== undefined) return revise(n, flags.update, text, fields, flags);
      if (text.length > 0) throw new Exit(2, `which update is that for? edit ${n} --update K TEXT`);
      if (fields.length === 0) throw new Exit(2, "edit what? see `tocsin incident edit --help`");
      return act(n, "edit", body);
    });
  incident
    .command("split <n> <alert...>")
    .description("these alerts are a trouble of their own")
    .action(async (n: string, alerts: readonly string[]) => act(n, "split", { alerts }));
  incident
    .command("merge <n> <into>")
    .description("it is the same as another")
    .action(async (n: string, into: string) => act(n, "merge", { into: numberFrom(into) }));
}

function sentence(text: readonly string[]): { readonly text?: string } {
  return text.length === 0 ? {} : { text: text.join(" ") };
}

function textOf(file: string): string {
  try {
    return readFileSync(file === "-" ? 0 : file, "utf8").trim();
  } catch (thrown) {
    throw new Exit(3, `${file} cannot be read: ${reasonOf(thrown)}`);
  }
}

type Act = (number: string, name: string, body: object) => Promise<void>;

function updateCommands(incident: Command, expecting: (command: Command) => Command, act: Act): void {
  expecting(incident.command("update <n> <text...>"))
    .description("tell the users more")
    .option("--phase <phase>", "investigating, identified or monitoring")
    .option("--backlog", "fixed, but a queue is being worked off")
    .option("--next-update <time>", "when you will speak again")
    .action(
      async (
        n: string,
        text: readonly string[],
        flags: NoticeFlags & { readonly phase?: string; readonly backlog?: boolean },
      ) => {
        const backlog = flags.backlog === true ? { backlog: true, phase: flags.phase ?? "monitoring" } : {};
        return act(n, "update", {
          ...sentence(text),
          ...(flags.phase === undefined ? {} : { phase: flags.phase }),
          ...backlog,
          ...noticeBody(flags),
        });
      },
    );
  expecting(incident.command("resolve <n> [text...]"))
    .description("it is over")
    .option("--ended <time>", "when it really ended")
    .action(async (n: string, text: readonly string[], flags: NoticeFlags) =>
      act(n, "resolve", { ...sentence(text), ...noticeBody(flags) }),
    );
  expecting(incident.command("dismiss <n> <reason...>"))
    .description("a false alarm (dismiss 3 12h REASON holds for 12 hours); of a public one, the correction")
    .action(async (n: string, reason: readonly string[], flags: NoticeFlags) => {
      const [first, ...rest] = reason;
      const hold = first !== undefined && rest.length > 0 && parseDuration(first) !== undefined ? first : undefined;
      return act(n, "dismiss", {
        reason: (hold === undefined ? reason : rest).join(" "),
        ...(hold === undefined ? {} : { hold }),
        ...noticeBody(flags),
      });
    });
}
