// The pages of this instance, told apart by the host that is asked for.
import type { IncomingMessage } from "node:http";
import type { Desk } from "../engine/desk.ts";
import type { PublicPage } from "../status/public-page.ts";
import { makePageCache, type PageCache } from "./page-cache.ts";

export type ServedPage = { readonly page: PublicPage; readonly cache: PageCache };

export type Pages = {
  /** The page of this host; of a host that none has, the main one. */
  of(request: Pick<IncomingMessage, "headers">): ServedPage;
  readonly all: readonly ServedPage[];
};

export function makePages(desk: Desk): Pages {
  const [first, ...others] = desk.pages;
  const serve = (page: PublicPage): ServedPage => ({ page, cache: makePageCache(desk, page) });
  const main = serve(first);
  const more = new Map(others.map((page) => [new URL(page.site.url).host, serve(page)]));
  return {
    of: ({ headers }) => (more.size === 0 ? main : (more.get(headers.host?.toLowerCase() ?? "") ?? main)),
    all: [main, ...more.values()],
  };
}
