// tocsin send-test: one marked message through the real channel; 0 only when the peer took it.
import type { Command } from "commander";
import { answers } from "../app/examine.ts";
import { sendAlone } from "../app/send-alone.ts";
import { readConfig, settingsFrom, socketPath } from "../app/settings.ts";
import { sayConfigError } from "../config/load.ts";
import type { ChannelId } from "../config/names.ts";
import type { Tested } from "../engine/send-test.ts";
import { TestDone } from "../http/contract.ts";
import { brand } from "../lib/ids.ts";
import { suggest } from "../lib/nearest.ts";
import { count } from "../lib/text.ts";
import { ask, Exit, type DoorFlags } from "./door.ts";
import { print } from "./print.ts";
import { elsewhere } from "./remote.ts";

type Shared = DoorFlags & { readonly json?: boolean };

async function without(shared: Shared, name: string, text: string | undefined): Promise<Tested> {
  const { configFile, dataDir } = settingsFrom(shared, process.env);
  if (configFile === undefined)
    throw new Exit(3, "no server runs here, and there is no tocsin.yaml; name one with --config");
  const config = readConfig(configFile, process.env);
  if (!config.ok)
    throw new Exit(3, config.error.kind === "unreadable" ? config.error.message : config.error.errors.map(sayConfigError).join("\n")); // prettier-ignore
  const tested = await sendAlone(config.value, dataDir, brand<ChannelId>(name), text);
  if (tested !== undefined) return tested;
  const known = config.value.channels.map(({ id }) => id);
  throw new Exit(1, `there is no channel "${name}"; ${suggest(name, known)}`);
}

export function sendTestCommand(program: Command, shared: () => Shared): void {
  program
    .command("send-test <channel> [text...]")
    .description("say a test message on a channel; by the running server, or alone. Exit 0 only when it was taken")
    .action(async (name: string, words: readonly string[]) => {
      const text = words.length === 0 ? undefined : words.join(" ");
      const there = elsewhere(shared(), process.env);
      const serverRuns =
        !there.ok ||
        there.value !== undefined ||
        (await answers(socketPath(settingsFrom(shared(), process.env).dataDir)));
      const path = `/api/v1/channels/${encodeURIComponent(name)}/test`;
      const tested = serverRuns
        ? await ask(TestDone, shared(), "POST", path, text === undefined ? {} : { text })
        : await without(shared(), name, text);
      const { sent, attempts, reason = null } = tested;
      const by = serverRuns ? "by the running server" : "without a server";
      print(shared().json, { channel: name, sent, attempts, reason }, () =>
        sent
          ? `${name} took it (${by}, ${count(attempts, "try").replace("trys", "tries")}).`
          : `${name} did not take it (${by}).`,
      );
      if (!sent) throw new Exit(1, reason ?? "nobody knows why");
    });
}
