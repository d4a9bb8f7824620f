// A channel of Discord, by its webhook.
import { defineChannel } from "../delivery/channel.ts";
import { discordMessage } from "../shapes/discord.ts";
import { ChatHook, chatHook } from "./chat-hook.ts";

export const discord = defineChannel(
  ChatHook,
  (entries, context) => new Map(entries.map((entry) => [entry.id, chatHook(entry, context, discordMessage)])),
);
