// One message to many, ready to be put to each of them: what it is about, and what it says on each road.
import { readRecord } from "../db/record-store.ts";
import type { Delivery } from "../delivery/delivery.ts";
import type { Letter } from "../delivery/letter.ts";
import type { Message } from "../delivery/message.ts";
import { readIncident, readTimeline } from "../incidents/incident-store.ts";
import { readMaintenance } from "../maintenance/maintenance-store.ts";
import { publicIncident } from "../status/public-incident.ts";
import { publicMaintenance } from "../status/public-maintenance.ts";
import { readSnapshot } from "../status/read-snapshot.ts";
import { incidentPath, maintenancePath } from "../status/site-paths.ts";
import { statuspageWebhook, type StatuspageWebhook } from "../status/statuspage-webhook.ts";
import { aboutIncident, type About, type Subscriber } from "../subscribers/subscriber.ts";
import { manageKey, subscriptionLink, type KeySecrets } from "../subscribers/subscription-key.ts";
import { writeTidings, type Tidings } from "../subscribers/tidings.ts";
import { statuspageCode } from "../lib/codes.ts";
import type { Desk } from "./desk.ts";

export type Telling = {
  /** The same for every try, and for no other message. */
  readonly id: string;
  readonly about: About;
  /** For chats: what is said, and where there is more. */
  readonly message: Message & { readonly link: string };
  readonly letter: (subscriber: Subscriber, possiblyRepeated: boolean) => Letter;
  /** `unsubscribe`: the reader's own address. */
  readonly webhook: (unsubscribe: string) => StatuspageWebhook;
  readonly secrets: KeySecrets;
  /** Where the links of readers begin. */
  readonly site: string;
};

type Concern = {
  readonly about: About;
  readonly path: string;
  /** The same for all that is ever said of it. */
  readonly thread: string;
  readonly tidings: Pick<Tidings, "incident">;
  readonly webhook: Telling["webhook"];
};

export async function secretsOf(desk: Desk): Promise<KeySecrets> {
  return { record: (await readRecord(desk.db)).secret, config: desk.subscriptions?.secret };
}

/** Undefined when there is nothing left that it could be about. */
export async function prepareTelling(
  desk: Desk,
  delivery: Pick<Delivery, "id" | "subject" | "message" | "createdAt">,
): Promise<Telling | undefined> {
  const { message } = delivery;
  const concern = await concernOf(desk, delivery.subject);
  if (message === undefined || concern === undefined) return undefined;
  const secrets = await secretsOf(desk);
  const mirrors = [...desk.targets.values()].flatMap(({ publicUrl, page }) =>
    page === desk.pages[0] ? (publicUrl ?? []) : [],
  );
  const links = [desk.site.url, ...mirrors].map((url) => `${url.replace(/\/$/u, "")}/${concern.path}`);
  const write = writeTidings({
    site: desk.site,
    lead: message.lead,
    text: message.text,
    first: message.event === "published",
    links,
    now: desk.clock.now(),
    ...concern.tidings,
  });
  // Numbers begin anew with a new database; the moment does not.
  const id = `${delivery.createdAt.toString(36)}.${delivery.id}`;
  return {
    id,
    about: concern.about,
    message: { ...message, link: links[0] ?? desk.site.url },
    secrets,
    site: desk.site.url,
    webhook: concern.webhook,
    letter: (subscriber, possiblyRepeated) => {
      const manage = subscriptionLink(desk.site.url, manageKey(secrets, subscriber));
      return {
        ...write({ manage, possiblyRepeated }),
        to: [subscriber.address],
        id: `${id}.${subscriber.id}`,
        thread: concern.thread,
        unsubscribe: manage,
      };
    },
  };
}

async function concernOf(desk: Desk, subject: string): Promise<Concern | undefined> {
  const [, kind, digits] = /^(incident|maintenance):(\d+)$/u.exec(subject) ?? [];
  const number = Number(digits);
  if (kind === "incident") return incidentConcern(desk, number);
  return kind === "maintenance" ? maintenanceConcern(desk, number) : undefined;
}

async function incidentConcern(desk: Desk, number: number): Promise<Concern | undefined> {
  const incident = await readIncident(desk.db, number);
  const [page] = desk.pages;
  // What is no longer public is told to nobody.
  if (incident === undefined || incident.clocks.published === undefined) return undefined;
  const timeline = await readTimeline(desk.db, number);
  const shown = publicIncident(incident, statuspageCode("incident", incident.id), timeline, page.shown);
  const snapshot = await readSnapshot(desk, page, desk.clock.now(), 0);
  return {
    about: aboutIncident(timeline, page.shown),
    path: incidentPath(number),
    thread: `incident-${incident.id}`,
    tidings: { incident: shown },
    webhook: (unsubscribe) => statuspageWebhook(snapshot, { incident: shown }, unsubscribe),
  };
}

async function maintenanceConcern(desk: Desk, number: number): Promise<Concern | undefined> {
  const window = await readMaintenance(desk.db, number);
  if (window === undefined) return undefined;
  const now = desk.clock.now();
  const [page] = desk.pages;
  const snapshot = await readSnapshot(desk, page, now, 0);
  const shown = publicMaintenance(window, desk.site.timeZone, now, page.shown);
  return {
    about: { components: window.components, severity: "maintenance" },
    path: maintenancePath(number),
    thread: `maintenance-${window.id}`,
    tidings: {},
    webhook: (unsubscribe) => statuspageWebhook(snapshot, { maintenance: shown }, unsubscribe),
  };
}
