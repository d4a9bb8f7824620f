// A loopback IRC server for what ngIRCd cannot do: SASL, refusals, dropping out in the middle. It holds the client to
// the rules and, when it is disposed, throws a list of those that were broken.
import { createServer, type Server, type Socket } from "node:net";
import { formatLine, nickOf, parseLine, type IrcLine } from "../../src/clients/irc-line.ts";
import { desk } from "./desk.ts";

/** One client's connection, as the script sees it. */
export type ScriptedClient = {
  /** The how-manieth connection it is, from 1. */
  readonly turn: number;
  readonly nick: string;
  /** Sends a line from the server: `:irc.script.test` and what is given. */
  reply(rest: string): void;
  /** Sends bytes as they are. */
  raw(text: string): void;
  /** Ends the connection: FIN after what was sent. */
  end(): void;
  /** Breaks the connection at once. */
  destroy(): void;
};

/** Answers a command in another way than usual; returning true leaves the usual answer out. */
type Answer = (client: ScriptedClient, line: IrcLine) => boolean;

export type Script = {
  /** Where it listens; any free port unless given. */
  readonly port?: number;
  /** Capabilities of `CAP LS`; SASL is offered as `sasl=PLAIN`. Without any, CAP is an unknown command. */
  readonly capabilities?: readonly string[];
  /** The account that SASL accepts. */
  readonly account?: { readonly user: string; readonly password: string };
  readonly on?: Readonly<Record<string, Answer>>;
  /** Called when a client connects, before it has said anything. */
  readonly connected?: (client: ScriptedClient) => void;
};

export type ScriptedIrc = AsyncDisposable & {
  readonly host: string;
  readonly port: number;
  /** Every line of every client, in order. */
  readonly lines: readonly string[];
  readonly connections: number;
  /** Rules the client has broken, as sentences. */
  readonly offences: readonly string[];
  /** Who is connected now. */
  readonly client: ScriptedClient | undefined;
  /** A line of the client that matches, heard already or still to come; each line satisfies only one call. */
  hears(pattern: RegExp, timeoutMs?: number): Promise<string>;
};

const server = "irc.script.test";
/** What others see before each of its lines. */
const maskOf = (nick: string): string => `${nick}!~tocsin@${"cloak.".repeat(5)}test`;

// https://www.rfc-editor.org/rfc/rfc2812#section-2.3.1
const nickRule = /^[A-Za-z[\]\\`_^{|}][A-Za-z0-9[\]\\`_^{|}-]*$/u;
// https://www.rfc-editor.org/rfc/rfc2812#section-1.3
const channelRule = /^[#&+!][^\s,:\u0007]{1,49}$/u;
// Before 001 nothing else may come: https://www.rfc-editor.org/rfc/rfc2812#section-3.1 (451 otherwise).
const openingCommands = new Set(["CAP", "AUTHENTICATE", "PASS", "NICK", "USER", "PING", "PONG", "QUIT"]);

type Session = {
  nick: string;
  wished: string;
  user: boolean;
  /** CAP has begun and has not ended: registration waits. https://ircv3.net/specs/extensions/capability-negotiation */
  negotiating: boolean;
  sasl: "no" | "requested" | "plain" | "done" | "failed";
  proof: string;
  welcomed: boolean;
  pinged: string | undefined;
};

/** Starts the server; it is listening when this resolves. */
export async function startIrcScript(script: Script = {}): Promise<ScriptedIrc> {
  const lines: string[] = [];
  const offences: string[] = [];
  const heard = desk("line");
  const sockets = new Set<Socket>();
  let connections = 0;
  let newest: ScriptedClient | undefined;
  const capabilities = script.capabilities ?? [];

  function serve(socket: Socket): void {
    const session: Session = {
      nick: "*",
      wished: "",
      user: false,
      negotiating: false,
      sasl: "no",
      proof: "",
      welcomed: false,
      pinged: undefined,
    };
    connections += 1;
    const raw = (text: string): void => {
      session.pinged = /^PING :?([^\r\n]+)/mu.exec(text)?.[1] ?? session.pinged;
      if (!socket.destroyed) socket.write(text);
    };
    const client: ScriptedClient = {
      turn: connections,
      get nick() {
        return session.nick;
      },
      reply: (rest) => raw(`:${server} ${rest}\r\n`),
      raw,
      end: () => void socket.end(),
      destroy: () => void socket.destroy(),
    };
    newest = client;
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("close", () => {
      sockets.delete(socket);
      if (newest === client) newest = undefined;
    });
    let unread = Buffer.alloc(0);
    socket.on("data", (bytes: Buffer) => {
      unread = Buffer.concat([unread, bytes]);
      for (let end = unread.indexOf("\n"); end !== -1; end = unread.indexOf("\n")) {
        const raw = unread.subarray(0, end + 1);
        unread = unread.subarray(end + 1);
        const line = checkBytes(raw, offences);
        if (line === undefined) continue;
        checkOrder(session, line, offences);
        const text = raw.toString("utf8").trimEnd();
        lines.push(text);
        heard.arrives(text);
        if (script.on?.[line.command]?.(client, line) === true) continue;
        answer(client, session, line);
      }
    });
    script.connected?.(client);
  }

  function answer(client: ScriptedClient, session: Session, line: IrcLine): void {
    const [first = ""] = line.params;
    switch (line.command) {
      case "CAP":
        return answerCap(client, session, line.params);
      case "AUTHENTICATE":
        return answerProof(client, session, first);
      case "NICK":
        if (session.welcomed) client.raw(`:${maskOf(session.nick)} NICK :${first}\r\n`);
        if (session.welcomed) session.nick = first;
        else session.wished = first;
        return welcome(client, session);
      case "USER":
        session.user = true;
        return welcome(client, session);
      case "PING":
        return client.reply(`PONG ${server} :${first}`);
      case "JOIN":
        client.raw(`:${maskOf(session.nick)} JOIN ${first}\r\n`);
        client.reply(`353 ${session.nick} = ${first} :${session.nick}`);
        return client.reply(`366 ${session.nick} ${first} :End of /NAMES list`);
      case "QUIT":
        client.raw("ERROR :Closing link\r\n");
        return client.end();
      case "PASS":
      case "PRIVMSG":
      case "PONG":
        return;
      default:
        return client.reply(`421 ${session.nick} ${line.command} :Unknown command`);
    }
  }

  function answerCap(client: ScriptedClient, session: Session, params: readonly string[]): void {
    const [verb = "", wish = ""] = params;
    if (capabilities.length === 0) return client.reply(`421 * CAP :Unknown command`);
    if (verb === "LS") {
      session.negotiating = true;
      // A long list comes in several lines, the star says that there is more.
      for (const [place, name] of capabilities.entries())
        client.reply(`CAP * LS ${place < capabilities.length - 1 ? "* " : ""}:${name}`);
    } else if (verb === "REQ") {
      const known = wish.split(" ").every((name) => capabilities.some((offer) => offer.split("=")[0] === name));
      if (known && wish.split(" ").includes("sasl")) session.sasl = "requested";
      client.reply(`CAP * ${known ? "ACK" : "NAK"} :${wish}`);
    } else if (verb === "END") {
      session.negotiating = false;
      welcome(client, session);
    }
  }

  // https://ircv3.net/specs/extensions/sasl-3.1
  function answerProof(client: ScriptedClient, session: Session, chunk: string): void {
    if (session.sasl === "requested") {
      session.sasl = chunk === "PLAIN" ? "plain" : "failed";
      return client.raw(chunk === "PLAIN" ? "AUTHENTICATE +\r\n" : `:${server} 908 * PLAIN :are available\r\n`);
    }
    if (chunk !== "+") session.proof += chunk;
    if (chunk.length === 400) return;
    const [, user, password] = Buffer.from(session.proof, "base64").toString("utf8").split("\0");
    session.proof = "";
    if (user !== script.account?.user || password !== script.account?.password) {
      session.sasl = "failed";
      return client.reply("904 * :SASL authentication failed");
    }
    session.sasl = "done";
    client.reply(`900 * ${maskOf("*")} ${user} :You are now logged in as ${user}`);
    client.reply("903 * :SASL authentication successful");
  }

  function welcome(client: ScriptedClient, session: Session): void {
    if (session.welcomed || session.negotiating || !session.user || session.wished === "") return;
    session.welcomed = true;
    session.nick = session.wished;
    client.reply(`001 ${session.nick} :Welcome ${maskOf(session.nick)}`);
    client.reply(`422 ${session.nick} :No MOTD`);
  }

  const listener: Server = createServer(serve);
  await new Promise<void>((resolve, reject) => {
    listener.once("error", reject);
    listener.listen(script.port ?? 0, "127.0.0.1", resolve);
  });
  const address = listener.address();
  if (address === null || typeof address === "string") throw new Error("no TCP port");

  return {
    host: "127.0.0.1",
    port: address.port,
    lines,
    offences,
    get connections() {
      return connections;
    },
    get client() {
      return newest;
    },
    hears: (pattern, timeoutMs = 10_000) => heard.expects(pattern, timeoutMs),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
      if (offences.length > 0) throw new Error(`the client broke the rules:\n${offences.join("\n")}`);
    },
  };
}

/** One line's form. */
function checkBytes(raw: Buffer, offences: string[]): IrcLine | undefined {
  const text = raw.toString("utf8");
  // 512 bytes with the CR LF: https://www.rfc-editor.org/rfc/rfc2812#section-2.3
  if (raw.length > 512) offences.push(`a line of ${raw.length} bytes: ${text}`);
  // CR LF ends a line; CR, LF and NUL are nowhere else: https://www.rfc-editor.org/rfc/rfc2812#section-2.3.1
  if (!/^[^\r\n\0]+\r\n$/u.test(text)) offences.push(`not one line that ends with CR LF: ${JSON.stringify(text)}`);
  // Text is UTF-8 by today's custom, and no code point may be cut: https://modern.ircdocs.horse/#character-encodings
  if (!Buffer.from(text, "utf8").equals(raw)) offences.push(`not UTF-8: ${raw.toString("hex")}`);
  const line = parseLine(text.trimEnd());
  // "Clients SHOULD NOT use a prefix": https://www.rfc-editor.org/rfc/rfc2812#section-2.3
  if (line === undefined || line.prefix !== undefined) offences.push(`not a client's line: ${JSON.stringify(text)}`);
  return line;
}

/** Whether the line may come now. */
function checkOrder(session: Session, line: IrcLine, offences: string[]): void {
  const { command, params } = line;
  const [first = "", second = ""] = params;
  if (!session.welcomed && !openingCommands.has(command)) offences.push(`${command} before the welcome`);
  // PASS comes before NICK and USER: https://www.rfc-editor.org/rfc/rfc2812#section-3.1.1
  if (command === "PASS" && (session.user || session.wished !== "")) offences.push("PASS after NICK or USER");
  if (command === "USER" && params.length < 4) offences.push("USER without four parameters");
  if (command === "NICK" && !nickRule.test(first)) offences.push(`not a nick: ${first}`);
  if (command === "JOIN" && !channelRule.test(first)) offences.push(`not a channel: ${first}`);
  if (command === "PRIVMSG") {
    if (!channelRule.test(first) || second === "")
      offences.push(`PRIVMSG without channel or text: ${params.join(" ")}`);
    // What others get is longer by our mask, and has 512 bytes as well: https://www.rfc-editor.org/rfc/rfc2812#section-2.3
    const relayed = Buffer.byteLength(`:${maskOf(session.nick)} ${formatLine(command, ...params)}\r\n`);
    if (relayed > 512) offences.push(`a line that others get with ${relayed} bytes`);
  }
  // Chunks of at most 400 bytes, only after the ACK: https://ircv3.net/specs/extensions/sasl-3.1#the-authenticate-command
  if (command === "AUTHENTICATE") {
    if (session.sasl !== "requested" && session.sasl !== "plain") offences.push("AUTHENTICATE out of turn");
    if (first.length > 400 || !/^(?:PLAIN|\+|[A-Za-z0-9+/=]+)$/u.test(first)) offences.push("not a chunk of base64");
  }
  // Ending while SASL goes on aborts it (906): https://ircv3.net/specs/extensions/sasl-3.1
  if (command === "CAP" && first === "END" && (session.sasl === "requested" || session.sasl === "plain"))
    offences.push("CAP END before SASL has ended");
  // https://www.rfc-editor.org/rfc/rfc2812#section-3.7.3
  if (command === "PONG" && session.pinged !== undefined && params.at(-1) !== session.pinged)
    offences.push("PONG without the token of the PING");
}

/** A line from somebody else in the channel. */
export function fromPerson(nick: string, rest: string): string {
  return `:${nickOf(nick)}!~u@person.test ${rest}\r\n`;
}
