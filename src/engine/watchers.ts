// What the origin does for those who watch it from elsewhere: the key that they sign with, and taking back what they hold.
import { readRecord } from "../db/record-store.ts";
import { macOf } from "../lib/signature.ts";
import type { Reader } from "../db/schema.ts";
import { wishPublication } from "../delivery/delivery-store.ts";
import { siteSubject, transact } from "./commit.ts";
import type { Desk } from "./desk.ts";

/** What a watcher leaves on a mirror is taken up only when it is signed with this. */
export async function watchKey(db: Reader): Promise<string> {
  const { secret } = await readRecord(db);
  return macOf(["watch"], secret, { algorithm: "sha256", encoding: "hex" });
}

/** A watcher spoke for us: every mirror is made ours again now, not when its next renewal is due. */
export async function takeBack(desk: Desk): Promise<readonly string[]> {
  const now = desk.clock.now();
  const targets = [...desk.targets.keys()];
  await transact(desk, async (tx) => {
    for (const id of targets) await wishPublication(tx, id, siteSubject, now);
  });
  desk.bell.ring();
  return targets;
}
