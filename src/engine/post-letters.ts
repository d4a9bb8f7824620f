// Letters to one reader each: what a form asked for, and what a message to many could not bring in its turn.
import type { Letter, Posted } from "../delivery/letter.ts";
import { readDelivery } from "../delivery/delivery-store.ts";
import { day, hour, minute, second, type Instant } from "../lib/clock.ts";
import { sayDuration } from "../lib/duration.ts";
import { fault } from "../lib/fault.ts";
import { claimLetter, delayLetter, dropLetter, dueLetters, type QueuedLetter } from "../subscribers/letter-store.ts";
import type { Subscriber } from "../subscribers/subscriber.ts";
import {
  confirmSubscriber,
  findSubscriber,
  forgetBounces,
  noteBounce,
  setConfirmHash,
} from "../subscribers/subscriber-store.ts";
import { hashOf, manageKey, newToken, subscriptionLink } from "../subscribers/subscription-key.ts";
import { writeConfirmation, writeReminder } from "../subscribers/tidings.ts";
import { transact } from "./commit.ts";
import type { Desk } from "./desk.ts";
import { challengeOf } from "./hook-body.ts";
import { askHook } from "./post-hook.ts";
import { openLine, type Put, type RoadLine } from "./post-to.ts";
import { putting } from "./tell-subscribers.ts";
import { prepareTelling, secretsOf, type Telling } from "./message-to-many.ts";
import type { Turn } from "./turns.ts";

const idle = 2 * second;
const atOnce = 50;
const lines = 4;
/** News of an outage is old by then; a link to confirm is forgotten with who never used it. */
const keptFor = { told: day, confirm: 2 * day, manage: 2 * day } as const;

/** 1, 2, 4 … 60 min: long enough for a server that lets strangers wait (greylisting). */
function pause(attempts: number): number {
  return Math.min(hour, minute * 2 ** Math.min(6, Math.max(0, attempts - 1)));
}

export function makeLetterWriter(desk: Desk): Turn {
  return async (signal) => {
    const now = desk.clock.now();
    const { due, next } = await dueLetters(desk.db, now, atOnce);
    if (due.length === 0) return Math.min(idle, Math.max(1, (next ?? Infinity) - now));
    const tellings = new Map<number, Telling | undefined>();
    for (const id of new Set(due.flatMap(({ delivery }) => delivery ?? []))) {
      const delivery = await readDelivery(desk.db, id);
      tellings.set(id, delivery === undefined ? undefined : await prepareTelling(desk, delivery));
    }
    let halted = false;
    await Promise.all(
      Array.from({ length: lines }, async (_, nth) => {
        const roads = { mail: openLine(desk, "mail"), hooks: openLine(desk, "hooks") };
        for (const letter of due.filter((__, i) => i % lines === nth)) {
          if (signal.aborted || halted || desk.held?.() === false) break;
          halted ||= !(await send({ desk, letter, tellings, roads, signal }));
        }
        roads.mail.close();
      }),
    );
    return halted ? idle : 0;
  };
}

type Sending = {
  readonly desk: Desk;
  readonly letter: QueuedLetter;
  readonly tellings: ReadonlyMap<number, Telling | undefined>;
  readonly roads: { readonly mail: RoadLine; readonly hooks: RoadLine };
  readonly signal: AbortSignal;
};

/** False when the mail server takes nothing now. */
async function send(sending: Sending): Promise<boolean> {
  const { desk, letter } = sending;
  const reader = await findSubscriber(desk.db, { id: letter.subscriber });
  const wanted = reader !== undefined && (letter.about !== "told" || reader.state === "confirmed");
  if (!wanted || desk.clock.now() - letter.createdAt > keptFor[letter.about]) {
    if (reader !== undefined && letter.about === "told" && wanted) await noteBounce(desk.db, reader.id, "not reached in time"); // prettier-ignore
    await dropLetter(desk.db, letter.id);
    return true;
  }
  if (!(await claimLetter(desk.db, letter.id))) return true;
  fault("letter.claimed");
  const posted = await post(sending, reader);
  return settleLetter(sending, reader, posted);
}

async function post(sending: Sending, reader: Subscriber): Promise<Posted> {
  const { desk, letter, tellings, roads, signal } = sending;
  const road = reader.kind === "email" ? roads.mail : roads.hooks;
  if (letter.about === "told") {
    const telling = tellings.get(letter.delivery ?? 0);
    if (telling === undefined) return { kind: "reject", because: "what it was to tell is not kept any more" };
    return road.put(reader, putting(telling, reader, letter.possiblyRepeated), signal);
  }
  if (letter.about === "confirm" && reader.state === "confirmed") return { kind: "sent" };
  // The token is made here: the queue, too, has only its hash.
  const token = newToken();
  if (letter.about === "confirm") await setConfirmHash(desk.db, reader.id, hashOf(token));
  if (reader.kind === "webhook" && letter.about === "confirm") return challenge(sending, reader, token);
  const what = await asking(desk, letter, reader, token);
  return road.put(reader, what, signal);
}

/** A webhook proves itself by answering with the challenge, or somebody opens the link in it. */
async function challenge({ desk, signal }: Sending, reader: Subscriber, token: string): Promise<Posted> {
  const at = desk.clock.now();
  const body = challengeOf(reader, token, {
    url: desk.site.url,
    name: desk.site.name,
    secrets: await secretsOf(desk),
    at,
  });
  const asked = await askHook(desk, reader, body, signal);
  if (asked.kind !== "answer") return { kind: "later", because: asked.because };
  if (asked.status < 200 || asked.status >= 300) return { kind: "later", because: `it answered ${asked.status}` };
  if (asked.body.includes(token)) await confirmSubscriber(desk.db, reader.id, desk.clock.now());
  return { kind: "sent" };
}

async function asking(desk: Desk, letter: QueuedLetter, reader: Subscriber, token: string): Promise<Put> {
  const secrets = await secretsOf(desk);
  const { site, clock } = desk;
  const manage = subscriptionLink(site.url, manageKey(secrets, reader));
  const kept = desk.retention.subscribers_unconfirmed ?? 2 * day;
  const written = letter.about === "confirm" ? writeConfirmation(site, subscriptionLink(site.url, token), sayDuration(kept)) : writeReminder(site, manage); // prettier-ignore
  return {
    letter: (): Letter => ({
      ...written,
      to: [reader.address],
      id: `${letter.about}.${letter.createdAt.toString(36)}.${letter.id}`,
    }),
    hook: () =>
      challengeOf(reader, letter.about === "confirm" ? token : manageKey(secrets, reader), {
        url: site.url,
        name: site.name,
        secrets,
        at: clock.now(),
      }),
  };
}

async function settleLetter({ desk, letter }: Sending, reader: Subscriber, posted: Posted): Promise<boolean> {
  const now: Instant = desk.clock.now();
  await transact(desk, async (tx) => {
    switch (posted.kind) {
      case "sent":
        if (reader.bounces > 0) await forgetBounces(tx, reader.id);
        return dropLetter(tx, letter.id);
      case "refused":
        if (letter.about === "told") await noteBounce(tx, reader.id, posted.because);
        return dropLetter(tx, letter.id);
      case "reject":
        return dropLetter(tx, letter.id);
      case "later":
      case "retry":
      case "unknown":
        return delayLetter(
          tx,
          letter.id,
          now + (posted.kind === "retry" ? 15 * second : pause(letter.attempts + 1)),
          letter.possiblyRepeated || posted.kind === "unknown",
        );
    }
  });
  fault("letter.settled");
  if (posted.kind !== "sent")
    desk.log.warn({ subscriber: reader.id, about: letter.about, reason: posted.because }, "a letter did not arrive");
  return posted.kind !== "retry";
}
