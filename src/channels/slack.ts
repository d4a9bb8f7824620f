// A channel of Slack, by an incoming webhook.
import { defineChannel } from "../delivery/channel.ts";
import { slackMessage } from "../shapes/slack.ts";
import { ChatHook, chatHook } from "./chat-hook.ts";

export const slack = defineChannel(
  ChatHook,
  (entries, context) => new Map(entries.map((entry) => [entry.id, chatHook(entry, context, slackMessage)])),
);
