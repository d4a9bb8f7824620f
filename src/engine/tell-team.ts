// What Tocsin itself has to tell the team of its surfaces: each thing once.
import type { Reader } from "../db/schema.ts";
import type { Delivery } from "../delivery/delivery.ts";
import { queueMessages } from "../delivery/delivery-store.ts";
import { hour } from "../lib/clock.ts";
import { stampOf } from "../lib/codes.ts";
import { sentences } from "./announce.ts";
import type { Desk } from "./desk.ts";

/** `once`: said at most once under this name. The bell is the caller's to ring, when it is committed. */
export async function tellTeam(
  db: Reader,
  desk: Desk,
  said: { readonly subject: string; readonly lead: string; readonly text: string; readonly event: string },
  once?: string,
): Promise<void> {
  const now = desk.clock.now();
  const { subject, lead, text, event } = said;
  const team = [...desk.channels.values()].filter(({ audience }) => audience === "team");
  const message = { event, lead, text: sentences([text]), mentions: [], saidAt: now, priority: "news", possiblyRepeated: false } as const; // prettier-ignore
  await queueMessages(
    db,
    team.map(({ id }) => ({ target: id, subject, message, ...(once === undefined ? {} : { once }) })),
    now,
  );
}

/** What a publisher found other than it left it. The same again within the hour is no news. */
export async function tellNoticed(desk: Desk, delivery: Delivery, noticed: string): Promise<void> {
  const about = { target: delivery.target, delivery: delivery.id, noticed };
  desk.log.warn(about, "it was not as it had been left");
  const turn = Math.floor(desk.clock.now() / hour);
  const said = { subject: delivery.subject, lead: delivery.target, text: noticed, event: "altered" };
  await tellTeam(desk.db, desk, said, `noticed/${delivery.target}/${delivery.subject}/${stampOf(noticed)}/${turn}`);
  desk.bell.ring();
}
