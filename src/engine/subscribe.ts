// What readers of the page do about being told: ask, confirm, change, end. Nobody learns who has subscribed.
import type { Component } from "../components/component.ts";
import { shows } from "../components/shown-components.ts";
import { day } from "../lib/clock.ts";
import { readAddress } from "../subscribers/address.ts";
import { readersWaiting, queueLetter } from "../subscribers/letter-store.ts";
import { mayWrite, type Subscriber, type SubscriberKind, type Wants } from "../subscribers/subscriber.ts";
import {
  confirmSubscriber,
  countSubscribers,
  eraseSubscriber,
  findSubscriber,
  insertSubscriber,
  listSubscribers,
  noteAsked,
  setWants,
} from "../subscribers/subscriber-store.ts";
import { hashOf, isKeyOf, manageKey, newSalt, saltIn } from "../subscribers/subscription-key.ts";
import { committed, transact } from "./commit.ts";
import type { Desk } from "./desk.ts";
import { secretsOf } from "./message-to-many.ts";

/** More who never confirmed are an attack: their letters would go to people who never asked. */
const mostUnconfirmed = 5_000;

export type Asking = Wants & { readonly kind: SubscriberKind; readonly address: string };

/** `full`: nobody new can be taken. Whether the address is known makes no difference to the answer. */
export async function askToSubscribe(desk: Desk, asking: Asking): Promise<"taken" | "full"> {
  const taken = await transact(desk, async (tx) => {
    const now = desk.clock.now();
    const counts = await countSubscribers(tx);
    const known = await findSubscriber(tx, asking);
    const all = counts.unconfirmed + counts.confirmed + counts.suspended;
    const full = counts.unconfirmed >= mostUnconfirmed || all >= (desk.subscriptions?.most ?? 0);
    // A known address hears the same as an unknown one: else whoever fills the list could ask who is on it.
    const answer = full ? ("full" as const) : ("taken" as const);
    if (known === undefined) {
      if (full) return answer;
      await insertSubscriber(tx, { ...asking, salt: newSalt() }, now);
      const made = await findSubscriber(tx, asking);
      if (made === undefined) return "full" as const;
      await queueLetter(tx, { subscriber: made.id, about: "confirm", dueAt: now }, now);
      return answer;
    }
    const waits = (await readersWaiting(tx, [known.id])).has(known.id);
    if (mayWrite(known, now) && !waits) {
      const asked = now - known.askedAt >= day ? 1 : known.asked + 1;
      // What a confirmed one wants is theirs to change, by the link that only they have.
      const confirmed = known.state === "confirmed";
      await noteAsked(tx, known.id, asked, confirmed ? undefined : asking, now);
      await queueLetter(tx, { subscriber: known.id, about: confirmed ? "manage" : "confirm", dueAt: now }, now);
    }
    return answer;
  });
  committed(desk);
  return taken;
}

/** Whose token it is. A token to confirm is used up with it. */
export async function holderOf(
  desk: Desk,
  token: string,
): Promise<{ readonly subscriber: Subscriber; readonly confirms: boolean } | undefined> {
  const confirming = await findSubscriber(desk.db, { confirmHash: hashOf(token) });
  if (confirming !== undefined) return { subscriber: confirming, confirms: true };
  const subscriber = await findSubscriber(desk.db, { salt: saltIn(token) });
  const theirs = subscriber !== undefined && isKeyOf(token, await secretsOf(desk), subscriber);
  return theirs ? { subscriber, confirms: false } : undefined;
}

/** Returns the token of the page on which it can be changed. */
export async function confirmSubscription(desk: Desk, { id }: Pick<Subscriber, "id">): Promise<string | undefined> {
  return transact(desk, async (tx) => {
    const subscriber = await findSubscriber(tx, { id });
    if (subscriber === undefined) return undefined;
    await confirmSubscriber(tx, id, desk.clock.now());
    return manageKey(await secretsOf({ ...desk, db: tx }), subscriber);
  });
}

export async function changeSubscription(desk: Desk, id: number, wants: Wants): Promise<void> {
  await transact(desk, (tx) => setWants(tx, id, wants));
}

/** Nothing of them is kept, and nothing more is sent. */
export async function endSubscription(desk: Desk, id: number): Promise<void> {
  await transact(desk, (tx) => eraseSubscriber(tx, id));
}

/** What the page shows can be chosen; what it does not show, is not there. */
export function choosable(desk: Desk): readonly Component[] {
  return [...desk.components.values()].filter(({ id }) => shows(desk.pages[0].shown, id));
}

/** Whatever they subscribed with that address; returns how many subscriptions there were. */
export async function eraseAddress(desk: Desk, address: string): Promise<number> {
  return transact(desk, async (tx) => {
    // As it was kept: of a name with an umlaut, that is not what they wrote.
    const mail = readAddress("email", address, []);
    const forms = [...new Set([address, mail.ok ? mail.value : address, URL.parse(address)?.href ?? address])];
    const all = (await Promise.all(forms.map((form) => listSubscribers(tx, { address: form, limit: 100 })))).flat();
    for (const { id } of all) await eraseSubscriber(tx, id);
    return all.length;
  });
}
