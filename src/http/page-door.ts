// The door of a page that not everybody may read: its token opens it, once for a browser, each time for a program.
import { inTongueOf } from "../status/tongue.ts";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../lib/clock.ts";
import { day, second } from "../lib/clock.ts";
import { linkKey, sameSecret } from "../lib/signature.ts";
import type { PublicPage } from "../status/public-page.ts";
import { renderDoor } from "../status/page/door.ts";
import { secureHeaders } from "./public.ts";
import { makeTryLimit } from "./try-limit.ts";

/** Where the box for the token is sent to. */
const enterPath = "/enter";
/** Asked by machines, and guarded by themselves or open on every page. */
const besides = /^\/(?:healthz|readyz|metrics|hooks\/|ping\/|alertmanager\/|team\/|api\/(?:v1|docs|openapi))/u;
const remembered = 30 * day;
const largestForm = 1_000;

type Answer = (request: IncomingMessage, response: ServerResponse, page: PublicPage) => boolean;

/** Whose cookie it is, nobody but we can make: it is not the token itself. */
const cookieOf = (page: PublicPage, token: string): { readonly name: string; readonly value: string } => ({
  name: `tocsin_${page.id ?? "page"}`,
  value: linkKey(token, `page ${page.id ?? ""}`),
});

function cookieIn({ headers }: IncomingMessage, name: string): string | undefined {
  const all = (headers.cookie ?? "").split(";").map((each) => each.trim());
  return all.find((each) => each.startsWith(`${name}=`))?.slice(name.length + 1);
}

const bearerIn = ({ headers }: IncomingMessage): string | undefined =>
  /^Bearer +(\S+)$/iu.exec(headers.authorization ?? "")?.[1];

/** The address without `token`, and the token. */
function tokenIn(url: string): { readonly token?: string; readonly path: string; readonly rest: string } {
  const [path = "/", query = ""] = url.split(/\?(.*)/su);
  const asked = new URLSearchParams(query);
  const token = asked.get("token") ?? undefined;
  asked.delete("token");
  const rest = asked.size === 0 ? path : `${path}?${asked.toString()}`;
  return token === undefined ? { path, rest } : { token, path, rest };
}

/** A browser goes on with a cookie; a feed reader keeps none, and brings the token each time. */
const isHtml = (path: string): boolean => !/\.(?:json|atom|rss|ics|txt|svg)$/u.test(path);

/** True when it has answered itself: the reader may not read this page, or has just been let in. */
export function pageDoor(clock: Clock): Answer {
  const limit = makeTryLimit();

  return (request, response, page) => {
    const wanted = page.token;
    const { token, path, rest } = tokenIn(request.url ?? "/");
    if (wanted === undefined || besides.test(path)) return false;
    const address = String(request.headers["x-forwarded-for"] ?? request.socket.remoteAddress ?? "");
    const cookie = cookieOf(page, wanted);
    if (sameSecret(cookieIn(request, cookie.name) ?? "", cookie.value)) return false;
    const letIn = (to: string): true => {
      const secure = page.site.url.startsWith("https:") ? "; Secure" : "";
      const set = `${cookie.name}=${cookie.value}; Path=/; Max-Age=${remembered / second}; HttpOnly; SameSite=Lax${secure}`;
      response.writeHead(303, { Location: to, "Set-Cookie": set, "Cache-Control": "no-store", ...secureHeaders }).end();
      return true;
    };
    const wait = limit.wait(address, clock.now());
    const judge = (given: string): boolean => {
      if (wait !== undefined) return false;
      const right = sameSecret(given, wanted);
      if (!right) limit.failed(address, clock.now());
      return right;
    };
    if (path === enterPath && request.method === "POST") {
      void formOf(request).then((form) => {
        if (judge(form?.get("token") ?? "")) letIn("./");
        else refuse(response, page, { html: true, wrong: true, wait });
      });
      return true;
    }
    const given = token ?? bearerIn(request);
    if (given !== undefined && judge(given)) {
      // Out of the address, before it is bookmarked, copied or sent on.
      return token !== undefined && isHtml(path) ? letIn(relative(rest)) : false;
    }
    refuse(response, page, { html: isHtml(path), wrong: given !== undefined, wait });
    return true;
  };
}

/** From the page itself, so that it is right under any base path. */
function relative(rest: string): string {
  const last = rest.slice(rest.split("?")[0]?.lastIndexOf("/") ?? 0).replace(/^\//u, "");
  return last === "" || last.startsWith("?") ? `./${last}` : last;
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  let text = "";
  try {
    for await (const chunk of request) {
      text += String(chunk);
      if (text.length > largestForm) return undefined;
    }
  } catch {
    return undefined;
  }
  return new URLSearchParams(text);
}

function refuse(
  response: ServerResponse,
  page: PublicPage,
  about: { readonly html: boolean; readonly wrong: boolean; readonly wait: number | undefined },
): void {
  const slow = about.wait !== undefined;
  const words = slow
    ? "too many wrong tokens came from this address; try again in a minute"
    : "this page asks for a token";
  const body = about.html
    ? inTongueOf(page.site, () => renderDoor(page.site, { wrong: about.wrong, slow }))
    : `${words}\n`;
  response
    .writeHead(slow ? 429 : 401, {
      ...secureHeaders,
      "Content-Type": `text/${about.html ? "html" : "plain"}; charset=utf-8`,
      "Cache-Control": "no-store",
      "X-Robots-Tag": "noindex",
      ...(slow ? { "Retry-After": String(Math.ceil((about.wait ?? 0) / second)) } : { "WWW-Authenticate": "Bearer" }),
    })
    .end(body);
}
