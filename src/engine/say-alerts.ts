// Alerts whose route opens no incident are said to its channels: a few lines a minute, the rest by number.
import { sourceOf, type Alert } from "../alerts/alert.ts";
import type { ChannelId } from "../config/names.ts";
import type { Tx } from "../db/schema.ts";
import { countSince, queueMessages, type NewMessage } from "../delivery/delivery-store.ts";
import type { Message } from "../delivery/message.ts";
import { minute, type Instant } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";
import type { Desk, DeskChannel } from "./desk.ts";

export type SaidAlert = { readonly alert: Alert; readonly channels: readonly ChannelId[] | undefined };

/** So many lines of one source in a minute; what comes on top is one line more, that says where to look. */
const linesInAMinute = 5;

export async function sayAlerts(tx: Tx, desk: Desk, said: readonly SaidAlert[], now: Instant): Promise<void> {
  const bySource = Map.groupBy(said, ({ alert }) => sourceOf(alert.key));
  for (const [source, all] of bySource) {
    const subject = `alerts:${source}`;
    for (const channel of desk.channels.values()) {
      const mine = all.filter((each) => hears(channel, each)).map(({ alert }) => lineOf(alert, now));
      if (mine.length === 0) continue;
      const left = Math.max(0, linesInAMinute - (await countSince(tx, channel.id, subject, now - minute)));
      const lines = mine.slice(0, left).map((message) => ({ target: channel.id, subject, message }));
      await queueMessages(tx, [...lines, ...moreOf(channel, source, mine.slice(left), now)], now);
    }
  }
}

/** One line for the rest; once a minute. */
function moreOf({ id }: DeskChannel, source: string, rest: readonly Message[], now: Instant): readonly NewMessage[] {
  const [first] = rest;
  if (first === undefined) return [];
  const subject = `alerts:${source}`;
  const message = { ...first, lead: `${source}: more alerts`, text: "`tocsin alert list` shows them all." };
  return [{ target: id, subject, message, once: `${subject}/more/${Math.floor(now / minute)}` }];
}

function lineOf(alert: Alert, now: Instant): Message {
  const source = sourceOf(alert.key);
  return {
    lead: alert.status === "resolved" ? `${source}: over` : `${source} (${alert.severity})`,
    text: oneLine(alert.summary, 400),
    ...(alert.link === undefined ? {} : { link: alert.link }),
    mentions: [],
    saidAt: now,
    priority: "news",
    possiblyRepeated: false,
  };
}

/** The channels of the route; the whole team where it names none. */
function hears({ id, audience }: DeskChannel, { channels }: SaidAlert): boolean {
  return channels === undefined ? audience === "team" : channels.includes(id);
}
