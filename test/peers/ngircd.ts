// Starts a real ngIRCd on a free loopback port, and sits in its channels to see what arrives.
import { execFileSync, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { formatLine, nickOf, parseLine, type IrcLine } from "../../src/clients/irc-line.ts";
import { desk } from "./desk.ts";
import { findProgram, type Found } from "./install.ts";

/** The program, for `describe.skipIf(skipped(ngircd, "…"))`. */
export const ngircd: Found = findProgram("ngircd", "ngircd");

export type Ngircd = AsyncDisposable & {
  readonly host: string;
  /** The port for Tocsin: with TLS when it was asked for. */
  readonly port: number;
  /** Without TLS, for observers. */
  readonly plainPort: number;
  /** The certificate to trust. */
  readonly caFile: string | undefined;
  /** Starts it again, on the same ports. */
  start(): Promise<void>;
  /** Lets it say goodbye to its clients (SIGTERM). */
  stop(): Promise<void>;
  /** As if the power went (SIGKILL). */
  kill(): Promise<void>;
};

/** A port nobody listens on just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return address.port;
}

/** As root, ngIRCd becomes this user, and reads its config as it. */
function ircUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const fields = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .find((line) => line.startsWith("irc:"))
    ?.split(":");
  return fields === undefined ? undefined : { uid: Number(fields[2]), gid: Number(fields[3]) };
}

/**
 * The start of a command that ends when this process does, even by SIGKILL. It must become the user itself: changing
 * the user takes the bond off (https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html).
 */
function dieWithUs(user: { readonly uid: number; readonly gid: number } | undefined): readonly string[] {
  const help = spawnSync("setpriv", ["--help"], { encoding: "utf8" }).stdout ?? "";
  if (!help.includes("--pdeathsig")) return [];
  const become = user === undefined ? [] : [`--reuid=${user.uid}`, `--regid=${user.gid}`, "--clear-groups"];
  return ["setpriv", ...become, "--pdeathsig", "KILL"];
}

/** A certificate for localhost and 127.0.0.1, signed by itself. */
function makeCertificate(folder: string): { readonly cert: string; readonly key: string } {
  const cert = join(folder, "cert.pem");
  const key = join(folder, "key.pem");
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"];
  execFileSync("openssl", ["req", "-x509", ...curve, "-keyout", key, "-out", cert, "-days", "2", ...names], {
    stdio: "ignore",
  });
  return { cert, key };
}

/** Starts the server; it is listening when this resolves. */
export async function startNgircd(options: { readonly tls?: boolean; readonly port?: number } = {}): Promise<Ngircd> {
  if ("missing" in ngircd) throw new Error(ngircd.missing);
  const program = ngircd.path;
  const folder = mkdtempSync(join(tmpdir(), "tocsin-ngircd-"));
  const tls = options.tls === true ? makeCertificate(folder) : undefined;
  const port = options.port ?? (await freePort());
  const plainPort = tls === undefined ? port : await freePort();
  const user = ircUser();
  const bond = dieWithUs(user);
  const config = `
    [Global]
    Name = irc.tocsin.test
    Info = test
    AdminInfo1 = test
    AdminEMail = test@tocsin.test
    MotdPhrase = hello
    Listen = 127.0.0.1
    Ports = ${plainPort}
    ${user === undefined || bond.length > 0 ? "" : "ServerUID = irc\n    ServerGID = irc"}
    [Limits]
    MaxConnections = 0
    MaxConnectionsIP = 0
    MaxJoins = 0
    MaxNickLength = 31
    MaxPenaltyTime = 0
    [Options]
    Ident = no
    DNS = no
    PAM = no
    ${tls === undefined ? "" : `[SSL]\n    CertFile = ${tls.cert}\n    KeyFile = ${tls.key}\n    Ports = ${port}`}
  `;
  const file = join(folder, "ngircd.conf");
  writeFileSync(file, config);
  chmodSync(folder, 0o755);
  if (user !== undefined)
    for (const path of [folder, file, ...(tls === undefined ? [] : [tls.cert, tls.key])])
      chownSync(path, user.uid, user.gid);

  let child: ChildProcess | undefined;
  const killAtExit = (): void => void child?.kill("SIGKILL");
  process.on("exit", killAtExit);

  async function start(): Promise<void> {
    if (child !== undefined) throw new Error("ngircd is running already");
    const [command, ...args] = [...bond, program, "-n", "-f", file];
    const started = spawn(command ?? program, args, { stdio: ["ignore", "pipe", "pipe"] });
    child = started;
    await listening(started, tls === undefined ? 1 : 2);
  }

  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    const ending = child;
    child = undefined;
    if (ending === undefined || ending.exitCode !== null || ending.signalCode !== null) return;
    const exited = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill(signal);
    await exited;
  }

  await start();
  return {
    host: "127.0.0.1",
    port,
    plainPort,
    caFile: tls?.cert,
    start,
    stop: () => end("SIGTERM"),
    kill: () => end("SIGKILL"),
    async [Symbol.asyncDispose]() {
      await end("SIGKILL");
      process.off("exit", killAtExit);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** It logs one line per port; what it says before it dies is the error. */
function listening(child: ChildProcess, ports: number): Promise<void> {
  const said: string[] = [];
  return new Promise((resolve, reject) => {
    let left = ports;
    const read = (line: string): void => {
      said.push(line);
      if (/now listening on/iu.test(line) && --left === 0) resolve();
    };
    for (const stream of [child.stdout, child.stderr])
      if (stream !== null) createInterface({ input: stream }).on("line", read);
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`ngircd ended with ${code}:\n${said.join("\n")}`)));
  });
}

type Said = { readonly from: string; readonly to: string; readonly text: string };

export type Observer = AsyncDisposable & {
  readonly nick: string;
  /** Every line the server sent, as it came. */
  readonly lines: readonly string[];
  /** Each PRIVMSG so far, in order. */
  readonly said: readonly Said[];
  /** The texts of `said`. */
  readonly messages: readonly string[];
  /** The text of a PRIVMSG that matches, heard already or still to come. Each one satisfies only one call. */
  expects(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** A whole line from the server that matches (a JOIN, a TOPIC), heard already or still to come; each only once. */
  sees(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Fails when, after a round trip to the server, there is a PRIVMSG that no `expects` has asked for. */
  silent(): Promise<void>;
  say(text: string): void;
  /** Sends a line as it is. */
  send(line: string): void;
  /** Throws somebody out of the channel; who joined first may. Resolves when it is done. */
  kick(nick: string, reason?: string): Promise<void>;
};

const patienceMs = 15_000;

/** Joins a channel as a person would; has joined when this resolves. */
export async function joinAs(
  server: { readonly host: string; readonly plainPort: number },
  nick: string,
  channel: string,
): Promise<Observer> {
  const socket = connect({ host: server.host, port: server.plainPort });
  const lines: string[] = [];
  const said: Said[] = [];
  const messages = desk("message");
  const raw = desk("line");
  let pings = 0;

  const send = (line: string): void => void socket.write(`${line}\r\n`);
  const read = (line: IrcLine, text: string): void => {
    if (line.command === "PING") return send(formatLine("PONG", ...line.params));
    lines.push(text);
    const [to = "", words = ""] = line.params;
    if (line.command === "PRIVMSG") {
      said.push({ from: nickOf(line.prefix), to, text: words });
      messages.arrives(words);
    }
    raw.arrives(text);
  };
  createInterface({ input: socket, crlfDelay: Infinity })
    .on("line", (text) => {
      const line = parseLine(text);
      if (line !== undefined) read(line, text);
    })
    .on("error", () => {});
  // When the server dies, its observers just hear nothing more.
  socket.on("error", () => {});

  send(formatLine("NICK", nick));
  send(formatLine("USER", nick, "0", "*", nick));
  await raw.expects(/^:\S+ 001 /u, patienceMs);
  send(formatLine("JOIN", channel));
  await raw.expects(/^:\S+ 366 /u, patienceMs);

  return {
    nick,
    lines,
    said,
    get messages() {
      return said.map(({ text }) => text);
    },
    expects: (pattern, timeoutMs = patienceMs) => messages.expects(pattern, timeoutMs),
    sees: (pattern, timeoutMs = patienceMs) => raw.expects(pattern, timeoutMs),
    async silent() {
      const token = `silent-${++pings}`;
      send(formatLine("PING", token));
      await raw.expects(new RegExp(`PONG .*${token}$`, "u"), patienceMs);
      const heard = messages.unclaimed();
      if (heard.length > 0) throw new Error(`expected silence in ${channel}, but heard:\n${heard.join("\n")}`);
    },
    say: (text) => send(formatLine("PRIVMSG", channel, text)),
    send,
    async kick(whom, reason = "out") {
      send(formatLine("KICK", channel, whom, reason));
      await raw.expects(new RegExp(`^:\\S+ KICK ${RegExp.escape(channel)} ${RegExp.escape(whom)}`, "iu"), patienceMs);
    },
    async [Symbol.asyncDispose]() {
      if (socket.destroyed) return;
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.destroy();
      await closed;
    },
  };
}
