// What somebody typed into the form: an address that messages can go to, or why not. Pure.
import { isNetwork, reachOf } from "../lib/networks.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import type { Sentence } from "../status/languages/english.ts";
import type { SubscriberKind } from "./subscriber.ts";

/** What is wrong with it: a sentence, and what is put into it. */
export type Wrong = readonly [Sentence, ...(readonly string[])];

const wrong = (...words: Wrong): { readonly ok: false; readonly error: Wrong } => failed(words);

/** https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1 */
const longestMail = 254;
const longestUrl = 1_000;

/** One form for one mailbox, so that it is there once. Servers that tell small letters from large ones are not met in the wild. */
function readMail(text: string): Result<string, Wrong> {
  const [, local = "", host = ""] = /^([^\s@<>()[\]\\,;:"]{1,64})@([^\s@/?#:\\]{1,255})$/u.exec(text.trim()) ?? [];
  const domain = URL.parse(`http://${host}`)?.hostname ?? "";
  const address = `${local}@${domain}`.toLowerCase();
  if (local === "" || !/^[a-z0-9-]+(\.[a-z0-9-]+)+$/iu.test(domain) || address.length > longestMail)
    return wrong("That is no e-mail address; it looks like {0}.", "name@example.org");
  if (!/^[\x21-\x7e]+$/u.test(local)) return wrong("The part before the @ may have plain letters, figures and signs alone."); // prettier-ignore
  if (/^\.|\.\.|\.$/u.test(local)) return wrong("That is no e-mail address; look at the dots before the @.");
  return ok(address);
}

const homes = {
  slack: {
    hosts: ["hooks.slack.com"],
    path: /^\/(services|workflows|triggers)\//u,
    say: "https://hooks.slack.com/services/…",
  },
  discord: {
    hosts: ["discord.com", "discordapp.com", "ptb.discord.com", "canary.discord.com"],
    path: /^\/api\/(v\d+\/)?webhooks\//u,
    say: "https://discord.com/api/webhooks/…",
  },
} as const;

export function readAddress(kind: SubscriberKind, text: string, inside: readonly string[]): Result<string, Wrong> {
  if (kind === "email") return readMail(text);
  const url = text.length > longestUrl ? null : URL.parse(text.trim());
  if (url === null || !/^https?:$/u.test(url.protocol)) return wrong("That is no URL; it begins with {0}.", "https://");
  if (url.username !== "" || url.password !== "") return wrong("A URL with a name or a password in it is not taken.");
  url.hash = "";
  if (kind === "webhook") {
    const literal = url.hostname.replace(/^\[|\]$/gu, "");
    const barred = isNetwork(literal) && !reachOf(inside)(literal);
    return barred || literal === "localhost" ? insideOr(literal, inside, url) : ok(url.href);
  }
  const home = homes[kind];
  const right =
    url.protocol === "https:" && home.hosts.some((host) => host === url.host) && home.path.test(url.pathname);
  return right ? ok(url.href) : wrong("Such an address begins with {0}", home.say);
}

/** Names that lead inside are found when they are looked up; these need no look. */
function insideOr(literal: string, inside: readonly string[], url: URL): Result<string, Wrong> {
  const here = literal === "localhost" && reachOf(inside)("127.0.0.1");
  return here ? ok(url.href) : wrong("That address is inside a network; nothing is sent there.");
}
