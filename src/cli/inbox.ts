// tocsin inbox …: webhooks as they came; tocsin replay: recorded ones through this config, without touching anything.
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import { z } from "zod";
import { parseRecording, spanOf, type Recorded } from "../alerts/recording.ts";
import { replayThrough, type Replayed } from "../app/replay-desk.ts";
import { readConfig, settingsFrom } from "../app/settings.ts";
import { sayConfigError, type Config } from "../config/load.ts";
import { InboxDetail, InboxExport, InboxItem, InboxReplayed } from "../http/contract.ts";
import { makeMetrics } from "../http/metrics.ts";
import { presentDelivery, presentIncident } from "../http/present.ts";
import { isoSeconds, wallClock } from "../lib/clock.ts";
import { parseDuration } from "../lib/duration.ts";
import { reasonOf } from "../lib/result.ts";
import { count, oneLine } from "../lib/text.ts";
import { ask, Exit, type DoorFlags } from "./door.ts";
import { print, quoted, say, shortTime, table } from "./print.ts";

type Shared = DoorFlags & { readonly json?: boolean };

type SpanFlags = {
  readonly source?: string;
  readonly rejected?: boolean;
  readonly since?: string;
  readonly until?: string;
};

function withSpan(command: Command): Command {
  return command
    .option("--source <id>", "only those of this source")
    .option("--rejected", "only those that were not taken in")
    .option("--since <time>", "only those that came then or later: 2026-11-22T10:00Z, 10:00, -2h")
    .option("--until <time>", "only those that came before");
}

function spanBody(flags: SpanFlags): Readonly<Record<string, string | boolean>> {
  const { source, rejected, since, until } = flags;
  const asked = { source, rejected, since, until };
  return Object.fromEntries(
    Object.entries(asked).flatMap(([key, value]): [string, string | boolean][] =>
      value === undefined ? [] : [[key, value]],
    ),
  );
}

function spanQuery(flags: SpanFlags, more: Readonly<Record<string, string>>): string {
  const span = Object.entries(spanBody(flags)).map(([key, value]): [string, string] => [key, String(value)]);
  return new URLSearchParams([...span, ...Object.entries(more)]).toString();
}

export function inboxCommands(program: Command, shared: () => Shared): void {
  const inbox = program.command("inbox").description("webhooks as they came");
  withSpan(inbox.command("list").description("newest first")).action(async (flags: SpanFlags) => {
    const found = await ask(z.array(InboxItem), shared(), "GET", `/api/v1/inbox?${spanQuery(flags, { limit: "200" })}`);
    const rows = found.map((row) => [String(row.id), row.source, shortTime(row.received), row.status, String(row.bytes), row.reason ?? ""]); // prettier-ignore
    print(shared().json, found, () =>
      rows.length === 0 ? "Nothing." : table(["id", "source", "came (UTC)", "status", "bytes", "why not"], rows),
    );
  });
  inbox
    .command("show <id>")
    .description("one webhook, headers and body")
    .action(async (id: string) => {
      if (!/^[1-9]\d{0,14}$/.test(id))
        throw new Exit(2, `"${oneLine(id, 40)}" is no id; \`tocsin inbox list\` shows them`);
      const row = await ask(InboxDetail, shared(), "GET", `/api/v1/inbox/${id}`);
      print(shared().json, row, () => sayRow(row));
    });
  withSpan(
    inbox.command("export").description("as `tocsin replay` reads them, oldest first, to standard output"),
  ).action(async (flags: SpanFlags) => {
    for (let after: number | null = 0; after !== null;) {
      const query = spanQuery(flags, { after: String(after) });
      const page: z.output<typeof InboxExport> = await ask(
        InboxExport,
        shared(),
        "GET",
        `/api/v1/inbox/export?${query}`,
      );
      for (const row of page.webhooks) say(JSON.stringify(row));
      after = page.next;
    }
  });
  withSpan(inbox.command("replay").description("take them in again, as if they had just come")).action(
    async (flags: SpanFlags) => {
      if (Object.keys(spanBody(flags)).length === 0)
        throw new Exit(2, "say which: --rejected, --source, --since or --until");
      const webhooks = await replayAll(flags, shared());
      print(
        shared().json,
        { webhooks },
        () => `${count(webhooks, "webhook")} ${webhooks === 1 ? "waits" : "wait"} again.`,
      );
    },
  );
  replayCommand(program, shared);
}

async function replayAll(flags: SpanFlags, shared: Shared): Promise<number> {
  // What they become while we ask must not be found again: the span ends now.
  const until = flags.until ?? new Date(wallClock.now()).toISOString();
  let webhooks = 0;
  for (let after: number | null = 0; after !== null;) {
    const asked = { ...spanBody({ ...flags, until }), after };
    const done: z.output<typeof InboxReplayed> = await ask(
      InboxReplayed,
      shared,
      "POST",
      "/api/v1/inbox/replay",
      asked,
    );
    webhooks += done.webhooks;
    after = done.next;
  }
  return webhooks;
}

function sayRow(row: z.output<typeof InboxDetail>): string {
  const facts = [
    `Webhook ${row.id} of ${row.source}, ${row.status}${row.reason === null ? "" : `: ${oneLine(row.reason, 500)}`}`,
    `came ${row.received}${row.done === null ? "" : `, settled ${row.done}`}, ${count(row.bytes, "byte")}`,
    ...Object.entries(row.headers).map(([name, value]) => `${oneLine(name, 60)}: ${oneLine(value, 500)}`),
  ];
  return `${facts.join("\n")}\n\n  ${quoted(row.body ?? `(base64) ${row.body_base64 ?? ""}`)}`;
}

function replayCommand(program: Command, shared: () => Shared): void {
  program
    .command("replay <file...>")
    .description("recorded webhooks through this config: what would have happened. Nothing is written or sent")
    .option("--source <id>", "each file is one body as it came, for this source")
    .option("--then <duration>", "let the clock go on so long after the last one", "0s")
    .action(async (files: string[], flags: { readonly source?: string; readonly then: string }) => {
      const thenMs = parseDuration(flags.then);
      if (thenMs === undefined)
        throw new Exit(2, `--then: "${oneLine(flags.then, 40)}" is no duration; write 90s, 15m or 2h`);
      const config = configFor(shared());
      const recorded = readAll(files, flags.source);
      const replayed = await replayThrough(config, recorded, thenMs, makeMetrics().meter);
      print(shared().json, presented(config, recorded, replayed), () => sayReplayed(recorded, replayed));
    });
}

function configFor(flags: Shared): Config {
  const { configFile } = settingsFrom(flags, process.env);
  if (configFile === undefined) throw new Exit(3, "there is no tocsin.yaml here; name the config with --config");
  const config = readConfig(configFile, process.env);
  if (config.ok) return config.value;
  if (config.error.kind === "unreadable") throw new Exit(3, config.error.message);
  throw new Exit(1, config.error.errors.map(sayConfigError).join("\n"));
}

function readAll(files: readonly string[], source: string | undefined): readonly Recorded[] {
  const errors: string[] = [];
  const recorded = files.flatMap((file): readonly Recorded[] => {
    const bytes = readOne(file);
    if (source !== undefined) return [{ source, receivedAt: wallClock.now(), headers: {}, body: bytes, place: file }];
    const parsed = parseRecording(bytes.toString("utf8"), file);
    if (parsed.ok) return parsed.value;
    errors.push(...parsed.error);
    return [];
  });
  if (errors.length === 0) return recorded;
  const shown = errors.slice(0, 50);
  const more = errors.length > shown.length ? `\n… and ${errors.length - shown.length} more` : "";
  throw new Exit(1, `${shown.join("\n")}${more}\n(a file that is one body as it came needs --source)`);
}

function readOne(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (thrown) {
    throw new Exit(3, `cannot read ${file}: ${reasonOf(thrown)}`);
  }
}

function presented(
  config: Config,
  recorded: readonly Recorded[],
  { outcomes, notTaken, incidents, messages }: Replayed,
): object {
  return {
    webhooks: recorded.length,
    alerts: Object.fromEntries(outcomes),
    not_taken: notTaken,
    incidents: incidents.map((incident) =>
      presentIncident(incident, `${config.site.url}/incidents/${incident.number}`),
    ),
    messages: messages.map((message) => {
      const { target, subject, created, text } = presentDelivery(message);
      const { priority = "news", mentions = [], event = null } = message.message ?? {};
      return { at: created, to: target, about: subject, event, priority, pages: mentions, text };
    }),
  };
}

/** Whom a message calls: by name, or whoever reads the channel. */
function pagedBy({ message }: Replayed["messages"][number]): string {
  if (message?.priority !== "page") return "";
  return message.mentions.length === 0 ? "all" : message.mentions.join(", ");
}

function sayReplayed(recorded: readonly Recorded[], { outcomes, notTaken, incidents, messages }: Replayed): string {
  const alerts = [...outcomes].map(([outcome, times]) => `${times} ${outcome}`).join(", ");
  const head = `${count(recorded.length, "webhook")}, ${spanOf(recorded)}. Alerts: ${alerts === "" ? "none" : alerts}.`;
  const refused = notTaken.map(({ place, source, reason }) => `${place}: ${source}: ${oneLine(reason, 300)}`);
  const opened = incidents.map(({ number, notice, visibility, state, clocks }) => {
    const ended = clocks.resolved === undefined ? "not over" : `over ${isoSeconds(clocks.resolved)}`;
    return `Incident ${number}: ${oneLine(notice.title, 200)} (${visibility}, ${state}; detected ${isoSeconds(clocks.detected)}, ${ended})`;
  });
  const said = messages.map((one) => [
    isoSeconds(one.createdAt),
    one.target,
    pagedBy(one),
    one.message?.lead ?? "",
    one.message?.text ?? "",
  ]);
  return [
    head,
    ...(refused.length === 0 ? [] : [`\nNot taken in:\n${refused.join("\n")}`]),
    opened.length === 0 ? "\nNo incident would have been opened." : `\n${opened.join("\n")}`,
    said.length === 0
      ? "\nNothing would have been said."
      : `\n${table(["when", "to", "pages", "", "what would have been said"], said)}`,
  ].join("\n");
}
