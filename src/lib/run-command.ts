// Runs a program of the system to its end, and keeps the beginning of what it says.
import { spawn } from "node:child_process";

export type Ran = {
  /** `null`: it was ended, by us or by others. */
  readonly code: number | null;
  readonly said: string;
  /** Why it could not be started at all. */
  readonly notStarted?: string;
};

const longestWords = 4_000;
/** No secret of our own environment is its business. */
const handedOn = ["PATH", "HOME", "LANG", "TZ"];

/** Ends it when `signal` aborts. Never rejects. */
export function runCommand(program: string, args: readonly string[], signal: AbortSignal): Promise<Ran> {
  return new Promise((done) => {
    const env = Object.fromEntries(handedOn.map((name) => [name, process.env[name]]));
    const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], env: { ...env, LC_ALL: "C" } });
    let said = "";
    const hear = (text: string): void => void (said = (said + text).slice(0, longestWords));
    child.stdout.setEncoding("utf8").on("data", hear);
    child.stderr.setEncoding("utf8").on("data", hear);
    const finish = (ran: Ran): void => {
      signal.removeEventListener("abort", stop);
      done(ran);
    };
    // What it has started may hold its pipes open: its own end is enough.
    const stop = (): void => {
      child.kill("SIGKILL");
      finish({ code: null, said });
    };
    signal.addEventListener("abort", stop, { once: true });
    child.once("error", (error) => finish({ code: null, said, notStarted: error.message }));
    child.once("close", (code) => finish({ code, said }));
    if (signal.aborted) stop();
  });
}
