// `/events`: says to open pages that the record changed, and no more. A stream for each reader, and a bound on them.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Desk } from "../engine/desk.ts";
import { second } from "../lib/clock.ts";
import type { Pages } from "./pages.ts";
import { secureHeaders } from "./public.ts";

/** So many read along; whoever comes after reads the page as it is, and asks again by hand. */
const mostReaders = 1_000;
/** A proxy takes a silent stream for a dead one. */
const sayEvery = 25 * second;
/** How often the record is looked at when no bell rang: another replica may have written. */
const lookEvery = 2 * second;

/** Streams that are open: they end when their server leaves, and nobody waits for them. */
export const streams = new WeakSet<ServerResponse>();

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export type LiveReaders = { readonly surface: (next: Handler) => Handler; close(): void };

/** `GET /events`, before the router; everything else is left to `next`. */
export function liveReaders(desk: Desk, pages: Pages): LiveReaders {
  // The sequence is that of the record, whichever page is read.
  const main = pages.of({ headers: {} });
  const readers = new Set<ServerResponse>();
  const stop = new AbortController();
  let telling = false;

  const say = (text: string): void => {
    // Who does not read what was said is gone, or asleep: their browser comes again.
    for (const reader of readers) if (reader.writableNeedDrain) reader.destroy();
    for (const reader of readers) reader.write(text);
  };

  const sequence = async (): Promise<string> => {
    const { epoch, seq } = (await main.cache.site()).snapshot.sequence;
    return `${epoch}.${seq}`;
  };

  /** Runs while somebody reads. */
  const tell = async (): Promise<void> => {
    if (telling) return;
    telling = true;
    let last = await sequence().catch(() => "");
    let saidAt = desk.clock.now();
    while (readers.size > 0 && !stop.signal.aborted) {
      const rings = desk.bell.rings();
      const now = desk.clock.now();
      // Without its database the page says what it knew; so does the stream.
      const seen = await sequence().catch(() => last);
      if (seen !== last || now - saidAt >= sayEvery) {
        say(seen === last ? ":\n\n" : `data: ${seen}\n\n`);
        saidAt = now;
      }
      last = seen;
      await desk.bell.wait(rings, desk.clock, lookEvery, stop.signal).catch(() => undefined);
    }
    telling = false;
    if (readers.size > 0 && !stop.signal.aborted) void tell();
  };

  const open = async (response: ServerResponse): Promise<void> => {
    readers.add(response);
    response.once("close", () => readers.delete(response));
    response.write(`retry: 5000\ndata: ${await sequence()}\n\n`);
    void tell();
  };

  const answer: Handler = (request, response) => {
    if (readers.size >= mostReaders || stop.signal.aborted) {
      // An EventSource asks no more after this.
      response.writeHead(204, secureHeaders).end();
      return;
    }
    streams.add(response);
    response.writeHead(200, {
      ...secureHeaders,
      "Content-Type": "text/event-stream",
      "Cache-Control": "no-store",
      "X-Accel-Buffering": "no",
    });
    if (request.method === "HEAD") return void response.end();
    response.flushHeaders();
    void open(response).catch(() => response.destroy());
  };

  return {
    surface: (next) => (request, response) =>
      request.url === "/events" && (request.method === "GET" || request.method === "HEAD")
        ? answer(request, response)
        : next(request, response),
    close() {
      stop.abort();
      for (const reader of readers) reader.end();
    },
  };
}
