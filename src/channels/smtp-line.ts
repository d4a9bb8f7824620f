// One connection to a mail server: opened when it is needed, kept while there is more, and honest about what may have arrived.
import { Readable } from "node:stream";
import type SMTPConnection from "nodemailer/lib/smtp-connection";
import type { Letter, Posted, PostLine } from "../delivery/letter.ts";
import { fault } from "../lib/fault.ts";
import { reasonOf } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";

export type SmtpServer = {
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  readonly user?: string;
  readonly password?: string;
  readonly starttls: "required" | "offered" | "never";
  readonly timeoutMs: number;
};

export type Sender = { readonly from: string; readonly replyTo?: string };

/** Nobody stands between this machine and itself. */
const isLoopback = (host: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|::1)$/u.test(host);

const addressIn = (from: string): string => /<([^<>]+)>\s*$/u.exec(from)?.[1] ?? from.trim();

/** What a letter is made of for the wire. Loaded when the first one is written: a start without mail pays nothing. */
async function compose(letter: Letter, { from, replyTo }: Sender): Promise<Buffer> {
  const { default: MailComposer } = await import("nodemailer/lib/mail-composer");
  const domain = addressIn(from).split("@")[1] ?? "localhost";
  const thread = letter.thread === undefined ? undefined : `<${letter.thread}@${domain}>`;
  const mail = new MailComposer({
    from,
    to: [...letter.to],
    ...(replyTo === undefined ? {} : { replyTo }),
    subject: oneLine(letter.subject, 200),
    text: letter.text,
    ...(letter.html === undefined ? {} : { html: letter.html }),
    messageId: `<${letter.id}@${domain}>`,
    ...(thread === undefined ? {} : { inReplyTo: thread, references: [thread] }),
    headers: {
      // https://www.rfc-editor.org/rfc/rfc3834#section-5: nobody's holiday answers this.
      "Auto-Submitted": "auto-generated",
      ...(letter.unsubscribe === undefined
        ? {}
        : { "List-Unsubscribe": `<${letter.unsubscribe}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" }),
    },
    // A text is only ever a text: nothing is read from disk or fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return mail.compile().build();
}

/** What nodemailer says of an error, beside its words. */
function factsOf(thrown: unknown): { readonly code: number; readonly response: string; readonly command: string } {
  const fact = (name: string): unknown => (thrown instanceof Error ? Reflect.get(thrown, name) : undefined);
  const code = fact("responseCode");
  return {
    code: typeof code === "number" ? code : 0,
    response: String(fact("response")),
    command: String(fact("command")),
  };
}

/** No such mailbox, by the enhanced code (https://www.rfc-editor.org/rfc/rfc3463) or, without one, by the plain one. */
function isNobody(code: number, response: string): boolean {
  const [, enhanced] = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})/u.exec(response) ?? [];
  return enhanced === undefined ? [550, 551, 553].includes(code) : /^5\.(1\.\d+|2\.1)$/u.test(enhanced);
}

/** `begun`: the server had taken the address, and the letter was on its way. */
function judge(thrown: unknown, begun: boolean, because: string): Posted {
  const { code, response, command } = factsOf(thrown);
  if (begun) return code === 0 ? { kind: "unknown", because } : { kind: code >= 500 ? "reject" : "later", because };
  if (command !== "RCPT TO" || code === 0 || code === 421) return { kind: "retry", because };
  if (code < 500) return { kind: "later", because };
  return { kind: isNobody(code, response) ? "refused" : "reject", because };
}

/** `reach` connects and logs in; what is wrong, if anything. */
export type SmtpLine = PostLine & { reach(signal: AbortSignal): Promise<string | undefined> };

export function smtpLine(server: SmtpServer, sender: Sender): SmtpLine {
  let open: SMTPConnection | undefined;

  /** What a server says may repeat what it was told. */
  const tame = (thrown: unknown): string => {
    const { user, password } = server;
    const said = [password, user, ...[password, user].map((each) => btoa(each ?? ""))]
      .filter((secret) => secret !== undefined && secret.length >= 4)
      .reduce<string>((text, secret) => text.replaceAll(String(secret), "…"), reasonOf(thrown));
    return oneLine(`${server.host}:${server.port}: ${said}`, 300);
  };

  const drop = (): void => {
    const closing = open;
    open = undefined;
    closing?.close();
  };

  async function connect(signal: AbortSignal): Promise<SMTPConnection> {
    const { default: Connection } = await import("nodemailer/lib/smtp-connection");
    signal.throwIfAborted();
    const made = new Connection({
      host: server.host,
      port: server.port,
      secure: server.secure,
      requireTLS: server.starttls === "required",
      ignoreTLS: server.starttls === "never",
      connectionTimeout: server.timeoutMs,
      greetingTimeout: server.timeoutMs,
      socketTimeout: server.timeoutMs,
      tls: { rejectUnauthorized: !isLoopback(server.host) },
    });
    const gone = (): void => {
      if (open === made) open = undefined;
    };
    // A rest that was too long for the server is no trouble: the next letter opens another.
    made.on("error", gone);
    made.on("end", gone);
    // From here on, so that whoever is cut off while it connects cuts it off too.
    open = made;
    await asked((done) => made.connect(done), made);
    const { user, password } = server;
    if (user !== undefined) await asked((done) => made.login({ user, pass: password ?? "" }, done), made);
    return made;
  }

  async function hand(connection: SMTPConnection, letter: Letter, body: Buffer, begin: () => void): Promise<void> {
    const message = new Readable({
      // Read once the server has said 354: from then on it may have the letter.
      read() {
        begin();
        this.push(body);
        this.push(null);
      },
    });
    const envelope = { from: addressIn(sender.from), to: [...letter.to] };
    await asked((done) => connection.send(envelope, message, (error) => done(error)), connection);
  }

  async function attempt(
    letter: Letter,
    body: Buffer,
    signal: AbortSignal,
  ): Promise<Posted & { readonly stale?: true }> {
    let begun = false;
    const fresh = open === undefined;
    try {
      const connection = open ?? (await connect(signal));
      await hand(connection, letter, body, () => (begun = true));
      fault("channel.written");
      return { kind: "sent" };
    } catch (thrown) {
      const posted = judge(thrown, begun, tame(thrown));
      // After a refused address the connection is as good as before.
      if (posted.kind === "later" || posted.kind === "refused" || posted.kind === "reject") await calm();
      else drop();
      return posted.kind === "retry" && !fresh ? { ...posted, stale: true } : posted;
    }
  }

  async function calm(): Promise<void> {
    const connection = open;
    if (connection === undefined) return;
    await asked((done) => connection.reset(done), connection).catch(drop);
  }

  return {
    async post(letter, signal) {
      if (signal.aborted) return { kind: "retry", because: "stopped" };
      const cut = (): void => drop();
      signal.addEventListener("abort", cut, { once: true });
      try {
        const body = await compose(letter, sender);
        if (signal.aborted) return { kind: "retry", because: "stopped" };
        const posted = await attempt(letter, body, signal);
        // The server had closed a connection that rested: nothing went out, and another one may do.
        return "stale" in posted && !signal.aborted ? await attempt(letter, body, signal) : posted;
      } finally {
        signal.removeEventListener("abort", cut);
      }
    },
    async reach(signal) {
      const cut = (): void => drop();
      signal.addEventListener("abort", cut, { once: true });
      try {
        await connect(signal);
        return undefined;
      } catch (thrown) {
        return tame(thrown);
      } finally {
        signal.removeEventListener("abort", cut);
      }
    },
    close() {
      const closing = open;
      open = undefined;
      closing?.quit();
      closing?.close();
    },
  };
}

/** One question to the connection; a connection that ends gives no answer any more. */
function asked(ask: (done: (error?: Error | null) => void) => void, connection: SMTPConnection): Promise<void> {
  return new Promise((resolve, reject) => {
    const ended = (): void => settle(new Error("the connection ended"));
    const broke = (error: Error): void => settle(error);
    const settle = (error?: Error | null): void => {
      connection.off("end", ended);
      connection.off("error", broke);
      if (error) reject(error);
      else resolve();
    };
    connection.once("end", ended);
    connection.once("error", broke);
    ask(settle);
  });
}
