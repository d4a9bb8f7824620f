// Every channel type, by its name in the config.
import type { ChannelProvider } from "../delivery/channel.ts";
import { irc } from "./irc.ts";
import { stdout } from "./stdout.ts";
import { webhook } from "./webhook.ts";

export const channels: Readonly<Record<string, ChannelProvider>> = { irc, stdout, webhook };
