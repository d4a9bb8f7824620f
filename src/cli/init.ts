// tocsin init: a few questions, and a config that explains itself.
import { randomBytes } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, writeFileSync } from "node:fs";
import { basename, relative, resolve } from "node:path";
import type * as Clack from "@clack/prompts";
import type { Command } from "commander";
import type { z } from "zod";
import { firstConfig, type FirstAnswers } from "../app/first-config.ts";
import { registries } from "../app/providers.ts";
import type { Flags } from "../app/settings.ts";
import { timeZone, webUrl } from "../config/fields.ts";
import { loadConfig, sayConfigError } from "../config/load.ts";
import { reasonOf } from "../lib/result.ts";
import { Exit, login } from "./door.ts";
import { say } from "./print.ts";

const usual: FirstAnswers = {
  name: "My service",
  url: "http://127.0.0.1:8080",
  timeZone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
  components: ["API"],
  person: login(),
};

type Ask = Pick<typeof Clack, "intro" | "isCancel" | "outro" | "text">;

const lineOf = (words: string) => (value: string | undefined) => ((value ?? "").trim() === "" ? words : undefined);

const fits = (schema: z.ZodType) => (value: string | undefined) => {
  const parsed = schema.safeParse(value ?? "");
  return parsed.success ? undefined : parsed.error.issues[0]?.message;
};

async function askAll(ask: Ask): Promise<FirstAnswers> {
  const text = async (
    message: string,
    initialValue: string,
    validate: (value: string | undefined) => string | undefined,
  ): Promise<string> => {
    const answer = await ask.text({ message, initialValue, validate });
    if (ask.isCancel(answer)) throw new Exit(1, "nothing was written");
    return answer.trim();
  };
  ask.intro("Tocsin, the outage desk: a first config");
  const name = await text("What is the service called?", usual.name, lineOf("a name, please"));
  const url = await text("Where will readers find the status page?", usual.url, fits(webUrl()));
  const zone = await text("In which time zone does the team live?", usual.timeZone, fits(timeZone()));
  const parts = await text(
    "Which parts can users name? (with commas)",
    usual.components.join(", "),
    lineOf("one at least"),
  );
  const person = await text("Who is called first when something breaks?", usual.person, lineOf("a name, please"));
  const host = await text("IRC server of the team (empty: no IRC, print to the terminal)", "", () => undefined);
  const components = parts.split(",").flatMap((part) => part.trim() || []);
  const answers = {
    name,
    url,
    timeZone: zone,
    components: components.length === 0 ? usual.components : components,
    person,
  };
  if (host === "") {
    ask.outro("That is all.");
    return answers;
  }
  const join = await text("The team's channel there", "#my-team", (value) => (/^[#&+]\S+$/.test(value ?? "") ? undefined : "such as #my-team")); // prettier-ignore
  const nick = await text("Tocsin's nick there", "tocsin", (value) => (/^[A-Za-z_][\w-]*$/.test(value ?? "") ? undefined : "letters, figures, - and _")); // prettier-ignore
  ask.outro("That is all.");
  return { ...answers, irc: { host, join, nick } };
}

/** Mode 0600, for it holds a token; never over a file that is there. */
function writeNew(file: string, text: string): void {
  try {
    const opened = openSync(file, "wx", 0o600);
    writeFileSync(opened, text);
    fsyncSync(opened);
    closeSync(opened);
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    throw code === "EEXIST" ? taken(file) : new Exit(3, `cannot write ${file}: ${reasonOf(thrown)}`);
  }
}

function taken(file: string): Exit {
  return new Exit(1, `${file} is there already, and stays as it is; \`tocsin config check\` says whether it is right`);
}

function nextSteps(file: string): string {
  const named = relative(process.cwd(), resolve(file));
  const flag = named === "tocsin.yaml" ? "" : ` --config ${named}`;
  const steps = [
    [`bin/tocsin${flag} config check`, "after each change"],
    [flag === "" ? "npm start" : `bin/tocsin${flag} serve`, "serves the page, and prints what the team is told"],
    [`bin/tocsin${flag} incident list`, "in another terminal"],
  ] as const;
  const wide = Math.max(...steps.map(([command]) => command.length));
  return `Written: ${named} (mode 0600: a token is in it). Next:

${steps.map(([command, what]) => `  ${command.padEnd(wide)}  ${what}`).join("\n")}

Then read ${basename(file)}: it says what each key is for.`;
}

export function initCommand(program: Command, shared: () => Flags): void {
  program
    .command("init")
    .description("write a commented tocsin.yaml, by a few questions")
    .option("--defaults", "ask nothing")
    .action(async ({ defaults = false }: { defaults?: boolean }) => {
      const file = shared().config ?? process.env["TOCSIN_CONFIG"] ?? "tocsin.yaml";
      if (existsSync(file)) throw taken(file);
      if (!defaults && !(process.stdin.isTTY && process.stdout.isTTY))
        throw new Exit(
          2,
          "nobody can be asked here: this is no terminal. Say `tocsin init --defaults`, then edit the file",
        );
      const answers = defaults ? usual : await askAll(await import("@clack/prompts"));
      const text = firstConfig(answers, randomBytes(24).toString("base64url"));
      const checked = loadConfig(text, file, {}, registries);
      if (!checked.ok)
        throw new Exit(1, `that makes no right config:\n${checked.error.map(sayConfigError).join("\n")}`);
      writeNew(file, text);
      say(nextSteps(file));
    });
}
