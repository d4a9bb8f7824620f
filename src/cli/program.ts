// The command line: what there is to say, and what comes of it in exit codes.
import { Command, CommanderError } from "commander";
import { reasonOf } from "../lib/result.ts";
import { withoutKnownSecrets } from "../lib/redact.ts";
import { plainText } from "../lib/text.ts";
import { backupCommands } from "./backup.ts";
import { changeCommands } from "./change.ts";
import { configCommands } from "./config.ts";
import { demoCommands } from "./demo.ts";
import { doctorCommand } from "./doctor.ts";
import { Exit, type DoorFlags } from "./door.ts";
import { group } from "./group.ts";
import { incidentCommands } from "./incident.ts";
import { inboxCommands } from "./inbox.ts";
import { initCommand } from "./init.ts";
import { listCommands } from "./lists.ts";
import { maintenanceCommands } from "./maintenance.ts";
import { silenceCommands } from "./silence.ts";
import { sendTestCommand } from "./send-test.ts";
import { serveCommand } from "./serve.ts";
import { tokenCommands } from "./token.ts";

type Shared = DoorFlags & { readonly json?: boolean };

/** What touches the machine itself: asked for a server elsewhere, it must not do it to the one here. */
const hereOnly: ReadonlySet<string> = new Set(["backup", "restore", "doctor"]);

function refuseElsewhere(command: string, { url }: Shared): void {
  const asked = url ?? process.env["TOCSIN_URL"];
  if (!hereOnly.has(command) || asked === undefined || asked === "") return;
  const leave = url === undefined ? "unset TOCSIN_URL" : "leave --url out";
  throw new Exit(2, `\`${command}\` works on the server's own machine, not from elsewhere: ${leave}`);
}

function makeProgram(): Command {
  const program = new Command("tocsin")
    .description("Tocsin, the outage desk")
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
  initCommand(program, shared);
  configCommands(program, shared);
  backupCommands(program, shared);
  incidentCommands(program, shared);
  silenceCommands(program, shared);
  listCommands(program, shared);
  tokenCommands(program, shared);
  inboxCommands(program, shared);
  doctorCommand(program, shared);
  maintenanceCommands(program, shared);
  changeCommands(program, shared);
  sendTestCommand(program, shared);
  demoCommands(program, shared);
  for (const head of program.commands) if (head.commands.length > 0) group(head, `tocsin ${head.name()}`);
  group(program, "tocsin");
  return program;
}

/** Runs one command line; the exit code is the answer. */
export async function run(argv: readonly string[]): Promise<number> {
  try {
    await makeProgram().parseAsync(argv, { from: "user" });
    return 0;
  } catch (thrown) {
    if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
    process.stderr.write(`tocsin: ${plainText(withoutKnownSecrets(reasonOf(thrown)))}\n`);
    if (!(thrown instanceof Exit) && process.env["TOCSIN_LOG"] === "debug")
      process.stderr.write(`${thrown instanceof Error ? thrown.stack : ""}\n`);
    return thrown instanceof Exit ? thrown.code : 3;
  }
}
