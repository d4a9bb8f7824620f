// The search of the history: the one public page that is made for each request, so it waits its turn.
import { inTongueOf } from "../status/tongue.ts";
import type { FastifyInstance, FastifyReply } from "fastify";
import type { Desk } from "../engine/desk.ts";
import { oneLine } from "../lib/text.ts";
import { renderBusy, renderFound } from "../status/page/history.ts";
import { searchPast } from "../status/read-search.ts";
import type { Pages, ServedPage } from "./pages.ts";
import { secureHeadersOf } from "./public.ts";

/** One reads the whole past; so one at a time, and a queue that a crawler cannot make long. */
const mostWaiting = 10;
const longestQuestion = 100;
const lastPage = 50;

const headers = { "Cache-Control": "no-store", "X-Robots-Tag": "noindex" };

type Asked = { readonly q?: unknown; readonly page?: unknown };

const textIn = (value: unknown): string => (typeof value === "string" ? value : "");

export function historyRoutes(app: FastifyInstance, desk: Desk, pages: Pages): void {
  let turn = Promise.resolve();
  let waiting = 0;

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    const before = turn;
    const { promise, resolve } = Promise.withResolvers<void>();
    turn = promise;
    waiting += 1;
    try {
      await before;
      return await work();
    } finally {
      waiting -= 1;
      resolve();
    }
  };

  const search = async (
    { page: { shown, site }, cache }: ServedPage,
    words: string,
    asked: Asked,
    reply: FastifyReply,
  ): Promise<string> => {
    const { snapshot } = await cache.site();
    reply.headers({ ...secureHeadersOf(site), ...headers }).type("text/html; charset=utf-8");
    if (waiting >= mostWaiting) {
      reply.code(503).header("Retry-After", "5");
      return inTongueOf(snapshot.site, () => renderBusy(snapshot));
    }
    const page = /^[1-9]\d?$/.test(textIn(asked.page)) ? Math.min(lastPage, Number(asked.page)) : 1;
    const { incidents, more } = await inTurn(() => searchPast(desk.db, shown, words, snapshot.components, page));
    const found = { words, incidents, page, more: more && page < lastPage };
    return inTongueOf(snapshot.site, () => renderFound(found, snapshot));
  };

  for (const path of ["/history", "/history.html"]) {
    app.get<{ Querystring: Asked }>(path, async (request, reply) => {
      const words = oneLine(textIn(request.query.q), longestQuestion);
      // An empty box is a wish to see everything.
      return words === ""
        ? reply.redirect("history.html", 303)
        : search(pages.of(request.raw), words, request.query, reply);
    });
  }
}
