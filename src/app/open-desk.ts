// A desk without a server: the CLI's commands on the database itself, while nobody else owns it.
import type { Config } from "../config/load.ts";
import { lockOwner } from "../db/owner-lock.ts";
import { makeMetrics } from "../http/metrics.ts";
import { makeSocketServer } from "../http/server.ts";
import { wallClock } from "../lib/clock.ts";
import { silentLog } from "../lib/log.ts";
import { socketDoor } from "./actor-from.ts";
import { databaseUrl, makeDesk, openGround } from "./make-desk.ts";
import { prepare } from "./serve.ts";

export type OpenDesk = AsyncDisposable & {
  ask(
    method: string,
    url: string,
    actor: string,
    body: unknown,
  ): Promise<{ readonly status: number; readonly body: string }>;
};

/** What is queued here goes out when the server runs again. Throws DatabaseOwned when one runs already. */
export async function openDesk(config: Config, dataDir: string): Promise<OpenDesk> {
  const lock = lockOwner(databaseUrl(config, dataDir));
  // Its lists of channels and targets matter, their connections do not.
  const ground = openGround(config, {
    clock: wallClock,
    log: silentLog,
    dataDir,
    demo: false,
    meter: makeMetrics().meter,
    idle: true,
  });
  const { connection } = ground;
  const desk = makeDesk(config, ground);
  const close = async (): Promise<void> => {
    await connection.close();
    lock[Symbol.dispose]();
  };
  try {
    await prepare(desk, connection);
  } catch (thrown) {
    await close();
    throw thrown;
  }
  const app = makeSocketServer(desk, socketDoor(desk.people), () => {});
  return {
    async ask(method, url, actor, body) {
      const asked = {
        method: method === "GET" ? ("GET" as const) : ("POST" as const),
        url,
        headers: { "x-tocsin-actor": actor },
      };
      const sends = typeof body === "object" && body !== null;
      const answer = await app.inject(sends ? { ...asked, payload: body } : asked);
      return { status: answer.statusCode, body: answer.body };
    },
    [Symbol.asyncDispose]: async () => {
      await app.close();
      await close();
    },
  };
}
