// `/affected`: made for each question from the snapshot that the pages are made of. HTML for people, JSON for programs.
import { inTongueOf } from "../status/tongue.ts";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Desk } from "../engine/desk.ts";
import { minute, type Instant } from "../lib/clock.ts";
import { takeToken, type Bucket, type Rate } from "../lib/token-bucket.ts";
import { affectedBy, isEmpty, questionIn, type JobRecord, type Question } from "../status/affected.ts";
import { affectedJson } from "../status/affected-json.ts";
import { renderAffected, renderAsk, renderAskLater } from "../status/page/affected.ts";
import { readJobRecord } from "../status/read-affected.ts";
import type { PublicSite, PublicSnapshot } from "../status/snapshot.ts";
import type { Pages, ServedPage } from "./pages.ts";
import { problemOf } from "./problem.ts";
import { secureHeadersOf } from "./public.ts";
import { networkOf } from "./try-limit.ts";

/** A person asks a few times, a bot of one team once for each red check. */
const rate: Rate = { count: 60, perMs: minute };
const mostNetworks = 10_000;

function limiter(): (address: string, now: Instant) => number | undefined {
  const buckets = new Map<string, Bucket>();
  return (address, now) => {
    const network = networkOf(address);
    const taken = takeToken(buckets.get(network), rate, now);
    if (!taken.ok) return taken.waitMs;
    buckets.delete(network);
    buckets.set(network, taken.bucket);
    const [oldest] = buckets.keys();
    if (buckets.size > mostNetworks && oldest !== undefined) buckets.delete(oldest);
    return undefined;
  };
}

const textIn = (value: unknown): string => (typeof value === "string" ? value.slice(0, 2_000) : "");

type Asked = Readonly<Record<string, unknown>>;
type Form = "html" | "json";

/** Whoever asks for JSON and not for HTML, by the address or by `Accept`. */
function formOf(request: FastifyRequest): Form {
  const accept = request.headers.accept ?? "";
  return request.url.startsWith("/affected.json") || (/json/u.test(accept) && !/text\/html/u.test(accept))
    ? "json"
    : "html";
}

const headers = { "Cache-Control": "no-store", "X-Robots-Tag": "noindex", Vary: "Accept" };

function send(
  reply: FastifyReply,
  form: Form,
  status: number,
  body: { readonly site: PublicSite; readonly html: () => string; readonly json: () => object },
): FastifyReply {
  reply.code(status).headers({ ...secureHeadersOf(body.site), ...headers });
  if (form === "html") return reply.type("text/html; charset=utf-8").send(body.html());
  const type = status === 200 ? "application/json; charset=utf-8" : "application/problem+json";
  return reply
    .header("Access-Control-Allow-Origin", "*")
    .type(type)
    .send(`${JSON.stringify(body.json())}\n`);
}

export function affectedRoutes(app: FastifyInstance, desk: Desk, pages: Pages): void {
  const wait = limiter();
  const records = new WeakMap<PublicSnapshot, Promise<JobRecord>>();
  /** A snapshot is renewed with each change, and every few seconds: so rarely the store is asked. */
  const recordOf = (page: ServedPage["page"], snapshot: PublicSnapshot): Promise<JobRecord> => {
    const known = records.get(snapshot);
    if (known !== undefined) return known;
    const reading = readJobRecord(desk.db, page.shown, snapshot, desk.sources.values());
    records.set(snapshot, reading);
    // What could not be read is asked for again.
    reading.catch(() => records.delete(snapshot));
    return reading;
  };

  const answer = async (
    { page, cache }: ServedPage,
    question: Question,
    form: Form,
    reply: FastifyReply,
  ): Promise<FastifyReply> => {
    const { snapshot } = await cache.site();
    if (isEmpty(question))
      return send(reply, form, form === "html" ? 200 : 400, {
        site: page.site,
        html: () => inTongueOf(snapshot.site, () => renderAsk(snapshot)),
        json: () =>
          problemOf(
            400,
            "bad-request",
            "ask for a repository, a target or a job: /affected?target=fedora-rawhide-x86_64",
          ),
      });
    const found = affectedBy(question, snapshot, await recordOf(page, snapshot));
    return send(reply, form, 200, {
      site: page.site,
      html: () => inTongueOf(snapshot.site, () => renderAffected(found, snapshot)),
      json: () => affectedJson(found, snapshot),
    });
  };

  for (const path of ["/affected", "/affected.html", "/affected.json"])
    app.get<{ Querystring: Asked }>(path, async (request, reply) => {
      const form = formOf(request);
      const waitMs = wait(request.ip, desk.clock.now());
      if (waitMs !== undefined) {
        const seconds = Math.ceil(waitMs / 1_000);
        const { snapshot } = await pages.of(request.raw).cache.site();
        return send(reply.header("Retry-After", String(seconds)), form, 429, {
          site: snapshot.site,
          html: () => inTongueOf(snapshot.site, () => renderAskLater(snapshot, seconds)),
          json: () =>
            problemOf(429, "too-many-questions", `too many questions from one address: ask again in ${seconds} s`),
        });
      }
      const { repository, target, job } = request.query;
      return answer(
        pages.of(request.raw),
        questionIn({ repository: textIn(repository), target: textIn(target), job: textIn(job) }),
        form,
        reply,
      );
    });
}
