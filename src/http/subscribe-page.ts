// The pages of subscribing: the form, what came of it, the button that confirms, and what one asked for. No script.
import type { Component } from "../components/component.ts";
import { html, type SafeHtml } from "../lib/html.ts";
import { oneLine } from "../lib/text.ts";
import { layout } from "../status/page/layout.ts";
import type { Sentence } from "../status/languages/english.ts";
import type { PublicSite } from "../status/snapshot.ts";
import { t } from "../status/tongue.ts";
import type { Wrong } from "../subscribers/address.ts";
import { leasts, type Least, type Subscriber, type SubscriberKind, type Wants } from "../subscribers/subscriber.ts";

const leastWords: Readonly<Record<Least, Sentence>> = {
  maintenance: "everything, planned maintenance too",
  minor: "every outage, and when something is slow",
  major: "partial and major outages",
  critical: "major outages alone",
};

const kindWords: Readonly<Record<Exclude<SubscriberKind, "email">, Sentence>> = {
  webhook: "Webhook (JSON in Statuspage's shape, signed)",
  slack: "Slack, an incoming webhook",
  discord: "Discord, a webhook of a channel",
};

export type About = { readonly site: PublicSite; readonly components: readonly Pick<Component, "id" | "name">[] };

function wantsFields({ components }: About, wants: Wants): SafeHtml {
  const all = wants.components.length === 0;
  return html`<fieldset class="cmd">
      <legend>${t("What it is about (none ticked: everything)")}</legend>
      <ul class="cmd">
        ${components.map(({ id, name }) => {
          const ticked = !all && wants.components.includes(id);
          return html`<li>
            <label
              ><input type="checkbox" name="component" value="${id}" ${ticked && html`checked`} />
              <span dir="auto">${oneLine(name)}</span></label
            >
          </li>`;
        })}
      </ul>
    </fieldset>
    <p class="cmd">
      <label
        >${t("How bad it must be:")}
        <select name="severity">
          ${leasts.map((least) => html`<option value="${least}" ${least === wants.least && html`selected`}>${t(leastWords[least])}</option>`)}
        </select></label
      >
    </p>`;
}

const everything: Wants = { components: [], least: "maintenance" };

/** A field that nobody sees: whoever fills it in is a program. */
const trap = (): SafeHtml =>
  html`<p class="skip" aria-hidden="true">
    <label>${t("Leave this empty")} <input name="website" tabindex="-1" autocomplete="off" /></label>
  </p>`;

const show = (about: About, title: string, main: SafeHtml, root: string): string =>
  layout({
    site: about.site,
    title,
    description: t("News of outages of {0}.", about.site.name),
    status: "unknown",
    root,
    main,
  });

/** What was typed and is not taken stays in the form. */
export type Again = Wants & { readonly wrong: Wrong; readonly kind: SubscriberKind; readonly typed: string };

export function renderSubscribe(about: About, kinds: readonly SubscriberKind[], again?: Again): string {
  const others = kinds.filter((kind) => kind !== "email");
  const hook = again !== undefined && again.kind !== "email" ? again : undefined;
  const letter = again?.kind === "email" ? again : undefined;
  const mail =
    kinds.includes("email") &&
    html`<form action="subscribe" method="post">
      <div class="find">
        <label for="email">${t("Your e-mail address")}</label>
        <input
          id="email"
          name="email"
          type="email"
          value="${letter?.typed ?? ""}"
          maxlength="254"
          required
          autocomplete="email"
        /><button>${t("Subscribe")}</button>
      </div>
      ${trap()}${wantsFields(about, letter ?? everything)}
    </form>`;
  const hooks =
    others.length > 0 &&
    html`<details class="old" ${(hook !== undefined || mail === false) && html`open`}>
      <summary>${t("A webhook, Slack or Discord instead")}</summary>
      <form action="subscribe" method="post">
        <p class="cmd">
          <label
            >${t("Kind")}
            <select name="kind">
              ${others.map((kind) => html`<option value="${kind}" ${kind === hook?.kind && html`selected`}>${t(kindWords[kind])}</option>`)}
            </select></label
          >
        </p>
        <div class="find">
          <label for="address">${t("Its address (URL)")}</label>
          <input
            id="address"
            name="address"
            type="url"
            value="${hook?.typed ?? ""}"
            maxlength="1000"
            required
          /><button>${t("Subscribe")}</button>
        </div>
        ${trap()}${wantsFields(about, hook ?? everything)}
      </form>
    </details>`;
  return show(
    about,
    t("Subscribe"),
    html`${again !== undefined && html`<p class="card out" role="alert">${t(...again.wrong)}</p>`}
      <h1>${t("Hear of outages")}</h1>
      <p class="m">
        ${t("You get a letter with a link first; only who opens it and confirms is told. You can end it at any time, with one click.")}
        <a href="history.atom">${t("A feed needs no address.")}</a>
      </p>
      ${mail}${hooks}`,
    "./",
  );
}

/** The same for every address, known or not. */
export function renderAsked(about: About): string {
  return said(
    about,
    "Look into your mail",
    "If that address is right, a message with a link is on its way to it. Open the link and confirm; until then nothing more is sent. For a webhook, answer with the challenge, or open the link in it.",
    "./",
  );
}

export function said(about: About, title: Sentence, words: Sentence, root: string): string {
  return show(
    about,
    t(title),
    html`<div class="say unknown">
      <h1>${t(title)}</h1>
      <p>${t(words)}</p>
    </div>`,
    root,
  );
}

/** Programs open links in mails; only a button confirms. */
export function renderConfirm(about: About, { kind, address }: Subscriber, token: string): string {
  const who = kind === "email" ? oneLine(address) : new URL(address).host;
  return show(
    about,
    t("Confirm"),
    html`<h1>${t("Hear of outages")}</h1>
      <p>${t("Messages will go to:")} <b dir="auto">${who}</b></p>
      <form class="find" action="${token}" method="post">
        <input type="hidden" name="do" value="confirm" /><button>${t("Yes, tell me")}</button>
      </form>
      <p class="m">
        ${t("If you did not ask for this, close this page: nothing is sent, and the address is forgotten.")}
      </p>`,
    "../",
  );
}

const stateWords: Readonly<Record<Subscriber["state"], Sentence>> = {
  unconfirmed: "It is not confirmed yet: open the link in the message that was sent.",
  confirmed: "It is confirmed.",
  suspended: "It is suspended: your server refused several messages. Confirm anew to go on.",
};

export function renderManage(about: About, subscriber: Subscriber, token: string, done?: Sentence): string {
  const { kind, address, state } = subscriber;
  const who = kind === "email" ? oneLine(address) : new URL(address).host;
  const again =
    state === "suspended" &&
    html`<form class="find" action="${token}" method="post">
      <input type="hidden" name="do" value="confirm" /><button>${t("Tell me again")}</button>
    </form>`;
  return show(
    about,
    t("Your subscription"),
    html`${done !== undefined && html`<p class="card out" role="status">${t(done)}</p>`}
      <h1>${t("Your subscription")}</h1>
      <p>${t("Messages go to:")} <b dir="auto">${who}</b></p>
      <p>${t(stateWords[state])}</p>
      ${again}
      <form action="${token}" method="post">
        <input type="hidden" name="do" value="change" />
        ${wantsFields(about, subscriber)}
        <div class="find"><button>${t("Save")}</button></div>
      </form>
      <div class="hd"><h2>${t("End it")}</h2></div>
      <form class="find" action="${token}" method="post">
        <input type="hidden" name="do" value="end" /><button>${t("Unsubscribe")}</button>
      </form>
      <p class="m s">${t("Then your address is deleted.")}</p>`,
    "../",
  );
}
