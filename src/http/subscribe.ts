// `/subscribe` and `/subscriptions/TOKEN`. The answer to an address is the same, and as quick, whether it is known or not.
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Desk } from "../engine/desk.ts";
import {
  askToSubscribe,
  changeSubscription,
  choosable,
  confirmSubscription,
  endSubscription,
  holderOf,
  type Asking,
} from "../engine/subscribe.ts";
import { minute, wallClock } from "../lib/clock.ts";
import { renderMissing } from "../status/page/missing.ts";
import { english, speaking } from "../lib/language.ts";
import type { Sentence } from "../status/languages/english.ts";
import { inTongueOf, t } from "../status/tongue.ts";
import { readAddress, type Wrong } from "../subscribers/address.ts";
import { leasts, subscriberKinds, type Wants } from "../subscribers/subscriber.ts";
import type { Pages } from "./pages.ts";
import { secureHeadersOf } from "./public.ts";
import {
  renderAsked,
  renderConfirm,
  renderManage,
  renderSubscribe,
  said,
  type About,
  type Again,
} from "./subscribe-page.ts";
import { makeTryLimit } from "./try-limit.ts";

const common = { "Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow" };

const headersOf = ({ site }: Desk): Readonly<Record<string, string>> => ({ ...secureHeadersOf(site), ...common });
const largestBody = 16_384;
/** Longer than the work takes: how long the answer took tells nothing. Real time, as who measures it has. */
const atLeastMs = 200;
const triesOfOne = { most: 20, span: 10 * minute };

const aboutOf = (desk: Desk): About => ({ site: desk.site, components: choosable(desk) });

/** The fields of a form, or of the same as JSON; a field may be there several times. */
type Fields = { all(name: string): readonly string[]; one(name: string): string };

function fieldsOf(body: unknown): Fields {
  const all = (name: string): readonly string[] => {
    if (body instanceof URLSearchParams) return body.getAll(name);
    const value: unknown = typeof body === "object" && body !== null && Object.hasOwn(body, name) ? Reflect.get(body, name) : undefined; // prettier-ignore
    return [value].flat().filter((each) => typeof each === "string");
  };
  return { all, one: (name) => all(name)[0]?.trim() ?? "" };
}

function wantsIn(desk: Desk, fields: Fields): Wants {
  const named = [...fields.all("component"), ...fields.all("components")];
  const least = leasts.find((word) => word === fields.one("severity")) ?? "maintenance";
  const components = choosable(desk).map(({ id }) => id).filter((id) => named.includes(id)); // prettier-ignore
  return { components, least };
}

/** What a form asks for, or what is wrong with it in words. */
function askingIn(desk: Desk, fields: Fields): Asking | Again {
  const kinds = desk.subscriptions?.kinds ?? [];
  const named = subscriberKinds.find((word) => word === fields.one("kind"));
  const kind = named ?? subscriberKinds.find((word) => fields.one(word) !== "") ?? "email";
  const typed = fields.one("address") || fields.one(kind);
  const wants = wantsIn(desk, fields);
  const again = (wrong: Wrong): Again => ({ wrong, kind, typed, ...wants });
  if (!kinds.includes(kind)) return again(["This page does not send that kind of message."]);
  const address = readAddress(kind, typed, desk.subscriptions?.inside ?? []);
  if (!address.ok) return again(address.error);
  const chosen = new Set([...fields.all("component"), ...fields.all("components")]);
  if (wants.components.length < chosen.size) return again(["There is no such component on this page."]);
  return { kind, address: address.value, ...wants };
}

/** A person gets the page, in its language; a program the words, in English. */
type Answer = { readonly status: number; readonly page: () => string; readonly words: string };

function answerWith(
  desk: Desk,
  request: FastifyRequest,
  reply: FastifyReply,
  { status, page, words }: Answer,
): FastifyReply {
  const json = /json/u.test(`${request.headers["content-type"]} ${request.headers.accept}`);
  const send = reply.code(status).headers(headersOf(desk));
  return json ? send.send({ message: words }) : send.type("text/html; charset=utf-8").send(inTongueOf(desk.site, page));
}

/** A form of another site must not subscribe its visitors. A browser that is too old to say where it comes from may. */
function isForeign({ headers: { "sec-fetch-site": site } }: FastifyRequest): boolean {
  return site === "cross-site";
}

/** https://www.rfc-editor.org/rfc/rfc8058#section-3.2: either form of a body, from the reader's mail provider. */
function isOneClick(body: unknown, raw: string): boolean {
  return fieldsOf(body).one("List-Unsubscribe") === "One-Click" || /name="?List-Unsubscribe"?\s+One-Click/u.test(raw);
}

/** For the main page alone: of the others, nobody is told by letter. */
export function subscribeRoutes(app: FastifyInstance, desk: Desk, pages: Pages): void {
  void app.register(async (scope) => {
    scope.addContentTypeParser("application/x-www-form-urlencoded", { parseAs: "string", bodyLimit: largestBody }, (_, body, done) => done(null, new URLSearchParams(String(body)))); // prettier-ignore
    scope.addContentTypeParser("multipart/form-data", { parseAs: "string", bodyLimit: largestBody }, (_, body, done) => done(null, String(body))); // prettier-ignore
    scope.addHook("onRequest", async (request, reply) =>
      pages.of(request.raw).page.id === undefined ? undefined : reply.callNotFound(),
    );
    if ((desk.subscriptions?.kinds ?? []).length > 0) asking(scope, desk);
    managing(scope, desk);
  });
}

function asking(scope: FastifyInstance, desk: Desk): void {
  const limit = makeTryLimit(triesOfOne);
  const kinds = desk.subscriptions?.kinds ?? [];
  scope.get("/subscribe", async (_, reply) =>
    reply
      .headers(headersOf(desk))
      .type("text/html; charset=utf-8")
      .send(inTongueOf(desk.site, () => renderSubscribe(aboutOf(desk), kinds))),
  );
  scope.post("/subscribe", async (request, reply) => {
    const begun = performance.now();
    const about = aboutOf(desk);
    const tell = (status: number, title: Sentence, words: Sentence): FastifyReply =>
      answerWith(desk, request, reply, { status, words, page: () => said(about, title, words, "./") });
    if (isForeign(request)) return tell(403, "Not from there", "Please use the form of this page itself.");
    const now = desk.clock.now();
    const wait = limit.wait(request.ip, now);
    if (wait !== undefined) {
      reply.header("Retry-After", String(Math.ceil(wait / 1_000)));
      return tell(429, "Too many at once", "Please try again in a few minutes.");
    }
    limit.failed(request.ip, now);
    const fields = fieldsOf(request.body);
    const asked = askingIn(desk, fields);
    if ("wrong" in asked)
      return answerWith(desk, request, reply, {
        status: 422,
        words: speaking(english, () => t(...asked.wrong)),
        page: () => renderSubscribe(about, kinds, asked),
      });
    // Who fills in what nobody sees is answered like everybody, and that is all.
    const taken = fields.one("website") === "" ? await askToSubscribe(desk, asked) : "taken";
    await wallClock.wait(atLeastMs - (performance.now() - begun));
    if (taken === "full")
      return tell(503, "Not just now", "Nobody new can be taken just now. The feed is open to all.");
    return answerWith(desk, request, reply, {
      status: 202,
      words: "If that address is right, a message with a link is on its way to it.",
      page: () => renderAsked(about),
    });
  });
}

function managing(scope: FastifyInstance, desk: Desk): void {
  const path = "/subscriptions/:token";
  const missing = (reply: FastifyReply): FastifyReply =>
    reply
      .code(404)
      .headers(headersOf(desk))
      .type("text/html; charset=utf-8")
      .send(inTongueOf(desk.site, () => renderMissing(desk.site)));
  type Params = { Params: { token: string } };

  scope.get<Params>(path, async ({ params: { token } }, reply) => {
    const holder = await holderOf(desk, token);
    if (holder === undefined) return missing(reply);
    const about = aboutOf(desk);
    const page = inTongueOf(desk.site, () => holder.confirms ? renderConfirm(about, holder.subscriber, token) : renderManage(about, holder.subscriber, token)); // prettier-ignore
    return reply.headers(headersOf(desk)).type("text/html; charset=utf-8").send(page);
  });

  scope.post<Params>(path, async (request, reply) => {
    const { token } = request.params;
    const about = aboutOf(desk);
    const page = (status: number, render: () => string): FastifyReply =>
      reply.code(status).headers(headersOf(desk)).type("text/html; charset=utf-8").send(inTongueOf(desk.site, render));
    const { body } = request;
    const fields = fieldsOf(body);
    const ends = isOneClick(body, typeof body === "string" ? body : "") || fields.one("do") === "end";
    const ended = (): FastifyReply => page(200, () => said(about, "You are unsubscribed", "Your address was deleted; nothing more is sent.", "../")); // prettier-ignore
    const holder = await holderOf(desk, token);
    // Ended twice is ended: whoever presses twice must not wonder.
    if (holder === undefined) return ends ? ended() : missing(reply);
    const { subscriber, confirms } = holder;
    if (ends) {
      await endSubscription(desk, subscriber.id);
      return ended();
    }
    if (fields.one("do") === "confirm" && (confirms || subscriber.state === "suspended")) {
      const manage = await confirmSubscription(desk, subscriber);
      if (manage === undefined) return missing(reply);
      return page(200, () => renderManage(about, { ...subscriber, state: "confirmed" }, manage, "You are subscribed."));
    }
    if (fields.one("do") === "change" && !confirms) {
      const wants = wantsIn(desk, fields);
      await changeSubscription(desk, subscriber.id, wants);
      return page(200, () => renderManage(about, { ...subscriber, ...wants }, token, "It is saved."));
    }
    return page(422, () => said(about, "Nothing was done", "That is none of the buttons of this page.", "../"));
  });
}
