// What a Slack incoming webhook takes: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks/
import { oneLine } from "../lib/text.ts";

/** What a chat is told. */
type Said = {
  readonly lead: string;
  readonly text: string;
  readonly link?: string;
  readonly possiblyRepeated: boolean;
};

/** Longer ones Slack cuts: https://docs.slack.dev/reference/methods/chat.postMessage#truncating */
const longestText = 3_000;

/** The three signs that steer Slack's markup: https://docs.slack.dev/messaging/formatting-message-text/#escaping */
function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** What would make words bold or code is broken up by a sign without width: Slack has no escape for it. */
function plain(text: string): string {
  return escaped(text).replace(/[*_~`]/gu, (sign) => `\u200b${sign}`);
}

/** An address has no sign that ends it early. */
function linked(url: string): string {
  return `<${escaped(url.replace(/[<>|\s]/gu, (sign) => encodeURIComponent(sign)))}>`;
}

export type SlackMessage = { readonly text: string; readonly unfurl_links: false; readonly unfurl_media: false };

export function slackMessage(message: Said, names: readonly string[]): SlackMessage {
  const called = names.length === 0 ? "" : `${plain(names.map((name) => oneLine(name, 100)).join(", "))}: `;
  const link = message.link === undefined ? "" : ` ${linked(oneLine(message.link, 2_000))}`;
  const mark = message.possiblyRepeated ? " (possibly repeated)" : "";
  const text = `${called}*${plain(oneLine(message.lead, 300))}*\n${plain(oneLine(message.text, longestText))}${link}${mark}`;
  return { text, unfurl_links: false, unfurl_media: false };
}
