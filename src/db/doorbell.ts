// LISTEN and NOTIFY: replicas wake one another. A connection of its own, which comes back; who polls meanwhile loses nothing.
import type { Client } from "pg";
import { second, wallClock } from "../lib/clock.ts";
import { within } from "../lib/deadline.ts";
import { reasonOf } from "../lib/result.ts";
import { impatientSocket } from "./connect.ts";

export type Doorbell = {
  /** Tells the others that there is something in the inbox. Many calls at once are few notices. */
  call(): void;
  /** Whether the others can be heard now. */
  readonly listening: () => boolean;
  close(): Promise<void>;
};

type Options = {
  /** The table that somebody wrote into; undefined when notices may have been missed. */
  readonly heard: (table: string | undefined) => void;
  readonly onTrouble: (reason: string) => void;
};

const aliveEvery = 10 * second;
const answerWithin = 5 * second;
const longestPause = 10 * second;
/** More often would only make the database write more. */
const callEvery = 5;

/** Starts to connect, and stays until it is closed. */
export function openDoorbell(url: string, { heard, onTrouble }: Options): Doorbell {
  const closing = new AbortController();
  let client: Client | undefined;
  let calling = false;
  let again = false;

  async function listen(): Promise<void> {
    // Loaded only here, as in connect.ts.
    const { Client: PgClient } = await import("pg");
    const mine = new PgClient({
      connectionString: url,
      application_name: "tocsin doorbell",
      connectionTimeoutMillis: answerWithin,
      keepAlive: true,
      stream: () => impatientSocket(aliveEvery + answerWithin),
    });
    const broken = new AbortController();
    mine.on("error", () => broken.abort());
    mine.on("end", () => broken.abort());
    mine.on("notification", ({ payload }) => heard(payload));
    const over = AbortSignal.any([broken.signal, closing.signal]);
    try {
      await within(answerWithin, mine.connect(), "it does not answer");
      await within(answerWithin, mine.query("listen tocsin"), "it does not answer");
      client = mine;
      heard(undefined);
      // A connection through a dead network looks quite alive until one asks.
      while (!over.aborted) {
        await wallClock.wait(aliveEvery, over);
        if (!over.aborted) await within(answerWithin, mine.query("select 1"), "it does not answer");
      }
    } finally {
      client = undefined;
      // Nobody waits for a goodbye that may never be answered.
      void mine.end().catch(() => {});
    }
    if (!closing.signal.aborted) throw new Error("the connection was lost");
  }

  async function stay(): Promise<void> {
    for (let failures = 0; !closing.signal.aborted; failures++) {
      const began = performance.now();
      await listen().catch((thrown: unknown) => {
        if (!closing.signal.aborted && failures === 0) onTrouble(reasonOf(thrown));
      });
      if (performance.now() - began > aliveEvery) failures = 0;
      await wallClock.wait(Math.min(longestPause, 500 * 2 ** Math.min(failures, 6)), closing.signal);
    }
  }
  const staying = stay();

  async function tell(): Promise<void> {
    calling = true;
    while (again) {
      again = false;
      await client?.query("select pg_notify('tocsin', 'inbox')").catch(() => {});
      await wallClock.wait(callEvery);
    }
    calling = false;
  }

  return {
    call() {
      if (client === undefined) return;
      again = true;
      if (!calling) void tell();
    },
    listening: () => client !== undefined,
    async close() {
      closing.abort();
      await staying;
    },
  };
}
