// What the operator's handbook tells one to type must exist.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { run } from "./program.ts";

const handbook = readFileSync(new URL("../../docs/OPERATIONS.md", import.meta.url), "utf8");

/** `bin/tocsin --config X incident publish N` → `incident publish`; flags of the program with their values left out. */
function commandsIn(text: string): readonly string[] {
  const found = [...text.matchAll(/bin\/tocsin((?: --(?:config|data) \S+)*)((?: [a-z]+)+)((?: --[a-z]+)*)/gu)];
  return [...new Set(found.map(([, , words = "", flags = ""]) => `${words.trim()}${flags}`))].toSorted();
}

test("every command that the operator's handbook shows exists, with the flags it shows", async () => {
  const commands = commandsIn(handbook);
  expect(commands.length).toBeGreaterThan(8);
  const wrong: string[] = [];
  const write = process.stderr.write.bind(process.stderr);
  const out = process.stdout.write.bind(process.stdout);
  let help = "";
  process.stderr.write = () => true;
  process.stdout.write = (text) => (help += String(text)) !== "";
  try {
    for (const command of commands) {
      help = "";
      const [words = "", ...flags] = command.split(" --");
      // The last word may be an argument: a file, a number's place.
      const shown = words.split(" ").slice(0, ["incident", "config"].includes(words.split(" ")[0] ?? "") ? 2 : 1);
      const code = await run([...shown, "--help"]);
      const asked =
        help.startsWith(`Usage: tocsin ${shown.join(" ")} `) || help.startsWith(`Usage: tocsin ${shown.join(" ")}\n`);
      if (code !== 0 || !asked || flags.some((flag) => !help.includes(`--${flag}`))) wrong.push(command);
    }
  } finally {
    process.stderr.write = write;
    process.stdout.write = out;
  }
  expect(wrong).toEqual([]);
});
