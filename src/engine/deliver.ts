// The out-queue at work: one worker for each connection and each target; claim, send, settle.
import { readRecord } from "../db/record-store.ts";
import type { Sent } from "../delivery/channel.ts";
import { nextDue, nextUp, settle, type Delivery } from "../delivery/delivery.ts";
import { claimDelivery, settleDelivery, waitingDeliveries } from "../delivery/delivery-store.ts";
import type { Message } from "../delivery/message.ts";
import { brand } from "../lib/ids.ts";
import type { ChannelId, TargetId } from "../config/names.ts";
import { readIncident } from "../incidents/incident-store.ts";
import { fault } from "../lib/fault.ts";
import { minute } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import { readSnapshot } from "../status/read-snapshot.ts";
import type { Desk } from "./desk.ts";
import { linkFor } from "./links.ts";

/** Deliveries that go out one after the other: the channels of one connection, or one publish target. */
export type Line = { readonly name: string; readonly targets: readonly string[] };

export function linesOf(desk: Desk): readonly Line[] {
  const connections = new Map<string, string[]>();
  for (const { id, channel } of desk.channels.values())
    connections.set(channel.connection, [...(connections.get(channel.connection) ?? []), id]);
  const channels = [...connections].map(([name, targets]) => ({ name, targets }));
  return [...channels, ...[...desk.targets.keys()].map((id) => ({ name: id, targets: [id] }))];
}

/** How long a look at an idle queue is good for, when no bell rings (another replica may have written). */
const idle = 2_000;
/** A send that hangs is cut off and counted as unknown. */
const longestSend = 2 * minute;

/** Sends what one line may send now. Returns how long to wait for more: 0 when there is more at once. */
export async function deliverNext(desk: Desk, line: Line, signal: AbortSignal): Promise<number> {
  const waiting = await waitingDeliveries(desk.db, line.targets);
  const now = desk.clock.now();
  const choice = nextUp(waiting, now);
  if (choice === undefined) return Math.min(idle, Math.max(1, (nextDue(waiting) ?? Infinity) - now));
  const { delivery, collapsed } = choice;
  if (!(await claimDelivery(desk.db, delivery, collapsed, desk.owner, now))) return 0;
  fault("delivery.claimed");
  const claimed = { ...delivery, attempts: delivery.attempts + 1 };
  const started = performance.now();
  const sent = await trySend(desk, claimed, signal);
  fault("delivery.unsettled");
  desk.meter.attempted(delivery.target, sent.kind, performance.now() - started);
  const settlement = settle(claimed, sent, desk.clock.now());
  await settleDelivery(desk.db, claimed, settlement, desk.owner, desk.clock.now());
  if (sent.kind === "reject")
    desk.log.error({ target: delivery.target, delivery: delivery.id, reason: sent.because }, "delivery is dead");
  else if (sent.kind !== "sent" && claimed.attempts <= 3)
    desk.log.warn(
      { target: delivery.target, delivery: delivery.id, reason: sent.because },
      "delivery will be tried again",
    );
  return 0;
}

async function trySend(desk: Desk, delivery: Delivery, signal: AbortSignal): Promise<Sent> {
  const cut = AbortSignal.any([signal, AbortSignal.timeout(longestSend)]);
  try {
    return delivery.kind === "channel" ? await say(desk, delivery, cut) : await mirror(desk, delivery, cut);
  } catch (thrown) {
    // A plug-in that throws has a bug; whether anything went out, nobody knows.
    desk.log.error({ target: delivery.target, delivery: delivery.id, reason: reasonOf(thrown) }, "a send broke");
    return { kind: "unknown", because: reasonOf(thrown) };
  }
}

async function say(desk: Desk, delivery: Delivery, signal: AbortSignal): Promise<Sent> {
  const found = desk.channels.get(brand<ChannelId>(delivery.target));
  if (found === undefined || delivery.message === undefined)
    return { kind: "reject", because: `there is no channel "${delivery.target}" any more` };
  const message: Message = {
    ...(await withLink(desk, delivery, found.audience)),
    possiblyRepeated: delivery.possiblyRepeated,
  };
  return found.channel.send(
    message,
    { key: String(delivery.id), ...(delivery.ref === undefined ? {} : { previousRef: delivery.ref }) },
    signal,
  );
}

async function withLink(desk: Desk, delivery: Delivery, audience: "team" | "users"): Promise<Message> {
  const message = delivery.message ?? {
    lead: "",
    text: "",
    mentions: [],
    saidAt: 0,
    priority: "news",
    possiblyRepeated: false,
  };
  const number = /^incident:(\d+)$/.exec(delivery.subject)?.[1];
  const incident = number === undefined ? undefined : await readIncident(desk.db, Number(number));
  if (incident === undefined) return message;
  const { secret } = await readRecord(desk.db);
  return { ...message, link: linkFor(incident, audience, desk.site.url, secret) };
}

async function mirror(desk: Desk, delivery: Delivery, signal: AbortSignal): Promise<Sent> {
  const target = desk.targets.get(brand<TargetId>(delivery.target));
  if (target === undefined)
    return { kind: "reject", because: `there is no publish target "${delivery.target}" any more` };
  const snapshot = await readSnapshot(desk, desk.clock.now(), target.everyMs);
  return target.publisher.publish(snapshot, snapshot.sequence, delivery.ref, signal);
}
