// Puts one thing to one subscriber, on whichever road they chose; and which roads there are.
import type { Letter, Posted, Postbox, PostLine } from "../delivery/letter.ts";
import type { Road } from "../subscribers/fan-out-store.ts";
import type { Subscriber } from "../subscribers/subscriber.ts";
import type { Desk } from "./desk.ts";
import { postHook, type HookBody } from "./post-hook.ts";

/** The channel that carries users' mail; the first in the config. */
export function postboxOf(desk: Desk): Postbox | undefined {
  return [...desk.channels.values()].find(({ channel }) => channel.postbox !== undefined)?.channel.postbox;
}

/** Each goes to a host of its own, which may be slow. */
const hookLines = 16;

export type RoadOpen = { readonly road: Road; readonly lines: number };

export function roadsOf(desk: Desk): readonly RoadOpen[] {
  const kinds = desk.subscriptions?.kinds ?? [];
  const box = postboxOf(desk);
  return [
    ...(box === undefined || !kinds.includes("email") ? [] : [{ road: "mail" as const, lines: box.lines }]),
    ...(kinds.some((kind) => kind !== "email") ? [{ road: "hooks" as const, lines: hookLines }] : []),
  ];
}

export type Put = { readonly letter: () => Letter; readonly hook: () => HookBody };

/** One connection of a road; what is put on it goes one after the other. */
export type RoadLine = {
  put(subscriber: Subscriber, what: Put, signal: AbortSignal): Promise<Posted>;
  close(): void;
};

export function openLine(desk: Desk, road: Road): RoadLine {
  let line: PostLine | undefined;
  return {
    async put(subscriber, what, signal) {
      if (road === "hooks") return postHook(desk, subscriber, what.hook(), signal);
      line ??= postboxOf(desk)?.open();
      if (line === undefined) return { kind: "retry", because: "no channel of type email for users is in the config" };
      return line.post(what.letter(), signal);
    },
    close: () => line?.close(),
  };
}
