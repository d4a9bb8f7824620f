// Reads what stands at an address of somebody else: bounded in bytes, time and redirects, conditional, whatever the peer does.
import { lookup as resolve } from "node:dns";
import type { IncomingMessage } from "node:http";
import { isIP, type LookupFunction } from "node:net";
import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { cutAfter } from "./deadline.ts";
import { reachOf } from "./networks.ts";
import { request as plainRequest, secureRequest } from "./node-http.ts";
import { reasonOf } from "./result.ts";
import { oneLine } from "./text.ts";

/** What a page was when it was read; shown to its server so that it need not be sent again. */
export type Stamp = { readonly etag?: string; readonly modified?: string };

export type Read =
  | { readonly kind: "text"; readonly text: string; readonly stamp: Stamp }
  | { readonly kind: "unchanged" }
  /** 404 or 410: there is no such page. */
  | { readonly kind: "missing"; readonly because: string }
  | { readonly kind: "failed"; readonly because: string };

export type Reading = {
  readonly timeoutMs: number;
  readonly mostBytes: number;
  readonly accept: string;
  readonly stamp?: Stamp;
};

const mostRedirects = 3;

/** Of what is said of a failure, nothing is of the URL but its host. */
class Unread extends Error {}

const isOutside = reachOf(false);

/** The address is looked at when it is known, so that a name cannot change its mind in between. */
const outsideOnly: LookupFunction = (host, options, done) => {
  resolve(host, { ...options, all: true }, (error, found) => {
    const inside = found?.some(({ address }) => !isOutside(address)) === true;
    const wrong = error ?? (inside ? new Unread("it leads to an address inside") : null);
    const [first] = found ?? [];
    if (wrong !== null || first === undefined) return done(wrong ?? new Unread("no address"), []);
    if (options.all === true) return done(null, found);
    return done(null, first.address, first.family);
  });
};

/**
 * Never rejects. Whoever wrote the address into the config may mean a place inside; where its server leads on to, another
 * host must be outside.
 */
export async function readUrl(address: string, reading: Reading, signal: AbortSignal): Promise<Read> {
  using cut = cutAfter(reading.timeoutMs, signal);
  const first = new URL(address);
  let url = first;
  try {
    for (let hops = 0; hops <= mostRedirects; hops++) {
      const guarded = url.hostname !== first.hostname;
      const response = await ask(url, reading, guarded, cut.signal);
      const next = redirectOf(response, url);
      if (next === undefined) return await answered(response, url, reading);
      response.destroy();
      if (url.protocol === "https:" && next.protocol !== "https:") throw new Unread(`${url.host} leads on without TLS`);
      url = next;
    }
    throw new Unread(`${first.host}: more than ${mostRedirects} redirects`);
  } catch (thrown) {
    if (signal.aborted) return { kind: "failed", because: "stopped" };
    if (cut.signal.aborted)
      return { kind: "failed", because: `${url.host}: no whole answer within ${reading.timeoutMs / 1_000} s` };
    const because = thrown instanceof Unread ? thrown.message : `${url.host}: ${reasonOf(thrown)}`;
    return { kind: "failed", because: oneLine(because, 200) };
  }
}

function ask(url: URL, { accept, stamp }: Reading, guarded: boolean, signal: AbortSignal): Promise<IncomingMessage> {
  const literal = url.hostname.replace(/^\[|\]$/gu, "");
  if (guarded && isIP(literal) !== 0 && !isOutside(literal))
    return Promise.reject(new Unread("it leads to an address inside"));
  const headers = {
    "User-Agent": "tocsin",
    Accept: accept,
    "Accept-Encoding": "gzip, deflate, br",
    ...(stamp?.etag === undefined ? {} : { "If-None-Match": stamp.etag }),
    ...(stamp?.modified === undefined ? {} : { "If-Modified-Since": stamp.modified }),
  };
  return new Promise((done, reject) => {
    const send = url.protocol === "https:" ? secureRequest() : plainRequest;
    const asking = send(url, { headers, signal, agent: false, ...(guarded ? { lookup: outsideOnly } : {}) });
    asking.on("response", done);
    asking.on("upgrade", (_, socket) => {
      socket.destroy();
      reject(new Unread(`${url.host} answers with another protocol`));
    });
    asking.on("error", reject);
    asking.end();
  });
}

function redirectOf({ statusCode = 0, headers }: IncomingMessage, from: URL): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(statusCode)) return undefined;
  const next = URL.parse(headers.location ?? "", from);
  const web = next?.protocol === "http:" || next?.protocol === "https:";
  if (headers.location === undefined || next === null || !web) throw new Unread(`${from.host} leads on to nowhere`);
  return next;
}

async function answered(response: IncomingMessage, { host }: URL, { stamp, mostBytes }: Reading): Promise<Read> {
  const { statusCode: status = 0, headers } = response;
  if (status !== 200) response.destroy();
  if (status === 304 && stamp !== undefined) return { kind: "unchanged" };
  if (status === 404 || status === 410) return { kind: "missing", because: `${host} answers ${status}` };
  if (status !== 200) return { kind: "failed", because: `${host} answers ${status}` };
  const body = await bodyOf(response, mostBytes);
  const { etag, "last-modified": modified } = headers;
  return {
    kind: "text",
    text: decoded(unpacked(body, headers["content-encoding"], mostBytes), headers["content-type"]),
    stamp: { ...(etag === undefined ? {} : { etag }), ...(modified === undefined ? {} : { modified }) },
  };
}

async function bodyOf(response: IncomingMessage, mostBytes: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    if (!Buffer.isBuffer(part)) continue;
    size += part.length;
    if (size > mostBytes) throw new Unread(tooLong(mostBytes));
    parts.push(part);
  }
  if (!response.complete) throw new Unread("the answer was cut off");
  return Buffer.concat(parts);
}

const tooLong = (mostBytes: number): string => `the answer is longer than ${mostBytes / 1_000_000} MB`;

/** A small answer that unpacks to a large one is a large one. */
function unpacked(body: Buffer, encoding: string | undefined, mostBytes: number): Buffer {
  const bound = { maxOutputLength: mostBytes };
  const name = (encoding ?? "identity").trim().toLowerCase();
  try {
    if (name === "gzip" || name === "x-gzip") return gunzipSync(body, bound);
    if (name === "deflate") return inflateSync(body, bound);
    if (name === "br") return brotliDecompressSync(body, bound);
  } catch (thrown) {
    const large = thrown instanceof RangeError;
    throw new Unread(large ? tooLong(mostBytes) : "the answer is not packed as it says");
  }
  if (name === "identity" || name === "") return body;
  throw new Unread("the answer is packed in a way that nobody asked for");
}

/** What is UTF-8 is UTF-8, whatever its header says; what is none is what it says, else what Windows would take it for. */
function decoded(body: Buffer, type: string | undefined): string {
  const marked =
    body[0] === 0xff && body[1] === 0xfe ? "utf-16le" : body[0] === 0xfe && body[1] === 0xff ? "utf-16be" : "utf-8";
  const head = body.subarray(0, 200).toString("latin1");
  const said =
    /charset=["']?([\w-]+)/iu.exec(type ?? "")?.[1] ?? /^\s*<\?xml[^>]*encoding=["']([\w-]+)/iu.exec(head)?.[1];
  for (const label of [marked, said ?? "windows-1252", "windows-1252"]) {
    try {
      return new TextDecoder(label, { fatal: true }).decode(body);
    } catch {
      // Not in this one, or nobody knows it.
    }
  }
  return body.toString("latin1");
}
