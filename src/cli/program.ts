// The command line: what there is to say, and what comes of it in exit codes.
import { Command, CommanderError } from "commander";
import { ownVersion } from "../lib/own-version.ts";
import { reasonOf } from "../lib/result.ts";
import { withoutKnownSecrets } from "../lib/redact.ts";
import { plainText } from "../lib/text.ts";
import { Exit } from "./door.ts";
import { group } from "./group.ts";
import type { Shared } from "./other-commands.ts";
import { serveCommand } from "./serve.ts";

/** What touches the machine itself: asked for a server elsewhere, it must not do it to the one here. */
const hereOnly: ReadonlySet<string> = new Set(["backup", "restore", "doctor"]);

function refuseElsewhere(command: string, { url }: Shared): void {
  const asked = url ?? process.env["TOCSIN_URL"];
  if (!hereOnly.has(command) || asked === undefined || asked === "") return;
  const leave = url === undefined ? "unset TOCSIN_URL" : "leave --url out";
  throw new Exit(2, `\`${command}\` works on the server's own machine, not from elsewhere: ${leave}`);
}

async function makeProgram(first: string | undefined): Promise<Command> {
  const program = new Command("tocsin")
    .description("Tocsin, the outage desk")
    .version(ownVersion(), "--version", "which Tocsin this is")
    .option("--config <file>", "the config file (or TOCSIN_CONFIG; ./tocsin.yaml when there is one)")
    .option("--data <dir>", "where it keeps its data (default ./data)")
    .option("--as <person>", "act as this person of the config")
    .option("--url <url>", "a server elsewhere (or TOCSIN_URL), with a token")
    .option("--token <token>", "the token for it; TOCSIN_TOKEN keeps it from others on this host")
    .option("--json", "print data as JSON")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error: /, "tocsin: ")) });
  const shared = (): Shared => program.opts<Shared>();
  program.hook("preAction", (_, action) => refuseElsewhere(action.name(), shared()));
  serveCommand(program, shared);
  // A server keeps what it has loaded for months: it goes without the code of the other commands.
  if (first !== "serve") (await import("./other-commands.ts")).otherCommands(program, shared);
  for (const head of program.commands) if (head.commands.length > 0) group(head, `tocsin ${head.name()}`);
  group(program, "tocsin");
  return program;
}

/** Runs one command line; the exit code is the answer. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await (await makeProgram(argv[0])).parseAsync(argv, { from: "user" });
    return 0;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    process.stderr.write(`tocsin: ${plainText(withoutKnownSecrets(reasonOf(thrown)))}\n`);
    if (!(thrown instanceof Exit) && process.env["TOCSIN_LOG"] === "debug")
      process.stderr.write(`${thrown instanceof Error ? thrown.stack : ""}\n`);
    return thrown instanceof Exit ? thrown.code : 3;
  }
}
