// One IRC connection, from dialling to its end: gets in, joins its channels and stays there, says texts with a receipt.
import { minute, second, type Clock, type Instant } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { greet, shakeHands, withoutSecrets, wordsOf, type IrcIdentity } from "./irc-handshake.ts";
import { foldName, formatLine, nickOf, roomForText, sanitise, splitText, type IrcLine } from "./irc-line.ts";
import { backoffMs, pacer, politePace, type IrcPace } from "./irc-pace.ts";
import { dialIrc, type IrcAddress } from "./irc-socket.ts";

export type IrcOptions = {
  readonly address: IrcAddress;
  readonly identity: IrcIdentity;
  readonly channels: readonly string[];
  readonly clock: Clock;
  readonly log: Log;
  readonly pace?: IrcPace;
  /** Whether a text may leave now; asked right before each line. */
  readonly may?: () => boolean;
  /** For the jitter of the waits; a test holds it. */
  readonly random?: () => number;
};

/** What became of a text; the words are those of a delivery. */
export type Spoken =
  { readonly kind: "sent" } | { readonly kind: "retry" | "unknown" | "reject"; readonly because: string };

export type IrcLink = {
  /** Aborts when the connection is over. */
  readonly over: AbortSignal;
  /** Why it ended, and since when it had been let in. */
  readonly ended: Promise<{ readonly reason: string; readonly welcomedAt: Instant | undefined }>;
  why(): string;
  welcomed(): boolean;
  /** `not in #team: banned`; undefined when the channel is joined. */
  absence(channel: string): string | undefined;
  say(channel: string, text: string, signal: AbortSignal, written?: () => void): Promise<Spoken>;
  /** As it is now; undefined while it is not known. */
  topic(channel: string): string | undefined;
  setTopic(channel: string, text: string, signal: AbortSignal): Promise<Spoken>;
  /** How long a topic may be, in bytes. */
  topicRoom(): number;
  quit(): void;
  drop(reason: string): void;
};

type Room = {
  readonly name: string;
  joined: boolean;
  topic: string;
  /** A JOIN is on its way, unanswered. */
  asking: boolean;
  why: string;
  changed: AbortController;
};
type Receipt = {
  readonly token: string;
  readonly room: Room;
  readonly refusals: string[];
  readonly ring: () => void;
  hopeless?: string;
  came?: boolean;
};

/** `bell` rings when the link ends, `signal` aborts or the receipt comes. */
type Saying = { readonly signal: AbortSignal; readonly bell: AbortSignal; readonly written: (() => void) | undefined };

const welcomeMs = 45 * second;
const joinMs = 30 * second;
const idleMs = minute;
const answerMs = 30 * second;
const receiptMs = 30 * second;

// https://modern.ircdocs.horse/#numerics
const refusalWords: Readonly<Record<string, string>> = {
  "403": "no such channel",
  "404": "the channel does not let us speak",
  "405": "in too many channels already",
  "442": "not in the channel",
  "471": "the channel is full",
  "473": "invite only",
  "474": "banned",
  "475": "the channel has a key",
  "477": "the nick must be registered",
  "482": "only operators of the channel may do that",
};
/** Where a server does not tell, so much is safe: https://modern.ircdocs.horse/#topiclen-parameter */
const usualTopic = 300;
/** Errors about the text itself (no recipient, no text, too long): it will be no better the next time. */
const hopelessErrors: ReadonlySet<string> = new Set(["411", "412", "413", "414", "417"]);
/** Errors that tell that we are not in the channel, whatever we believed. */
const notThere: ReadonlySet<string> = new Set(["403", "442"]);
/** The host of a line as others read it is not known before the first JOIN; none is longer than this. */
const longestMask = `${"u".repeat(11)}@${"h".repeat(63)}`;

type Command = "PRIVMSG" | "TOPIC";

type Bell = Disposable & { readonly signal: AbortSignal; readonly ring: () => void };

/** A signal that rings by hand or when one of the others aborts; lets go of them when disposed. */
function bellOf(...others: readonly AbortSignal[]): Bell {
  const bell = new AbortController();
  const ring = (): void => bell.abort();
  for (const other of others) {
    if (other.aborted) ring();
    else other.addEventListener("abort", ring, { once: true });
  }
  const dispose = (): void => others.forEach((other) => other.removeEventListener("abort", ring));
  return { signal: bell.signal, ring, [Symbol.dispose]: dispose };
}

/** Starts to connect. */
export function openLink(options: IrcOptions): IrcLink {
  const { identity, clock, log, random = Math.random } = options;
  const at = `${options.address.host}:${options.address.port}`;
  const rooms = new Map<string, Room>();
  for (const name of options.channels)
    rooms.set(foldName(name), {
      name,
      joined: false,
      topic: "",
      asking: false,
      why: "joining",
      changed: new AbortController(),
    });
  const pace = pacer(clock, options.pace ?? politePace);
  const opening = greet(identity);
  const welcome = new AbortController();
  let shaking = opening.next;
  let me = identity.nick;
  let mask = longestMask;
  let welcomedAt: Instant | undefined;
  let parting: string | undefined;
  let receipt: Receipt | undefined;
  let heardLines = 0;
  let longestTopic = usualTopic;
  let receipts = 0;

  const socket = dialIrc(options.address, () => socket.write(opening.send), hear);
  const over = socket.over;
  const isMe = (nick: string): boolean => foldName(nick) === foldName(me);
  const isWanted = (nick: string): boolean => foldName(nick) === foldName(identity.nick);
  const say = (line: IrcLine): string => withoutSecrets(identity, wordsOf(line));

  function mark(room: Room, joined: boolean, why: string): void {
    const news = { irc: at, channel: room.name };
    if (joined) log.info(news, "joined");
    // Once per reason, not once per try.
    else if (room.why !== why) log.warn(news, `not in the channel: ${why}`);
    room.joined = joined;
    room.asking = false;
    room.why = why;
    room.changed.abort();
    room.changed = new AbortController();
  }

  function hear(line: IrcLine): void {
    heardLines += 1;
    if (line.command === "PING") return socket.write([formatLine("PONG", ...line.params)]);
    if (line.command === "ERROR") parting = say(line);
    if (welcomedAt !== undefined) return hearInside(line);
    const step = shakeHands(shaking, identity, line);
    shaking = step.next;
    socket.write(step.send);
    if (step.refused !== undefined) return socket.drop(step.refused);
    if (step.welcomed === undefined) return;
    welcomedAt = clock.now();
    me = step.welcomed;
    welcome.abort();
  }

  function hearInside(line: IrcLine): void {
    const [first = "", second = ""] = line.params;
    const from = nickOf(line.prefix);
    const room = rooms.get(foldName(/^3\d\d$/u.test(line.command) ? second : first));
    switch (line.command) {
      case "PONG":
        if (receipt === undefined || line.params.at(-1) !== receipt.token) return;
        receipt.came = true;
        return receipt.ring();
      case "JOIN":
        if (!isMe(from)) return;
        mask = (line.prefix ?? "").split("!")[1] ?? mask;
        // A channel without a topic says nothing of it.
        if (room !== undefined) room.topic = "";
        if (room !== undefined) mark(room, true, "");
        return;
      case "005":
        longestTopic = Number(line.params.find((one) => /^TOPICLEN=\d+$/u.test(one))?.split("=")[1] ?? longestTopic);
        return;
      case "332":
      case "TOPIC":
        if (room !== undefined) room.topic = line.params.at(-1) ?? "";
        return;
      case "366": // end of the list of names: the JOIN has succeeded
        if (room !== undefined && !room.joined) mark(room, true, "");
        return;
      case "396": // our host as others see it has changed: HOST or USER@HOST
        mask = second.includes("@") ? second : `${mask.split("@")[0] ?? ""}@${second}`;
        return;
      case "KICK":
        if (room !== undefined && isMe(second)) mark(room, false, `kicked by ${from} (${say(line)})`);
        return;
      case "PART":
        if (room !== undefined && isMe(from)) mark(room, false, "made to leave");
        return;
      case "NICK":
        if (isMe(from)) me = first;
        else if (isWanted(from)) askForNick();
        return;
      case "QUIT":
        if (isWanted(from)) askForNick();
        return;
      default:
        if (/^[45]\d\d$/u.test(line.command)) hearRefusal(line, rooms.get(foldName(second)));
    }
  }

  function hearRefusal(line: IrcLine, room: Room | undefined): void {
    const why = refusalWords[line.command] ?? say(line);
    if (receipt !== undefined && hopelessErrors.has(line.command)) receipt.hopeless = why;
    if (room === undefined) return;
    // Until the receipt comes, errors are about the lines before it: a JOIN that was sent later is answered later.
    if (receipt?.room === room) receipt.refusals.push(why);
    else if (room.asking) mark(room, false, why);
    if (room.joined && notThere.has(line.command)) mark(room, false, why);
  }

  function askForNick(): void {
    if (!isWanted(me)) socket.write([formatLine("NICK", identity.nick)]);
  }

  async function regainNick(): Promise<void> {
    while (!over.aborted) {
      await clock.wait(minute, over);
      askForNick();
    }
  }

  async function keepAlive(): Promise<void> {
    while (!over.aborted) {
      const before = heardLines;
      await clock.wait(idleMs, over);
      if (heardLines !== before) continue;
      socket.write([formatLine("PING", "alive")]);
      await clock.wait(answerMs, over);
      if (heardLines === before) socket.drop(`silent, even when asked, for ${answerMs / second} s`);
    }
  }

  async function keepJoined(room: Room): Promise<void> {
    for (let failures = 0; !over.aborted; failures++) {
      if (!room.joined) {
        using asked = bellOf(room.changed.signal, over);
        room.asking = true;
        socket.write([formatLine("JOIN", room.name)]);
        await clock.wait(joinMs, asked.signal);
        if (room.asking) mark(room, false, `no answer to JOIN within ${joinMs / second} s`);
      }
      const joinedAt = clock.now();
      while (room.joined && !over.aborted) {
        using left = bellOf(room.changed.signal, over);
        await clock.wait(minute, left.signal);
      }
      if (clock.now() - joinedAt > minute) failures = 0;
      // Coming back within a second of a kick is what gets a bot banned.
      await clock.wait(backoffMs(failures + 2, random), over);
    }
  }

  async function live(): Promise<{ reason: string; welcomedAt: Instant | undefined }> {
    using ready = bellOf(welcome.signal, over);
    await clock.wait(welcomeMs, ready.signal);
    if (welcomedAt === undefined) socket.drop(`no welcome within ${welcomeMs / second} s`);
    await Promise.all([keepAlive(), regainNick(), ...[...rooms.values()].map(keepJoined)]);
    return { reason: why(), welcomedAt };
  }

  /** Why it is over, with the server's last word. */
  function why(): string {
    return `${String(over.reason)}${parting === undefined ? "" : ` (${parting})`}`;
  }

  function absence(channel: string): string | undefined {
    const room = rooms.get(foldName(channel));
    return room?.joined === true ? undefined : `not in ${channel}: ${room?.why ?? "never asked to join"}`;
  }

  /** What became of `lines` lines, when the receipt has come or will not come. */
  function settle(asked: Receipt, lines: number, aborted: boolean): Spoken {
    const refusal = asked.refusals[0];
    if (asked.came === true) {
      if (asked.hopeless !== undefined) return { kind: "reject", because: asked.hopeless };
      if (refusal === undefined) return { kind: "sent" };
      // Some lines went through and some did not: the whole text goes again, marked.
      return { kind: asked.refusals.length >= lines ? "retry" : "unknown", because: refusal };
    }
    if (over.aborted) return { kind: "unknown", because: `${why()}, before the receipt` };
    if (aborted) return { kind: "unknown", because: "stopped before the receipt" };
    // A server that leaves a PING unanswered for so long is gone; and the next text must not end in doubt as well.
    socket.drop(`no receipt within ${receiptMs / second} s`);
    return { kind: "unknown", because: `no receipt within ${receiptMs / second} s` };
  }

  async function speak(channel: string, text: string, signal: AbortSignal, written?: () => void): Promise<Spoken> {
    const pieces = splitText(sanitise(text, Infinity), roomForText(`${me}!${mask}`, channel));
    return sayAll("PRIVMSG", channel, pieces, signal, written);
  }

  async function sayAll(
    command: Command,
    channel: string,
    pieces: readonly string[],
    signal: AbortSignal,
    written?: () => void,
  ): Promise<Spoken> {
    const room = rooms.get(foldName(channel));
    if (pieces.length === 0) return { kind: "reject", because: "there is nothing to say" };
    if (room === undefined) return { kind: "retry", because: absence(channel) ?? "not joined" };
    using bell = bellOf(signal, over);
    const asked: Receipt = { token: `tocsin-${++receipts}`, room, refusals: [], ring: bell.ring };
    receipt = asked;
    try {
      return await sayPieces(command, asked, pieces, { signal, bell: bell.signal, written });
    } finally {
      receipt = undefined;
    }
  }

  async function sayPieces(
    command: Command,
    asked: Receipt,
    pieces: readonly string[],
    { signal, bell, written }: Saying,
  ): Promise<Spoken> {
    const { name } = asked.room;
    for (const [place, piece] of pieces.entries()) {
      await pace(bell);
      const stopped = signal.aborted || options.may?.() === false;
      const obstacle = over.aborted ? why() : stopped ? "stopped" : absence(name);
      if (obstacle !== undefined) return { kind: place === 0 ? "retry" : "unknown", because: obstacle };
      const last = place === pieces.length - 1;
      // The server works in order: its PONG comes after any error about the lines. This PING is not paced, because
      // nothing more is said before its answer.
      const lines = [formatLine(command, name, piece), ...(last ? [formatLine("PING", asked.token)] : [])];
      // One line at a time: several in one TLS record are more than ngIRCd 26.1 reads in one go, and the rest lies
      // there until more comes.
      using taken = bellOf(bell);
      socket.write(lines, () => {
        taken.ring();
        if (last) written?.();
      });
      await clock.wait(receiptMs, taken.signal);
      if (!taken.signal.aborted) return settle(asked, pieces.length, false);
    }
    await clock.wait(receiptMs, bell);
    return settle(asked, pieces.length, signal.aborted);
  }

  return {
    over,
    ended: live(),
    why,
    welcomed: () => welcomedAt !== undefined,
    absence,
    say: speak,
    topic: (channel) => (absence(channel) === undefined ? rooms.get(foldName(channel))?.topic : undefined),
    setTopic: (channel, text, signal) => sayAll("TOPIC", channel, [sanitise(text, Infinity)], signal),
    topicRoom: () => longestTopic,
    quit: () => socket.write([formatLine("QUIT", "Tocsin stops")]),
    drop: socket.drop,
  };
}
