// From the first byte to the server's welcome: capabilities, SASL, nick and user. Pure: a line in, lines to send out.
// https://www.rfc-editor.org/rfc/rfc2812#section-3.1 and https://ircv3.net/specs/extensions/sasl-3.1
import { formatLine, sanitise, type IrcLine } from "./irc-line.ts";

export type IrcIdentity = {
  readonly nick: string;
  readonly user: string;
  readonly realname: string;
  /** The server's own password (PASS). */
  readonly password?: string;
  /** The services account. */
  readonly sasl?: { readonly user: string; readonly password: string };
};

export type Handshake = {
  readonly stage: "listing" | "requesting" | "choosing" | "proving" | "registering";
  readonly nick: string;
  readonly collisions: number;
  /** Capabilities heard so far; a long list comes in several lines. */
  readonly offered: string;
};

export type HandshakeStep = {
  readonly next: Handshake;
  readonly send: readonly string[];
  /** The nick under which the server let us in. */
  readonly welcomed?: string;
  /** Why this cannot go on. Never holds a secret of ours. */
  readonly refused?: string;
};

/** The opening lines. CAP holds the registration back until CAP END: https://ircv3.net/specs/extensions/capability-negotiation */
export function greet(identity: IrcIdentity): HandshakeStep {
  const { nick, user, realname, password, sasl } = identity;
  return {
    next: { stage: sasl === undefined ? "registering" : "listing", nick, collisions: 0, offered: "" },
    send: [
      ...(sasl === undefined ? [] : [formatLine("CAP", "LS", "302")]),
      ...(password === undefined ? [] : [formatLine("PASS", password)]),
      formatLine("NICK", nick),
      formatLine("USER", user, "0", "*", realname),
    ],
  };
}

/** `tocsin_`, `tocsin__`, `tocsin___`, then shorter ones with figures, for servers that cut long nicks (9 characters in RFC 2812). */
function spareNick(nick: string, collisions: number): string {
  return collisions <= 3 ? `${nick}${"_".repeat(collisions)}` : `${nick.slice(0, 6)}_${collisions}`;
}

const mostCollisions = 9;

/**
 * PLAIN is `authzid NUL authcid NUL password` (https://www.rfc-editor.org/rfc/rfc4616#section-2) in base64, cut into
 * chunks of 400; a chunk shorter than that ends it, `+` where there is none.
 */
function plainProof(sasl: { readonly user: string; readonly password: string }): readonly string[] {
  const proof = Buffer.from(`${sasl.user}\0${sasl.user}\0${sasl.password}`).toString("base64");
  const chunks = proof.match(/.{1,400}/gu) ?? [];
  return [...chunks, ...(proof.length % 400 === 0 ? ["+"] : [])].map((chunk) => formatLine("AUTHENTICATE", chunk));
}

/** Each secret replaced by stars, also in the form in which SASL sends it: a server may repeat what it was told. */
export function withoutSecrets(identity: IrcIdentity, text: string): string {
  const proof = identity.sasl === undefined ? [] : plainProof(identity.sasl).map((line) => line.split(" ")[1] ?? "");
  const secrets = [identity.password, identity.sasl?.password, proof.join("").replace(/\+$/u, ""), ...proof];
  return secrets
    .filter((secret) => secret !== undefined && secret !== "" && secret !== "+")
    .reduce<string>((kept, secret) => kept.replaceAll(secret ?? "", "***"), text);
}

/** The server's own words at the end of a numeric, fit to be shown. */
export function wordsOf(line: IrcLine): string {
  return sanitise(line.params.at(-1) ?? "", 120);
}

// https://ircv3.net/specs/extensions/sasl-3.1#numerics-used-by-this-extension
const saslRefusals: Readonly<Record<string, string>> = {
  "902": "the account is locked",
  "904": "wrong user or password",
  "905": "the proof was too long",
  "906": "the server broke it off",
  "908": "the server does not know PLAIN",
};

/** What to do about the next line. Lines that mean nothing here change nothing. */
export function shakeHands(state: Handshake, identity: IrcIdentity, line: IrcLine): HandshakeStep {
  const { command, params } = line;
  const go = (change: Partial<Handshake>, ...send: readonly string[]): HandshakeStep => ({
    next: { ...state, ...change },
    send,
  });
  const refuse = (why: string): HandshakeStep => ({ next: state, send: [], refused: withoutSecrets(identity, why) });
  const secured = state.stage === "registering";
  const saslRefusal = saslRefusals[command];
  if (saslRefusal !== undefined && !secured) return refuse(`SASL refused: ${saslRefusal} (${wordsOf(line)})`);
  switch (command) {
    case "CAP":
      return negotiate(state, params, go, refuse);
    case "AUTHENTICATE":
      if (state.stage !== "choosing" || params[0] !== "+" || identity.sasl === undefined) return go({});
      return go({ stage: "proving" }, ...plainProof(identity.sasl));
    case "900": // logged in; 903 follows
      return go({});
    case "903":
    case "907": // already authenticated
      return secured ? go({}) : go({ stage: "registering" }, formatLine("CAP", "END"));
    case "001":
      // A server that knows no CAP just goes on. Being there without the account is not what was asked for.
      return secured
        ? { next: state, send: [], welcomed: params[0] ?? state.nick }
        : refuse("the server offers no SASL");
    case "410": // invalid CAP command
    case "421": // unknown command
      return secured ? go({}) : refuse("the server offers no SASL");
    case "433": // in use
    case "436": // collision
    case "437": {
      // held back after a netsplit
      const collisions = state.collisions + 1;
      if (collisions > mostCollisions) return refuse(`the nick ${identity.nick} and all its variants are taken`);
      const nick = spareNick(identity.nick, collisions);
      return go({ nick, collisions }, formatLine("NICK", nick));
    }
    case "432":
      return refuse(`the server does not accept the nick ${state.nick} (${wordsOf(line)})`);
    case "464":
      return refuse(`the server refused the password (${wordsOf(line)})`);
    case "465":
      return refuse(`banned from the server (${wordsOf(line)})`);
    default:
      return go({});
  }
}

function negotiate(
  state: Handshake,
  params: readonly string[],
  go: (change: Partial<Handshake>, ...send: readonly string[]) => HandshakeStep,
  refuse: (why: string) => HandshakeStep,
): HandshakeStep {
  const verb = params[1]?.toUpperCase();
  if (verb === "LS" && state.stage === "listing") {
    const offered = `${state.offered} ${params.at(-1) ?? ""}`;
    // `CAP * LS * :…` announces another line.
    if (params[2] === "*" && params.length > 3) return go({ offered });
    const sasl = offered.split(" ").find((name) => name === "sasl" || name.startsWith("sasl="));
    if (sasl === undefined) return refuse("the server offers no SASL");
    const methods = sasl.split("=")[1];
    if (methods !== undefined && methods !== "" && !methods.toUpperCase().split(",").includes("PLAIN"))
      return refuse(`the server offers no SASL PLAIN, only ${sanitise(methods, 60)}`);
    return go({ stage: "requesting", offered }, formatLine("CAP", "REQ", "sasl"));
  }
  if (verb === "ACK" && state.stage === "requesting")
    return go({ stage: "choosing" }, formatLine("AUTHENTICATE", "PLAIN"));
  if (verb === "NAK" && state.stage === "requesting") return refuse("the server offers no SASL");
  return go({});
}
