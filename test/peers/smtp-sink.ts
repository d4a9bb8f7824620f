// A real SMTP server (smtp-server) that keeps what it is given; letters are read by the independent `mailparser`.
import { simpleParser, type ParsedMail } from "mailparser";
import { SMTPServer, type SMTPServerOptions } from "smtp-server";

export type Taken = { readonly to: readonly string[]; readonly raw: Buffer };

export type SmtpSink = AsyncDisposable & {
  readonly port: number;
  readonly url: string;
  readonly taken: readonly Taken[];
  readonly connections: () => number;
  /** The words with which this address is refused from now on: `550 5.1.1 no such user`. */
  refuse(address: string, words: string | undefined): void;
  /** Called with each letter before it is answered. */
  meanwhile(work: ((nth: number) => void | Promise<void>) | undefined): void;
  /** The letters to this address, once there are so many. */
  letters(address: string, least?: number): Promise<readonly ParsedMail[]>;
};

export type SinkOptions = Pick<SMTPServerOptions, "secure" | "key" | "cert" | "disabledCommands"> & {
  readonly user?: string;
  readonly password?: string;
  readonly port?: number;
};

function refusal(words: string): Error {
  const [code, ...rest] = words.split(" ");
  return Object.assign(new Error(rest.join(" ")), { responseCode: Number(code) });
}

export async function smtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  const taken: Taken[] = [];
  const refused = new Map<string, string>();
  const { user, password, port: asked = 0, ...given } = options;
  let connections = 0;
  let work: ((nth: number) => void | Promise<void>) | undefined;
  let nth = 0;
  const server = new SMTPServer({
    authOptional: user === undefined,
    allowInsecureAuth: true,
    disableReverseLookup: true,
    ...given,
    onConnect: (_, done) => {
      connections += 1;
      done();
    },
    onAuth: (auth, _, done) =>
      auth.username === user && auth.password === password
        ? done(null, { user })
        : done(new Error(`wrong password ${String(auth.password)} of ${String(auth.username)}`)),
    onRcptTo: ({ address }, _, done) => {
      const words = refused.get(address);
      done(words === undefined ? null : refusal(words));
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.on("end", () => {
        const to = session.envelope.rcptTo.map(({ address }) => address);
        taken.push({ to, raw: Buffer.concat(chunks) });
        nth += 1;
        void Promise.resolve(work?.(nth)).then(() => done());
      });
    },
  });
  server.on("error", () => {});
  await new Promise<void>((resolve) => server.listen(asked, "127.0.0.1", resolve));
  const address = server.server.address();
  const port = typeof address === "object" ? (address?.port ?? 0) : 0;
  return {
    port,
    url: `smtp://127.0.0.1:${port}`,
    taken,
    connections: () => connections,
    refuse: (to, words) => void (words === undefined ? refused.delete(to) : refused.set(to, words)),
    meanwhile: (next) => (work = next),
    async letters(to, least = 1) {
      const limit = performance.now() + 20_000;
      for (;;) {
        const theirs = taken.filter((letter) => letter.to.includes(to));
        if (theirs.length >= least) return Promise.all(theirs.map(({ raw }) => simpleParser(raw)));
        if (performance.now() > limit) throw new Error(`no ${least} letters to ${to}, but ${theirs.length}`);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    [Symbol.asyncDispose]: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
