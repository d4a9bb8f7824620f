// Alerts whose route opens no incident are said to its channels: a few lines a minute, the rest by number.
import type { Alert } from "../alerts/alert.ts";
import type { ChannelId } from "../config/names.ts";
import type { Tx } from "../db/schema.ts";
import { countSince, queueMessages, type NewMessage } from "../delivery/delivery-store.ts";
import type { Message } from "../delivery/message.ts";
import { minute, type Instant } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";
import type { Desk } from "./desk.ts";

export type SaidAlert = { readonly alert: Alert; readonly channels: readonly ChannelId[] | undefined };

/** So many lines of one source in a minute; what comes on top is one line more, that says where to look. */
const linesInAMinute = 5;

export async function sayAlerts(tx: Tx, desk: Desk, said: readonly SaidAlert[], now: Instant): Promise<void> {
  const bySource = Map.groupBy(said, ({ alert }) => alert.key.slice(0, alert.key.indexOf("/")));
  for (const [source, all] of bySource) {
    const subject = `alerts:${source}`;
    const left = Math.max(0, linesInAMinute - (await countSince(tx, subject, now - minute)));
    const lines = all.slice(0, left).flatMap((each) => toChannels(desk, each, subject, lineOf(each.alert, now)));
    await queueMessages(tx, lines, now);
    const rest = all.slice(left);
    const [first] = rest;
    if (first === undefined) continue;
    const more = {
      ...lineOf(first.alert, now),
      lead: `${source}: more alerts`,
      text: "`tocsin alert list` shows them all.",
    };
    const once = `${subject}/more/${Math.floor(now / minute)}`;
    await queueMessages(
      tx,
      toChannels(desk, first, subject, more).map((line) => ({ ...line, once })),
      now,
    );
  }
}

function lineOf(alert: Alert, now: Instant): Message {
  const source = alert.key.slice(0, alert.key.indexOf("/"));
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
function toChannels(desk: Desk, { channels }: SaidAlert, subject: string, message: Message): readonly NewMessage[] {
  return [...desk.channels.values()]
    .filter(({ id, audience }) => (channels === undefined ? audience === "team" : channels.includes(id)))
    .map(({ id }) => ({ target: id, subject, message }));
}
