// What a Discord webhook takes: https://docs.discord.com/developers/resources/webhook#execute-webhook
import { oneLine } from "../lib/text.ts";

/** What a chat is told. */
type Said = {
  readonly lead: string;
  readonly text: string;
  readonly link?: string;
  readonly possiblyRepeated: boolean;
};

/** Discord refuses longer ones. */
const longestContent = 2_000;
/** https://docs.discord.com/developers/resources/message#message-object-message-flags */
const suppressEmbeds = 4;

/** Markdown, mentions and commands, each sign by a backslash: https://docs.discord.com/developers/reference#message-formatting */
function escaped(text: string): string {
  return text.replace(/[\\*_~`|<>#@:[\]()-]/gu, String.raw`\$&`);
}

/** An address stands in angle brackets, which its own signs must not end. */
function linked(url: string): string {
  return `<${url.replace(/[<>\s]/gu, (sign) => encodeURIComponent(sign))}>`;
}

export type DiscordMessage = {
  readonly content: string;
  readonly flags: number;
  readonly allowed_mentions: { readonly parse: readonly string[] };
};

export function discordMessage(message: Said, names: readonly string[]): DiscordMessage {
  const called = names.length === 0 ? "" : `${escaped(names.map((name) => oneLine(name, 100)).join(", "))}: `;
  const lead = `${called}**${escaped(oneLine(message.lead, 300))}**\n`;
  const link = message.link === undefined ? "" : ` ${linked(oneLine(message.link, 600))}`;
  const end = `${link}${message.possiblyRepeated ? " (possibly repeated)" : ""}`;
  // Escaped, every sign may be two; what is cut is cut between signs.
  const room = longestContent - lead.length - end.length;
  const text = cutEscaped(oneLine(message.text, longestContent), room);
  return { content: `${lead}${text}${end}`, flags: suppressEmbeds, allowed_mentions: { parse: [] } };
}

function cutEscaped(text: string, room: number): string {
  const whole = escaped(text);
  if (whole.length <= room) return whole;
  let kept = "";
  for (const sign of text) {
    const next = escaped(sign);
    if (kept.length + next.length > room - 1) break;
    kept += next;
  }
  return `${kept}…`;
}
