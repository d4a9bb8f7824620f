// Every channel type, by its name in the config.
import type { ChannelProvider } from "../delivery/channel.ts";
import { discord } from "./discord.ts";
import { email } from "./email.ts";
import { irc } from "./irc.ts";
import { slack } from "./slack.ts";
import { stdout } from "./stdout.ts";
import { webhook } from "./webhook.ts";

export const channels: Readonly<Record<string, ChannelProvider>> = { discord, email, irc, slack, stdout, webhook };
