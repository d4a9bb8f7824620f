// Runs a program of the system to its end, and keeps the beginning of what it says.
import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";

export type Ran = {
  /** `null`: it was ended, by us or by others. */
  readonly code: number | null;
  /** Both of its voices, as they came. */
  readonly said: string;
  /** Its output alone. */
  readonly out: string;
  /** Why it could not be started at all. */
  readonly notStarted?: string;
};

export type Run = {
  readonly env?: Readonly<Record<string, string>>;
  /** What it reads. When this throws, the program is ended, and the run rejects with it. */
  readonly input?: AsyncIterable<string>;
  /** So many characters of its output are kept. */
  readonly longestOut?: number;
};

const longestWords = 4_000;
/** No secret of our own environment is its business. */
const handedOn = ["PATH", "HOME", "LANG", "TZ"];

/** Ends it when `signal` aborts. Rejects only when its input does. */
export async function runCommand(
  program: string,
  args: readonly string[],
  signal: AbortSignal,
  run: Run = {},
): Promise<Ran> {
  const { env = {}, input, longestOut = longestWords } = run;
  const own = Object.fromEntries(handedOn.map((name) => [name, process.env[name]]));
  const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env: { ...own, LC_ALL: "C", ...env } });
  let said = "";
  let out = "";
  const hear = (text: string): void => void (said = (said + text).slice(0, longestWords));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    hear(text);
    if (out.length < longestOut) out += text;
  });
  child.stderr.setEncoding("utf8").on("data", hear);
  const ended = new Promise<Ran>((done) => {
    const finish = (ran: Ran): void => {
      signal.removeEventListener("abort", stop);
      done(ran);
    };
    // What it has started may hold its pipes open: its own end is enough.
    const stop = (): void => {
      child.kill("SIGKILL");
      finish({ code: null, said, out });
    };
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", (error) => finish({ code: null, said, out, notStarted: error.message }));
    child.once("close", (code) => finish({ code, said, out }));
    if (signal.aborted) stop();
  });
  await Promise.race([ended, feed(child.stdin, input)]).catch((thrown: unknown) => {
    child.kill("SIGKILL");
    throw thrown;
  });
  return ended;
}

/** As fast as it reads. A program that no longer reads says itself why. */
async function feed(into: Writable, input: AsyncIterable<string> = nothing()): Promise<void> {
  let broken = false;
  into.on("error", () => (broken = true));
  for await (const text of input) {
    if (broken) return;
    if (!into.write(text)) await Promise.race([once(into, "drain"), once(into, "close")]).catch(() => undefined);
  }
  into.end();
}

async function* nothing(): AsyncIterable<string> {}
