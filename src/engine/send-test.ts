// Says a marked test message on one channel, through the out-queue like any other, and waits for what becomes of it.
import type { ChannelId } from "../config/names.ts";
import { giveUpOn, listDeliveries, queueMessages } from "../delivery/delivery-store.ts";
import type { Message } from "../delivery/message.ts";
import { second, wallClock, type Instant } from "../lib/clock.ts";
import { uuidv7 } from "../lib/ids.ts";
import type { Desk } from "./desk.ts";

/** Less than a command line waits for its answer. Real time: the peer lives in it. */
const patience = 20 * second;
const pause = 20;

export type Tested = { readonly sent: boolean; readonly attempts: number; readonly reason?: string };

export function testMessage(channel: ChannelId, text: string | undefined, now: Instant): Message {
  return {
    event: "test",
    lead: "TEST",
    text: text ?? `This is a test of the channel ${channel}. Nothing is broken.`,
    mentions: [],
    saidAt: now,
    priority: "news",
    possiblyRepeated: false,
  };
}

/** A test that nobody took in time is given up: it must not arrive when everybody has forgotten it. */
export async function sendTest(desk: Desk, channel: ChannelId, text: string | undefined): Promise<Tested> {
  const now = desk.clock.now();
  const subject = `message:${uuidv7(now)}`;
  await queueMessages(desk.db, [{ target: channel, subject, message: testMessage(channel, text, now) }], now);
  desk.bell.ring();
  const limit = performance.now() + patience;
  for (;;) {
    const [row] = await listDeliveries(desk.db, { subject, limit: 1 });
    const attempts = row?.attempts ?? 0;
    if (row?.status === "sent") return { sent: true, attempts };
    const reason = row?.reason ?? "nothing was tried: does the engine run?";
    if (row === undefined || row.status === "dead") return { sent: false, attempts, reason };
    if (performance.now() > limit) {
      const given = await giveUpOn(
        desk.db,
        row.id,
        `not taken within ${patience / second} s: ${reason}`,
        desk.clock.now(),
      );
      if (given) return { sent: false, attempts, reason };
      return { sent: false, attempts, reason: "it is being sent just now, without an answer yet; it may still arrive" };
    }
    await wallClock.wait(pause);
  }
}
