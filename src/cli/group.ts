// A command that is only the head of others: alone it shows its help, with an unknown word the nearest.
import type { Command } from "commander";
import { suggest } from "../lib/nearest.ts";
import { Exit } from "./door.ts";

/** Call it when all the others have been added. `path` is what one types for it. */
export function group(head: Command, path: string): void {
  // Flags behind an unknown word are that word's: the word is what is wrong, and must be told first.
  head
    .allowExcessArguments()
    .allowUnknownOption()
    .action(() => {
      const [asked] = head.args;
      if (asked === undefined) return head.help();
      const flags = head.options.flatMap((option) => option.long ?? []);
      if (asked.startsWith("-")) throw new Exit(2, `unknown option '${asked}'; ${suggest(asked, flags)}`);
      const names = head.commands.map((each) => each.name());
      throw new Exit(2, `there is no \`${path} ${asked}\`; ${suggest(asked, names, 100)}`);
    });
}
