// What was asked under a key is done once: the change and its answer are one transaction, so a crash keeps both or neither.
import { forgetAnswers, keepAnswer, readAnswer, takeSlot, type Slot } from "../db/answer-store.ts";
import { day } from "../lib/clock.ts";
import { fault } from "../lib/fault.ts";
import { stored } from "../lib/json.ts";
import { committed, transact } from "./commit.ts";
import type { Desk } from "./desk.ts";

/** How long an answer can be asked for again. */
export const keptFor = day;

export type Done<T> =
  | { readonly kind: "done"; readonly value: T; readonly replayed: boolean }
  /** Another request came under this key. */
  | { readonly kind: "reused" }
  /** The same key is at work in this process right now. */
  | { readonly kind: "in-progress" };

/** `request` tells whether it is the same again; `work` must do everything through the desk that it is handed. */
export type Once = <T>(slot: Slot, request: string, work: (desk: Desk) => Promise<T>) => Promise<Done<T>>;

export function makeOnce(desk: Desk): Once {
  const atWork = new Set<string>();
  return async (slot, request, work) => {
    const name = JSON.stringify([slot.caller, slot.key]);
    if (atWork.has(name)) return { kind: "in-progress" };
    atWork.add(name);
    try {
      const done = await doOnce(desk, slot, request, work);
      committed(desk);
      return done;
    } finally {
      atWork.delete(name);
    }
  };
}

function doOnce<T>(desk: Desk, slot: Slot, request: string, work: (desk: Desk) => Promise<T>): Promise<Done<T>> {
  return transact(desk, async (tx): Promise<Done<T>> => {
    const now = desk.clock.now();
    await forgetAnswers(tx, now - keptFor);
    const before = await readAnswer(tx, slot);
    if (before !== undefined)
      return before.request === request
        ? { kind: "done", value: stored<T>(before.answer), replayed: true }
        : { kind: "reused" };
    await takeSlot(tx, slot, request, now);
    // Nobody is woken before there is something to see.
    const value = await work({ ...desk, db: tx, bell: { ...desk.bell, ring: () => {} } });
    await keepAnswer(tx, slot, JSON.stringify(value));
    fault("answer.kept");
    return { kind: "done", value, replayed: false };
  });
}
