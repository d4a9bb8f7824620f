// The public surface, answered before the router: pages, feeds and JSON are bytes that lie ready.
import type { IncomingMessage, ServerResponse } from "node:http";
import { pagePolicy } from "../status/page/style.ts";
import type { Page, PageCache } from "./page-cache.ts";

/** On every page: nothing is loaded from anywhere, and nobody may frame it. */
export const secureHeaders = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": pagePolicy,
};

/** `/` is index.html; `/incidents/12` is the permanent form of `/incidents/12.html`. */
function fileOf(path: string): string | undefined {
  if (path === "/") return "index.html";
  if (/^\/incidents\/[1-9]\d{0,8}$/.test(path)) return `${path.slice(1)}.html`;
  return /^\/(index\.html|incidents\/[1-9]\d{0,8}\.html|status\.txt|state\.json|api\/v2\/(summary|status)\.json)$/.test(
    path,
  )
    ? path.slice(1)
    : undefined;
}

const files = new Map<string, string | undefined>();

function fileFor(url: string): string | undefined {
  const known = files.get(url);
  if (known !== undefined) return known;
  const query = url.indexOf("?");
  const file = fileOf(query === -1 ? url : url.slice(0, query));
  if (file !== undefined && url.length < 40 && files.size < 1_000) files.set(url, file);
  return file;
}

/** Which of the three forms of a page a browser asks for. https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding */
function encodingOf(accepted: string | undefined): "br" | "gzip" | undefined {
  if (accepted === undefined) return undefined;
  if (/\bbr\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accepted)) return "br";
  return /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(accepted) ? "gzip" : undefined;
}

const bodies = { br: "brotli", gzip: "gzip" } as const;

function answer(request: IncomingMessage, response: ServerResponse, page: Page): void {
  const open = page.contentType.startsWith("application/json") ? { "Access-Control-Allow-Origin": "*" } : {};
  if (request.headers["if-none-match"]?.includes(page.etag) === true) {
    response.writeHead(304, {
      ETag: page.etag,
      "Cache-Control": "public, max-age=10",
      Vary: "Accept-Encoding",
      ...open,
    });
    response.end();
    return;
  }
  const encoding = encodingOf(request.headers["accept-encoding"]);
  const body = encoding === undefined ? page.raw : page[bodies[encoding]];
  response.writeHead(200, {
    "Content-Type": page.contentType,
    "Content-Length": body.length,
    ETag: page.etag,
    "Cache-Control": "public, max-age=10",
    Vary: "Accept-Encoding",
    ...(encoding === undefined ? {} : { "Content-Encoding": encoding }),
    ...secureHeaders,
    ...open,
  });
  if (request.method === "HEAD") response.end();
  else response.end(body);
}

/** Answers when the request is for the public surface, else leaves it to `next`. Never throws. */
export function publicSurface(
  cache: PageCache,
  next: (request: IncomingMessage, response: ServerResponse) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    if (request.method !== "GET" && request.method !== "HEAD") return next(request, response);
    const file = fileFor(request.url ?? "/");
    if (file === undefined) return next(request, response);
    const ready = cache.peek(file);
    if (ready !== undefined) return answer(request, response, ready);
    cache.page(file).then(
      (page) => (page === undefined ? next(request, response) : answer(request, response, page)),
      // The router's error page says that the store cannot be reached.
      () => next(request, response),
    );
  };
}
