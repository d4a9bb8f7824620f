// Says messages on an IRC channel, as few lines as they need. Several channels may share one connection.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { z } from "zod";
import { connectIrc, type IrcConnection } from "../clients/irc.ts";
import { sanitise } from "../clients/irc-line.ts";
import { openLink, type IrcOptions } from "../clients/irc-link.ts";
import { politePace } from "../clients/irc-pace.ts";
import type { ChannelId } from "../config/names.ts";
import {
  defineChannel,
  type Channel,
  type ChannelContext,
  type ChannelEntry,
  type Tenure,
} from "../delivery/channel.ts";
import type { Publisher } from "../delivery/publisher.ts";
import type { Message } from "../delivery/message.ts";
import { wallClock } from "../lib/clock.ts";
import { parseDuration } from "../lib/duration.ts";
import { fault } from "../lib/fault.ts";
import { suggest } from "../lib/nearest.ts";
import { silentLog } from "../lib/log.ts";
import { topicWith } from "../status/topic-text.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";

// https://www.rfc-editor.org/rfc/rfc2812#section-1.3: no space, comma, control-G or line break; 50 characters, which
// servers of today stretch to 64.
const channelName = z
  .string()
  .regex(
    /^[#&+][^\s,:\p{C}]{1,63}$/u,
    "must be a channel such as #team: no spaces, commas, colons or control characters",
  )
  .refine((name) => Buffer.byteLength(name) <= 64, "must be at most 64 bytes long");
// https://www.rfc-editor.org/rfc/rfc2812#section-2.3.1, with a length that servers of today allow.
const nickName = z
  .string()
  .regex(
    /^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]{0,29}$/u,
    "must be a nick: letters, figures, -_[]{}|^`, not a figure first",
  );
const hostName = z.string().regex(/^[^\s/\p{C}]+$/u, "must be a host name or an address");
// From the environment (`${IRC_PORT}`) it comes as text.
const portNumber = z
  .union([z.int(), z.string().regex(/^\d+$/u, "a port is a number").transform(Number)])
  .pipe(z.int().min(1).max(65_535));
const userName = z.string().regex(/^[^\s@!:\p{C}]{1,10}$/u, "must be 1 to 10 characters without spaces, @, ! and :");
const oneLineText = z.string().regex(/^[^\p{Cc}]{1,100}$/u, "must be one line of 1 to 100 characters");
// NUL separates the parts of a SASL PLAIN message: https://www.rfc-editor.org/rfc/rfc4616#section-2
const withoutNul = z.string().regex(/^[^\0]+$/u, "must not be empty");

const Pace = z.strictObject({
  burst: z.int().min(1).max(100).optional().describe("Lines that may go out at once; 5 unless given."),
  every: z
    .string()
    .refine((text) => parseDuration(text) !== undefined, "must be a duration such as 2s")
    .optional()
    .describe("After the burst, one line per this time; 2s unless given. Servers throw out who is faster."),
});

const Config = z
  .strictObject({
    join: channelName.describe("The channel to speak in, such as #team."),
    same_connection_as: z
      .string()
      .optional()
      .describe("The id of another IRC channel, to use its connection. Then only join is given here."),
    topic: z
      .boolean()
      .optional()
      .describe("Keep the state of the service in the channel's topic, behind what people wrote there."),
    host: hostName.optional().describe("The server's name or address."),
    port: portNumber.optional().describe("The server's port; 6697 unless given."),
    tls: z
      .boolean()
      .optional()
      .describe("Encrypt the connection, as it does unless told; false only on a network you trust."),
    tls_ca_file: z
      .string()
      .min(1)
      .optional()
      .describe("A file of certificates (PEM) to trust instead of the system's."),
    nick: nickName.optional().describe("The nick. While somebody else has it: the same with _ at the end."),
    user: userName.optional().describe("The user name shown before the host; tocsin unless given."),
    realname: oneLineText.optional().describe("What /whois shows."),
    password: oneLineText.optional().describe("The server's own password (PASS); not that of an account."),
    sasl: z
      .strictObject({
        user: withoutNul.describe("The account's name."),
        password: withoutNul.describe("The account's password."),
      })
      .optional()
      .describe("Log in to this services account by SASL PLAIN; without success it does not connect."),
    pace: Pace.optional().describe("How fast lines may go out."),
  })
  .superRefine((config, check) => {
    const { join: _, topic: _topic, same_connection_as: shared, ...own } = config;
    if (shared === undefined) {
      for (const key of ["host", "nick"] as const)
        if (config[key] === undefined) check.addIssue({ code: "custom", path: [key], message: `${key} is missing` });
      return;
    }
    for (const [key, value] of Object.entries(own)) {
      const message = `${key} belongs to the connection of "${shared}"; give it there`;
      if (value !== undefined) check.addIssue({ code: "custom", path: [key], message });
    }
  });
type Config = z.output<typeof Config>;
type Entry = ChannelEntry<Config>;

/** The longest text said in one go, about four lines; the page has the rest. */
const longestText = 1_500;
/** Fits into a line whatever our nick and host are, so that it is never cut. */
const longestLink = 300;

/** `alice, bob: LEAD. TEXT LINK (possibly repeated)`, on one line; splitting keeps the link whole. */
export function renderForIrc(message: Message, nameOf: (person: Message["mentions"][number]) => string): string {
  const names = message.mentions.map((person) => sanitise(nameOf(person), 60));
  const calls = names.length === 0 ? "" : `${names.join(", ")}: `;
  const lead = sanitise(message.lead, 300);
  const said = sanitise(message.text, longestText);
  const stop = lead === "" || /[.!?…:]$/u.test(lead) ? "" : ".";
  const link = sanitise(message.link ?? "", Number.MAX_SAFE_INTEGER).replaceAll(" ", "%20");
  const linked = Buffer.byteLength(link) <= longestLink ? link : "(the link is too long for IRC)";
  const mark = message.possiblyRepeated ? "(possibly repeated)" : "";
  return [`${calls}${lead}${stop}`, said, linked, mark].filter((part) => part !== "").join(" ");
}

function readCa(id: ChannelId, file: string): string {
  try {
    const pem = readFileSync(file, "utf8");
    // Throws when it holds no certificate; node:tls would silently trust nobody.
    void new X509Certificate(pem);
    return pem;
  } catch (thrown) {
    throw new Error(`channel ${id}: tls_ca_file cannot be used: ${reasonOf(thrown)}`, { cause: thrown });
  }
}

function connectionOptions(owner: Entry, channels: readonly string[], context: ChannelContext): IrcOptions {
  const { host = "", port = 6697, tls = true, tls_ca_file: caFile, pace } = owner.config;
  const { nick = "", user = "tocsin", realname = "Tocsin, the outage desk", password, sasl } = owner.config;
  if (!tls && (password !== undefined || sasl !== undefined))
    context.log.warn({ channel: owner.id }, "without tls the IRC password crosses the network for all to read");
  const account = { ...(password === undefined ? {} : { password }), ...(sasl === undefined ? {} : { sasl }) };
  return {
    address: { host, port, tls: tls && (caFile === undefined ? {} : { ca: readCa(owner.id, caFile) }) },
    identity: { nick, user, realname, ...account },
    channels,
    clock: context.clock,
    log: context.log,
    pace: {
      burst: pace?.burst ?? politePace.burst,
      everyMs: parseDuration(pace?.every ?? "") ?? politePace.everyMs,
    },
  };
}

/** The entry whose connection this one uses: itself, or another that has its own. */
function ownerOf(entry: Entry, owners: readonly Entry[]): Entry {
  const wanted = entry.config.same_connection_as;
  if (wanted === undefined) return entry;
  const owner = owners.find(({ id }) => id === wanted);
  if (owner !== undefined) return owner;
  const known = owners.map(({ id }) => id);
  throw new Error(
    `channel ${entry.id}: same_connection_as: there is no IRC channel "${wanted}" with a connection of its own; ${suggest(wanted, known)}`,
  );
}

/** The connection of one or more channels: opened and closed with them, and opened anew when this process has leave again. */
type Line = {
  readonly current: () => IrcConnection | undefined;
  open(tenure: Tenure): void;
  reach(signal: AbortSignal): Promise<Result<string, string>>;
  close(): Promise<void>;
};

function makeLine(options: IrcOptions): Line {
  let current: IrcConnection | undefined;
  return {
    current: () => current,
    open(tenure) {
      current ??= connectIrc({ ...options, may: () => tenure.held() });
    },
    async reach(signal) {
      const { nick } = options.identity;
      // Another nick, and no channel: nobody sees it come and go.
      const trial = { ...options, channels: [], identity: { ...options.identity, nick: `${nick.slice(0, 8)}-dr` } };
      const link = openLink({ ...trial, log: silentLog });
      const until = AbortSignal.any([signal, link.over]);
      while (!link.welcomed() && !until.aborted) await wallClock.wait(20, until);
      const { host, port } = options.address;
      const welcomed = link.welcomed();
      const why = link.over.aborted ? link.why() : "no welcome in time";
      if (welcomed) link.quit();
      link.drop("looked at");
      return welcomed ? ok(`${host}:${port} lets it in as ${trial.identity.nick}`) : failed(`${host}:${port}: ${why}`);
    },
    async close() {
      const closing = current;
      current = undefined;
      await closing?.close();
    },
  };
}

export const irc = defineChannel(Config, (entries, context) => {
  const owners = entries.filter(({ config }) => config.same_connection_as === undefined);
  const owned = entries.map((entry) => ({ entry, owner: ownerOf(entry, owners) }));
  const options = owners.map((owner) => {
    const joins = owned.filter((each) => each.owner === owner).map(({ entry }) => entry.config.join);
    return [owner, connectionOptions(owner, joins, context)] as const;
  });
  const lines = new Map(options.map(([owner, option]) => [owner, makeLine(option)]));
  const channels = owned.flatMap(({ entry, owner }) => {
    const line = lines.get(owner);
    return line === undefined ? [] : [[entry.id, channelOn(line, owner.id, entry, context)] as const];
  });
  return new Map(channels);
});

const unopened = "not connected: this process does not run the engine";

/** How soon to ask again for a right that only people can give. */
const rightsAgain = 60_000;

/** The topic of one channel, kept as it should be: ours behind theirs. */
function topicOn(line: Line, join: string): Publisher<string> {
  const wanted = (connection: IrcConnection, ours: string): string =>
    topicWith(sanitise(connection.topic(join) ?? "", Infinity), sanitise(ours, Infinity), connection.topicRoom());
  return {
    async publish(ours, _sequence, _ref, signal) {
      const connection = line.current();
      const trouble = connection === undefined ? unopened : connection.trouble(join);
      if (connection === undefined || trouble !== undefined) return { kind: "retry", because: trouble ?? unopened };
      const topic = wanted(connection, ours);
      if (connection.topic(join) === topic) return { kind: "sent" };
      const said = await connection.setTopic(join, topic, signal);
      if (said.kind !== "retry") return said;
      return { ...said, because: `the topic of ${join}: ${said.because}`, afterMs: rightsAgain };
    },
    async audit(ours) {
      const connection = line.current();
      const trouble = connection === undefined ? unopened : connection.trouble(join);
      if (connection === undefined || trouble !== undefined)
        return { kind: "unreachable", because: trouble ?? unopened };
      return connection.topic(join) === wanted(connection, ours)
        ? { kind: "equal" }
        : { kind: "differs", what: `the topic of ${join}` };
    },
  };
}

function channelOn(line: Line, owner: ChannelId, entry: Entry, context: ChannelContext): Channel {
  const { join } = entry.config;
  return {
    connection: owner,
    ...(entry.config.topic === true ? { topic: topicOn(line, join) } : {}),
    async send(message, _, signal) {
      const connection = line.current();
      if (connection === undefined) return { kind: "retry", because: unopened };
      const text = renderForIrc(message, (person) => context.nameOf(person, "irc"));
      return connection.say(join, text, signal, () => fault("channel.written"));
    },
    trouble() {
      const connection = line.current();
      return connection === undefined ? unopened : connection.trouble(join);
    },
    // Channels of one connection are opened and closed together.
    open: (tenure) => line.open(tenure),
    reach: async (signal) => {
      const reached = await line.reach(signal);
      return reached.ok ? ok(`${reached.value}; whether it may join ${join} shows when it does`) : reached;
    },
    close: () => line.close(),
  };
}
