// The public surface, answered before the router: pages, feeds and JSON are bytes that lie ready.
import type { IncomingMessage, ServerResponse } from "node:http";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { pagePolicy, policyOf } from "../status/page/style.ts";
import { contentTypeOf } from "../status/site.ts";
import { pathOf, wantedAt } from "../status/site-paths.ts";
import type { PublicPage } from "../status/public-page.ts";
import type { PublicSite } from "../status/snapshot.ts";
import type { Page } from "./page-cache.ts";
import type { Pages } from "./pages.ts";

/** On every page: nothing is loaded from anywhere, and nobody may frame it. */
export const secureHeaders = {
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Content-Security-Policy": pagePolicy,
};

/** The same for the pages of a site, which may have a style of its own. */
export function secureHeadersOf(site: PublicSite): typeof secureHeaders {
  return { ...secureHeaders, "Content-Security-Policy": policyOf(site) };
}

/** The one path of what is asked for: `/` is index.html, `/incidents/12` is `incidents/12.html`. A search is the router's. */
function fileOf(path: string, query: string): string | undefined {
  const wanted = wantedAt(path);
  if (wanted === undefined || (wanted.kind === "history" && /(^|&)q=/.test(query))) return undefined;
  return pathOf(wanted);
}

const files = new Map<string, string | undefined>();

function fileFor(url: string): string | undefined {
  const known = files.get(url);
  if (known !== undefined) return known;
  const query = url.indexOf("?");
  const file = query === -1 ? fileOf(url, "") : fileOf(url.slice(0, query), url.slice(query + 1));
  if (file !== undefined && url.length < 40 && files.size < 1_000) files.set(url, file);
  return file;
}

type Encoding = "br" | "gzip" | "identity";

/** Which of the three forms of a page a browser asks for. https://www.rfc-editor.org/rfc/rfc9110#field.accept-encoding */
function encodingOf(accepted: string): Encoding {
  if (/(^|[\s,])br\s*(;(?!\s*q=0(\.0*)?\s*(,|$))|,|$)/i.test(accepted)) return "br";
  return /(^|[\s,])gzip\s*(;(?!\s*q=0(\.0*)?\s*(,|$))|,|$)/i.test(accepted) ? "gzip" : "identity";
}

// Browsers send one of a few dozen such headers, tens of thousands of times a second.
const encodings = new Map<string, Encoding>();

function encodingFor(accepted: string | undefined): Encoding {
  if (accepted === undefined) return "identity";
  const known = encodings.get(accepted);
  if (known !== undefined) return known;
  const encoding = encodingOf(accepted);
  if (accepted.length < 100 && encodings.size < 200) encodings.set(accepted, encoding);
  return encoding;
}

type Ready = { readonly headers: string[]; readonly body: Buffer };

/** All that an answer needs, made once for each page and form: a list of headers costs Node a third of what an object does. */
type Answers = { readonly forms: Map<Encoding, Ready>; readonly notModified: string[] };

const compress: Readonly<Record<Encoding, (body: Buffer) => Buffer>> = {
  identity: (body) => body,
  gzip: (body) => gzipSync(body, { level: 9 }),
  // A window of 256 KB spans any page; the usual one of 4 MB would only cost memory.
  br: (body) =>
    brotliCompressSync(body, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 7,
        [constants.BROTLI_PARAM_LGWIN]: 18,
        [constants.BROTLI_PARAM_SIZE_HINT]: body.length,
      },
    }),
};

function flat(headers: Readonly<Record<string, string>>): string[] {
  return Object.entries(headers).flat();
}

/** What is made for programs may be read by a script of any page; it holds nothing that is not public. */
const forPrograms = (contentType: string): boolean => !contentType.startsWith("text/html");

const anyOrigin = { "Access-Control-Allow-Origin": "*", "Access-Control-Expose-Headers": "ETag" };

/** What a browser asks before a script of another page may ask with headers of its own. */
const preflight = {
  ...anyOrigin,
  "Access-Control-Allow-Methods": "GET, HEAD",
  "Access-Control-Allow-Headers": "*",
  "Access-Control-Max-Age": "86400",
};

function sharedBy(page: Page): Readonly<Record<string, string>> {
  if (page.closed === true)
    return {
      ETag: page.etag,
      "Cache-Control": "private, no-cache",
      "X-Robots-Tag": "noindex",
      Vary: "Accept-Encoding",
    };
  const open = forPrograms(page.contentType) ? anyOrigin : {};
  const changed = page.changedAt === undefined ? {} : { "Last-Modified": new Date(page.changedAt).toUTCString() };
  return { ETag: page.etag, ...changed, "Cache-Control": "public, max-age=10", Vary: "Accept-Encoding", ...open };
}

function ready(page: Page, encoding: Encoding): Ready {
  const body = compress[encoding](page.body);
  const encoded: Readonly<Record<string, string>> = encoding === "identity" ? {} : { "Content-Encoding": encoding };
  const own = { "Content-Type": page.contentType, "Content-Length": String(body.length), ...encoded };
  return { body, headers: flat({ ...own, ...sharedBy(page), ...secureHeadersOf(page.site) }) };
}

function answersFor(page: Page): Answers {
  const known = made.get(page);
  if (known !== undefined) return known;
  const answers: Answers = { forms: new Map(), notModified: flat(sharedBy(page)) };
  made.set(page, answers);
  return answers;
}

const made = new WeakMap<Page, Answers>();

/** https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2: an ETag is asked first, a date only without one. */
function hasIt({ headers }: IncomingMessage, { etag, changedAt }: Page): boolean {
  const seen = headers["if-none-match"];
  if (seen !== undefined) return seen === "*" || seen.includes(etag);
  const since = headers["if-modified-since"];
  return since !== undefined && changedAt !== undefined && Math.floor(changedAt / 1_000) * 1_000 <= Date.parse(since);
}

function answer(request: IncomingMessage, response: ServerResponse, page: Page): void {
  const answers = answersFor(page);
  if (hasIt(request, page)) {
    response.writeHead(304, answers.notModified);
    response.end();
    return;
  }
  const encoding = encodingFor(request.headers["accept-encoding"]);
  let form = answers.forms.get(encoding);
  if (form === undefined) answers.forms.set(encoding, (form = ready(page, encoding)));
  const { headers, body } = form;
  response.writeHead(200, headers);
  if (request.method === "HEAD") response.end();
  else response.end(body);
}

/** Answers when the request is for the public surface, else leaves it to `next`. Never throws. */
export function publicSurface(
  pages: Pages,
  door: (request: IncomingMessage, response: ServerResponse, page: PublicPage) => boolean,
  next: (request: IncomingMessage, response: ServerResponse) => void,
): (request: IncomingMessage, response: ServerResponse) => void {
  return (request, response) => {
    const { page: asked, cache } = pages.of(request);
    if (asked.token !== undefined && door(request, response, asked)) return;
    const { method } = request;
    if (method !== "GET" && method !== "HEAD" && method !== "OPTIONS") return next(request, response);
    const file = fileFor(request.url ?? "/");
    if (file === undefined) return next(request, response);
    if (method === "OPTIONS") {
      if (!forPrograms(contentTypeOf(file))) return next(request, response);
      response.writeHead(204, preflight).end();
      return;
    }
    const known = cache.peek(file);
    if (known !== undefined) return answer(request, response, known);
    cache.page(file).then(
      (page) => (page === undefined ? next(request, response) : answer(request, response, page)),
      () => unavailable(response),
    );
  };
}

/** The store cannot be reached, and this page was never read from it: that is no 404. */
function unavailable(response: ServerResponse): void {
  const body = "The status page cannot be read just now. Please try again in a few seconds.\n";
  const about = { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", "Retry-After": "5" };
  response.writeHead(503, { ...about, ...secureHeaders }).end(body);
}
