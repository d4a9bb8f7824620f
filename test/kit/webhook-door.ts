// One webhook source behind the real door, with the intake that takes in what was kept.
import { listAlerts, type StoredAlert } from "../../src/alerts/alert-store.ts";
import { readInbox, walkInbox } from "../../src/alerts/inbox-store.ts";
import type { Headers, WebhookSource } from "../../src/alerts/source.ts";
import type { ComponentId, SourceId } from "../../src/config/names.ts";
import { ensureRecord } from "../../src/db/record-store.ts";
import { makeIntake } from "../../src/engine/intake.ts";
import { makeReceiver, type Receipt } from "../../src/engine/receive.ts";
import { brand } from "../../src/lib/ids.ts";
import type { Instant } from "../../src/lib/clock.ts";
import { bareDesk } from "./bare-desk.ts";
import { databases } from "./database.ts";

export type WebhookDoor = AsyncDisposable & {
  receive(body: Uint8Array, headers: Headers): Promise<Receipt>;
  /** Takes in all that waits. How many rows of the inbox there are of each status. */
  settle(): Promise<Readonly<Record<string, number>>>;
  alerts(): Promise<readonly StoredAlert[]>;
  set(now: Instant): void;
};

const most = 10_000;

export async function webhookDoor(id: SourceId, source: WebhookSource, now: Instant): Promise<WebhookDoor> {
  const sqlite = databases.find(({ name }) => name === "SQLite");
  if (sqlite === undefined) throw new Error("no SQLite");
  const database = await sqlite.open();
  await ensureRecord(database.db, 0);
  const bare = bareDesk(database.db, [{ id: brand<ComponentId>("copr"), name: "Copr builds", notice: {} }], {
    sources: new Map([[id, { id, type: "under-test", source }]]),
    limits: { waiting: most, waitingBytes: 1e9 },
  });
  bare.set(now);
  const receiver = makeReceiver(bare.desk);
  const intake = makeIntake(bare.desk);
  return {
    receive: (body, headers) => receiver.receive(id, headers, body),
    async settle() {
      while (await intake());
      const { ids } = await walkInbox(database.db, {}, 0, most);
      const rows = await readInbox(database.db, ids);
      const byStatus = Map.groupBy(rows, ({ status }) => status);
      return Object.fromEntries([...byStatus].map(([status, of]) => [status, of.length]));
    },
    alerts: () => listAlerts(database.db, { limit: most }),
    set: (at) => bare.set(at),
    [Symbol.asyncDispose]: () => database[Symbol.asyncDispose](),
  };
}
