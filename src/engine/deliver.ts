// The out-queue at work: one worker for each connection and each target; claim, send, settle.
import { readRecord } from "../db/record-store.ts";
import type { Sent } from "../delivery/channel.ts";
import { nextDue, nextUp, settle, type Delivery, type Settlement } from "../delivery/delivery.ts";
import { claimDelivery, settleDelivery, voidClaims, waitingDeliveries } from "../delivery/delivery-store.ts";
import type { Message } from "../delivery/message.ts";
import { brand } from "../lib/ids.ts";
import type { ChannelId } from "../config/names.ts";
import { readSurfaces } from "../delivery/surface-store.ts";
import { readIncident } from "../incidents/incident-store.ts";
import { fault } from "../lib/fault.ts";
import { minute } from "../lib/clock.ts";
import { reasonOf } from "../lib/result.ts";
import { adopt } from "./adopt.ts";
import type { Desk, DeskChannel } from "./desk.ts";
import { firstReached, linkFor, maintenanceLink } from "./links.ts";
import { shownOn } from "./shown.ts";
import { topicOf } from "./topics.ts";
import { tellNoticed } from "./tell-team.ts";

/** Deliveries that go out one after the other: the channels of one connection, or one publish target. */
export type Line = { readonly name: string; readonly targets: readonly string[] };

export function linesOf(desk: Desk): readonly Line[] {
  const connections = new Map<string, string[]>();
  for (const one of desk.channels.values()) {
    const { connection } = one.channel;
    const topic = topicOf(one);
    const own = topic === undefined ? [one.id] : [one.id, topic.id];
    connections.set(connection, [...(connections.get(connection) ?? []), ...own]);
  }
  const channels = [...connections].map(([name, targets]) => ({ name, targets }));
  const targets = [...desk.targets.keys(), ...desk.incidentTargets.keys()];
  return [...channels, ...targets.map((id) => ({ name: id, targets: [id] }))];
}

/** How long a look at an idle queue is good for, when no bell rings (another replica may have written). */
const idle = 2_000;
/** A send that hangs is cut off and counted as unknown. */
const longestSend = 2 * minute;

/** What a try became, while the database could not be told. */
type Unsettled = { readonly delivery: Delivery; readonly settlement: Settlement };

/**
 * The worker of one line: sends what it may send now, and returns how long to wait for more (0: there is more at once).
 * Throws when the database cannot be reached; the next turn first mends what was left open.
 */
export function makeDeliverer(desk: Desk, line: Line): (signal: AbortSignal) => Promise<number> {
  let unsettled: Unsettled | undefined;
  let claimInDoubt = false;

  async function mend(): Promise<void> {
    if (unsettled !== undefined) {
      await settleDelivery(desk.db, unsettled.delivery, unsettled.settlement, desk.owner, desk.clock.now());
      unsettled = undefined;
    }
    if (claimInDoubt) await voidClaims(desk.db, { owner: desk.owner, targets: line.targets });
    claimInDoubt = false;
  }

  return async (signal) => {
    await mend();
    const now = desk.clock.now();
    const waiting = await waitingDeliveries(desk.db, line.targets, now);
    const choice = nextUp(waiting, now);
    if (choice === undefined) return Math.min(idle, Math.max(1, (nextDue(waiting) ?? Infinity) - now));
    const { delivery, collapsed } = choice;
    claimInDoubt = true;
    const mine = await claimDelivery(desk.db, delivery, collapsed, desk.owner, now, desk.fence);
    claimInDoubt = false;
    if (!mine) return 0;
    fault("delivery.claimed");
    const claimed = { ...delivery, attempts: delivery.attempts + 1 };
    const sent = await timedSend(desk, claimed, signal);
    fault("delivery.unsettled");
    unsettled = { delivery: claimed, settlement: settle(claimed, sent, desk.clock.now()) };
    tellTrouble(desk, claimed, sent);
    await mend();
    if (sent.kind === "sent" && sent.noticed !== undefined) await tellNoticed(desk, claimed, sent.noticed);
    return 0;
  };
}

function tellTrouble(desk: Desk, delivery: Delivery, sent: Sent): void {
  if (sent.kind === "sent") return;
  const about = { target: delivery.target, delivery: delivery.id, reason: sent.because };
  if (sent.kind === "reject") desk.log.error(about, "delivery is dead");
  else if (delivery.attempts <= 3) desk.log.warn(about, "delivery will be tried again");
}

async function timedSend(desk: Desk, delivery: Delivery, signal: AbortSignal): Promise<Sent> {
  const started = performance.now();
  const sent = await trySend(desk, delivery, AbortSignal.any([signal, AbortSignal.timeout(longestSend)]));
  desk.meter.attempted(delivery.target, sent.kind, performance.now() - started);
  return sent;
}

type Send = () => Promise<Sent>;

async function trySend(desk: Desk, delivery: Delivery, signal: AbortSignal): Promise<Sent> {
  let send: Send;
  try {
    send = delivery.kind === "channel" ? await toSay(desk, delivery, signal) : await toMirror(desk, delivery, signal);
  } catch (thrown) {
    // What is said could not even be read: nothing went out.
    return { kind: "retry", because: reasonOf(thrown) };
  }
  // A process that was stopped meanwhile may have a successor, who says it too.
  if (desk.held?.() === false) return { kind: "retry", because: "this replica no longer runs the engine" };
  try {
    return await send();
  } catch (thrown) {
    // A plug-in that throws has a bug; whether anything went out, nobody knows.
    desk.log.error({ target: delivery.target, delivery: delivery.id, reason: reasonOf(thrown) }, "a send broke");
    return { kind: "unknown", because: reasonOf(thrown) };
  }
}

const never =
  (because: string): Send =>
  async () => ({ kind: "reject", because });

async function toSay(desk: Desk, delivery: Delivery, signal: AbortSignal): Promise<Send> {
  const found = desk.channels.get(brand<ChannelId>(delivery.target));
  if (found === undefined || delivery.message === undefined)
    return never(`there is no channel "${delivery.target}" any more`);
  const linked = await withLink(desk, delivery, delivery.message, found);
  const message: Message = { ...linked, possiblyRepeated: delivery.possiblyRepeated };
  const to = {
    // Numbers begin anew with a new database; the moment does not.
    key: `${delivery.createdAt.toString(36)}_${delivery.id}`,
    subject: delivery.subject,
    ...(delivery.ref === undefined ? {} : { previousRef: delivery.ref }),
  };
  return () => found.channel.send(message, to, signal);
}

async function toMirror(desk: Desk, delivery: Delivery, signal: AbortSignal): Promise<Send> {
  const shown = await shownOn(desk, delivery.target, delivery.subject);
  if (!shown.ok) return never(shown.error);
  return async () => {
    const done = await shown.value.publish(delivery.ref, signal);
    return done.kind === "overtaken" ? adopt(desk, done.state, done.because) : done;
  };
}

async function withLink(
  desk: Desk,
  delivery: Delivery,
  message: Message,
  { audience, page }: Pick<DeskChannel, "audience" | "page">,
): Promise<Message> {
  const [, kind, number] = /^(incident|maintenance):(\d+)$/.exec(delivery.subject) ?? [];
  if (number === undefined) return message;
  const { url } = audience === "users" ? page.site : desk.site;
  const publicly = async (link: string): Promise<string> => {
    // The auditor looks at the main page alone.
    const mirrors = [...desk.targets.values()].filter((target) => target.page.site.url === url);
    return url === desk.site.url ? firstReached(link, url, mirrors, await readSurfaces(desk.db)) : link;
  };
  if (kind === "maintenance") return { ...message, link: await publicly(maintenanceLink(url, Number(number))) };
  const incident = await readIncident(desk.db, Number(number));
  if (incident === undefined) return message;
  const { secret } = await readRecord(desk.db);
  return { ...message, link: await publicly(linkFor(incident, audience, url, secret)) };
}
