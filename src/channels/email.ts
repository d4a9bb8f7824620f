// Mail: to addresses of the config, and, for users, to those who subscribed.
import { z } from "zod";
import { duration } from "../config/fields.ts";
import { defineChannel, type Channel, type ChannelContext, type ChannelEntry, type Sent } from "../delivery/channel.ts";
import type { Letter, Posted } from "../delivery/letter.ts";
import type { Message } from "../delivery/message.ts";
import { minute, second } from "../lib/clock.ts";
import { failed, ok } from "../lib/result.ts";
import { oneLine, plainText } from "../lib/text.ts";
import { smtpLine, type Sender, type SmtpServer } from "./smtp-line.ts";

const longestText = 4_000;
const mail = z
  .string()
  .trim()
  .max(320)
  .regex(/^[^\s@<>,;"]+@[^\s@<>,;"]+$/u, "must be one address: name@example.org");

const Config = z.strictObject({
  smtp: z
    .string()
    .refine(isServer, "must be smtp://user:password@host:587, or smtps://… for TLS from the first byte")
    .describe("The mail server: smtp://user:password@host:587 (with STARTTLS), or smtps://user:password@host."),
  from: z
    .string()
    .trim()
    .max(320)
    .regex(
      /^([^<>\r\n]*<[^\s@<>,;"]+@[^\s@<>,;"]+>|[^\s@<>,;"]+@[^\s@<>,;"]+)$/u,
      "must be an address, or Name <address>",
    )
    .describe('Who writes: status@example.org, or "Packit status <status@example.org>".'),
  reply_to: mail.optional().describe("Where answers go."),
  to: z
    .union([mail.transform((one) => [one]), z.array(mail).min(1).max(50)])
    .optional()
    .describe(
      "Who is written to, beside those who are called by name. Users' mail without it goes to subscribers alone.",
    ),
  starttls: z
    .enum(["required", "offered", "never"])
    .optional()
    .describe(
      "Of smtp://: required when there is a password and the server is another machine, else taken when offered.",
    ),
  connections: z
    .int()
    .min(1)
    .max(50)
    .default(10)
    .describe("How many connections to it at most, when many are written to."),
  timeout: duration(second)
    .refine((ms) => ms <= 5 * minute, "must be at most 5m")
    .prefault("30s")
    .describe("How long the server may be silent."),
});
type Config = z.output<typeof Config>;

function isServer(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^smtps?:$/u.test(url.protocol) && url.hostname !== "" && /^\/?$/u.test(url.pathname);
}

function serverOf({ smtp, starttls, timeout }: Config): SmtpServer {
  const url = new URL(smtp);
  const secure = url.protocol === "smtps:";
  const host = url.hostname.replace(/^\[|\]$/gu, "");
  const known = url.username === "" ? {} : { user: decodeURIComponent(url.username), password: decodeURIComponent(url.password) }; // prettier-ignore
  const usual = secure ? 465 : url.username === "" ? 25 : 587;
  const here = /^(localhost|127\.\d+\.\d+\.\d+|::1)$/u.test(host);
  return {
    host,
    port: url.port === "" ? usual : Number(url.port),
    secure,
    ...known,
    starttls: starttls ?? (url.username !== "" && !here && !secure ? "required" : "offered"),
    timeoutMs: timeout,
  };
}

type To = Parameters<Channel["send"]>[1];

/** `incident:12` stands in one thread, on this channel. */
function letterOf(
  id: string,
  message: Message,
  to: To,
  addresses: readonly string[],
  names: readonly string[],
): Letter {
  const called = names.length === 0 ? "" : `${names.join(", ")}: `;
  const mark = message.possiblyRepeated ? "(possibly repeated)" : "";
  const lines = [
    `${called}${oneLine(message.lead, 300)}`,
    plainText(oneLine(message.text, longestText)),
    message.link === undefined ? "" : oneLine(message.link, 2_000),
    mark,
  ];
  return {
    to: addresses,
    subject: `${called}${oneLine(message.lead, 150)}${mark === "" ? "" : ` ${mark}`}`,
    text: `${lines.filter((line) => line !== "").join("\n\n")}\n`,
    id: `${id}.${to.key.replaceAll(/[^\w-]/gu, "-")}`,
    thread: `${id}.${to.subject.replaceAll(/[^\w-]/gu, "-")}`,
  };
}

/** To few at once: an address that is refused is a mistake of the config, and said as that. */
function sentBy(posted: Posted): Sent {
  switch (posted.kind) {
    case "sent":
      return { kind: "sent" };
    case "later":
    case "retry":
      return { kind: "retry", because: posted.because };
    case "unknown":
      return { kind: "unknown", because: posted.because };
    case "refused":
    case "reject":
      return { kind: "reject", because: posted.because };
  }
}

function channelOf(entry: ChannelEntry<Config>, context: ChannelContext): Channel {
  const { config, audience } = entry;
  const server = serverOf(config);
  const sender: Sender = { from: config.from, ...(config.reply_to === undefined ? {} : { replyTo: config.reply_to }) };
  const line = smtpLine(server, sender);
  let trouble: string | undefined;
  return {
    connection: entry.id,
    async send(message, to, signal) {
      const names = message.mentions.map((person) => oneLine(context.nameOf(person, "name"), 100));
      const called = message.mentions.map((person) => context.nameOf(person, "email")).filter((name) => mail.safeParse(name).success); // prettier-ignore
      const addresses = [...new Set([...(config.to ?? []), ...called])];
      if (addresses.length === 0)
        return { kind: "reject", because: "it has nobody to write to: `to` is not written, and nobody with an address is called" }; // prettier-ignore
      const sent = sentBy(await line.post(letterOf(entry.id, message, to, addresses, names), signal));
      trouble = sent.kind === "sent" ? undefined : sent.because;
      return sent;
    },
    ...(audience === "users" ? { postbox: { lines: config.connections, open: () => smtpLine(server, sender) } } : {}),
    ...(audience === "users" && config.to === undefined ? { unaddressed: true as const } : {}),
    reach: async (signal) => {
      const reaching = smtpLine(server, sender);
      try {
        const reached = await reaching.reach(signal);
        return reached === undefined
          ? ok(`${server.host}:${server.port} takes mail; nothing was sent`)
          : failed(reached);
      } finally {
        reaching.close();
      }
    },
    trouble: () => trouble,
    close: async () => line.close(),
  };
}

export const email = defineChannel(
  Config,
  (entries, context) => new Map(entries.map((entry) => [entry.id, channelOf(entry, context)])),
  ({ to }, audience) =>
    to === undefined && audience !== "users"
      ? "a channel of the team needs `to`: whom to write to; `audience: users` writes to subscribers"
      : undefined,
);
