// A dead man's switch elsewhere hears from us as long as every loop runs and the record can be read; else it calls somebody.
import { readRecord } from "../db/record-store.ts";
import { second } from "../lib/clock.ts";
import { httpClient } from "../lib/http-client.ts";
import type { Desk } from "./desk.ts";
import { hungLoops, type Beats, type Turn } from "./turns.ts";

export const signOfLife = "sign of life";

const timeout = 10 * second;

export function makeSignOfLife(
  desk: Pick<Desk, "db" | "log">,
  { url, everyMs }: NonNullable<Desk["deadMansSwitch"]>,
  beats: Beats,
): Turn {
  const { host } = new URL(url);
  let silent = "";

  /** Said once for each change. */
  const because = (reason: string): void => {
    if (reason !== silent && reason !== "") desk.log.warn({ host, reason }, "no sign of life was given");
    silent = reason;
  };

  return async (signal) => {
    const troubled = [...hungLoops(beats), ...beats.troubles.keys()].filter((name) => name !== signOfLife);
    if (troubled.length > 0) {
      because(`not well: ${troubled.join(", ")}`);
      return everyMs;
    }
    // Throws when the database is gone: then none is given.
    await readRecord(desk.db);
    const client = httpClient(url);
    const asked = await client.ask({ method: "GET", headers: {}, timeoutMs: timeout }, signal);
    client.close();
    const well = asked.kind === "answer" && asked.status >= 200 && asked.status < 300;
    because(well ? "" : asked.kind === "answer" ? `it answers ${asked.status}` : asked.because);
    return everyMs;
  };
}
