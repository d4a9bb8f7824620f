// What a webhook of a subscriber is sent, by its kind.
import { discordMessage } from "../shapes/discord.ts";
import { slackMessage } from "../shapes/slack.ts";
import { manageKey, signingKey, subscriptionLink, type KeySecrets } from "../subscribers/subscription-key.ts";
import type { Subscriber } from "../subscribers/subscriber.ts";
import type { HookBody } from "./post-hook.ts";
import type { Telling } from "./message-to-many.ts";

/** The address of this page, as links of subscribers begin. */
type At = { readonly url: string };

export function hookOf(telling: Telling, reader: Subscriber, possiblyRepeated: boolean): HookBody {
  // What is signed is put together with dots.
  const id = `${telling.id}.${reader.id}`.replaceAll(".", "_");
  const said = { ...telling.message, possiblyRepeated };
  if (reader.kind === "slack") return { id, body: slackMessage(said, []) };
  if (reader.kind === "discord") return { id, body: discordMessage(said, []) };
  const manage = subscriptionLink(telling.site, manageKey(telling.secrets, reader));
  return { id, body: telling.webhook(manage), key: signingKey(telling.secrets, reader) };
}

/** Asks whether it is really theirs: a webhook answers with the challenge, a chat has the link in it. */
export function challengeOf(
  reader: Subscriber,
  token: string,
  { url, name, secrets, at }: At & { readonly name: string; readonly secrets: KeySecrets; readonly at: number },
): HookBody {
  const id = `confirm_${reader.id}_${at.toString(36)}`;
  const link = subscriptionLink(url, token);
  const said = {
    lead: `News of outages of ${name}`,
    text: "Somebody asked for them to be told here. Open the link and press the button, if you want that; else do nothing.",
    link,
    mentions: [],
    saidAt: at,
    priority: "news" as const,
    possiblyRepeated: false,
  };
  if (reader.kind === "slack") return { id, body: slackMessage(said, []) };
  if (reader.kind === "discord") return { id, body: discordMessage(said, []) };
  const key = signingKey(secrets, reader);
  return { id, key, body: { type: "subscription.confirm", challenge: token, confirm: link, signing_secret: key } };
}
