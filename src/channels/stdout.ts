// Prints messages where Tocsin runs: for the demo, for trying things out, for pipes.
import { z } from "zod";
import { defineChannel, type Channel } from "../delivery/channel.ts";
import { oneLine } from "../lib/text.ts";

const Config = z.strictObject({});

export const stdout = defineChannel(Config, (entries, context) => {
  const channels = entries.map((entry) => {
    const channel: Channel = {
      connection: entry.id,
      send: async (message) => {
        const names = message.mentions.map((person) => context.nameOf(person, "stdout"));
        const calls = names.length === 0 ? "" : `${names.join(", ")}: `;
        const mark = message.possiblyRepeated ? " (possibly repeated)" : "";
        const line = oneLine(`${calls}${message.lead}. ${message.text}`, 2_000);
        process.stdout.write(`[${entry.id}] ${line}${message.link === undefined ? "" : ` ${message.link}`}${mark}\n`);
        return { kind: "sent" };
      },
    };
    return [entry.id, channel] as const;
  });
  return new Map(channels);
});
