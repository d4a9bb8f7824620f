// Under TOCSIN_TEST a test holds this process's clock over a socket: `advance 60000` moves it, `ok` says its work ran.
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { heldClock } from "../lib/held-clock.ts";
import { wallClock, type Clock } from "../lib/clock.ts";

/** The wall clock, unless a test asked for one that it holds: TOCSIN_TEST=1 and TOCSIN_CLOCK=SOCKET@START. */
export async function clockFromEnvironment(env: NodeJS.ProcessEnv): Promise<Clock> {
  const asked = env["TOCSIN_TEST"] === "1" ? env["TOCSIN_CLOCK"] : undefined;
  const [path, start] = asked?.split("@") ?? [];
  if (path === undefined || start === undefined) return wallClock;
  const clock = heldClock(Number(start));
  const server = createServer((socket) => {
    socket.unref();
    socket.on("error", () => {});
    createInterface({ input: socket }).on("line", (line) => {
      const ms = /^advance (\d+)$/.exec(line)?.[1];
      if (ms === undefined) return void socket.write("what?\n");
      void clock.advance(Number(ms)).then(() => socket.write(`ok ${clock.now()}\n`));
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  server.unref();
  return clock;
}
