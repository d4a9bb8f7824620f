// Under TOCSIN_TEST a test holds this process's clock over a socket: `advance 60000` moves it, `ok` says its work ran.
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { leaseTimes, type LeaseTimes } from "../db/lease.ts";
import { heldClock } from "../lib/held-clock.ts";
import { wallClock, type Clock } from "../lib/clock.ts";

type Answer = (line: string) => string | Promise<string>;

/**
 * The wall clock, unless a test asked for another with TOCSIN_TEST=1 and TOCSIN_CLOCK: `SOCKET@START` is one that it
 * holds, `SOCKET@+MS` one that goes wrong by so much, until `off MS` says how wrong it is from then on.
 */
export async function clockFromEnvironment(env: NodeJS.ProcessEnv): Promise<Clock> {
  const asked = env["TOCSIN_TEST"] === "1" ? env["TOCSIN_CLOCK"] : undefined;
  const [path, start] = asked?.split("@") ?? [];
  if (path === undefined || start === undefined) return wallClock;
  const { clock, answer } = /^[+-]/.test(start) ? wrongClock(Number(start)) : clockHeldFrom(Number(start));
  const server = createServer((socket) => {
    socket.unref();
    socket.on("error", () => {});
    createInterface({ input: socket }).on("line", (line) => {
      void Promise.resolve(answer(line)).then((said) => socket.write(`${said}\n`));
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  server.unref();
  return clock;
}

function clockHeldFrom(start: number): { readonly clock: Clock; readonly answer: Answer } {
  const clock = heldClock(start);
  return {
    clock,
    async answer(line) {
      const ms = /^advance (\d+)$/.exec(line)?.[1];
      if (ms === undefined) return "what?";
      await clock.advance(Number(ms));
      return `ok ${clock.now()}`;
    },
  };
}

function wrongClock(start: number): { readonly clock: Clock; readonly answer: Answer } {
  let off = start;
  return {
    clock: { now: () => wallClock.now() + off, wait: (ms, signal) => wallClock.wait(ms, signal) },
    answer(line) {
      const ms = /^off (-?\d+)$/.exec(line)?.[1];
      if (ms === undefined) return "what?";
      off = Number(ms);
      return `ok ${off}`;
    },
  };
}

/** A lease of TOCSIN_LEASE_MS, so that a test sees many take-overs; else the usual one. */
export function leaseFromEnvironment(env: NodeJS.ProcessEnv): LeaseTimes | undefined {
  const asked = env["TOCSIN_TEST"] === "1" ? Number(env["TOCSIN_LEASE_MS"]) : Number.NaN;
  return asked > 0 ? leaseTimes(asked) : undefined;
}
