// Tells people over the channels that a watcher was given. What was not certainly taken is said again, marked.
import type { ChannelId } from "../config/names.ts";
import type { Channel, Sent } from "../delivery/channel.ts";
import type { Message } from "../delivery/message.ts";
import { second, wallClock } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";

export type WatchChannel = {
  readonly id: ChannelId;
  readonly audience: "team" | "users";
  readonly channel: Channel;
};

/** By channel: begun and not certainly taken, or done with. */
export type Told = Readonly<Record<string, "begun" | "done">>;

export type Saying = {
  /** The same for every try of it, on every channel. */
  readonly key: string;
  readonly subject: string;
  readonly message: (audience: "team" | "users") => Message;
};

/** A channel that has to connect first gets so long; in real time, for its peer lives in it. */
const patience = 15 * second;
const pause = 200;

async function trySend({ id, channel }: WatchChannel, message: Message, { key, subject }: Saying): Promise<Sent> {
  const late = AbortSignal.timeout(patience);
  for (;;) {
    const sent = await channel.send(message, { key: `${key}-${id}`, subject }, late);
    if (sent.kind !== "retry" || late.aborted) return sent;
    await wallClock.wait(pause, late);
  }
}

/** Says it on each channel on which it is not done; `note` is told before and after each, so that a crash leaves its mark. */
export async function sayOn(
  channels: readonly WatchChannel[],
  saying: Saying,
  told: Told,
  note: (channel: string, how: "begun" | "done") => Promise<void>,
  log: Log,
): Promise<void> {
  for (const each of channels) {
    if (told[each.id] === "done") continue;
    const message = { ...saying.message(each.audience), possiblyRepeated: told[each.id] === "begun" };
    await note(each.id, "begun");
    const sent = await trySend(each, message, saying);
    if (sent.kind === "sent" || sent.kind === "reject") await note(each.id, "done");
    if (sent.kind !== "sent") log.error({ channel: each.id, reason: sent.because }, `not said: ${sent.kind}`);
  }
}
