// Prints messages where Tocsin runs: for the demo, for trying things out, for pipes.
import { z } from "zod";
import { defineChannel, type Channel, type Sent } from "../delivery/channel.ts";
import { ok, reasonOf } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";

const Config = z.strictObject({});

/** The reader of a pipe may go (`tocsin serve | head`), or read no more. */
function write(line: string, signal: AbortSignal): Promise<Sent> {
  if (signal.aborted) return Promise.resolve({ kind: "retry", because: "stopped" });
  return new Promise((resolve) => {
    const stop = (): void => resolve({ kind: "unknown", because: "stopped while it was written" });
    signal.addEventListener("abort", stop, { once: true });
    process.stdout.write(line, (error) => {
      signal.removeEventListener("abort", stop);
      resolve(error ? { kind: "retry", because: `nobody reads: ${reasonOf(error)}` } : { kind: "sent" });
    });
  });
}

export const stdout = defineChannel(Config, (entries, context) => {
  const channels = entries.map((entry) => {
    const channel: Channel = {
      connection: entry.id,
      reach: async () => ok("prints where the server runs"),
      send: (message, _to, signal) => {
        const names = message.mentions.map((person) => context.nameOf(person, "stdout"));
        const calls = names.length === 0 ? "" : `${names.join(", ")}: `;
        const mark = message.possiblyRepeated ? " (possibly repeated)" : "";
        const line = oneLine(`${calls}${message.lead}. ${message.text}`, 2_000);
        const link = message.link === undefined ? "" : ` ${oneLine(message.link, 2_000)}`;
        return write(`[${entry.id}] ${line}${link}${mark}\n`, signal);
      },
    };
    return [entry.id, channel] as const;
  });
  return new Map(channels);
});
