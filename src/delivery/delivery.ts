// One row of the out-queue, and the pure decisions about it: what goes next, what becomes of a try, what collapses.
import { minute, second, type Instant } from "../lib/clock.ts";
import { count } from "../lib/text.ts";
import type { Sent } from "./channel.ts";
import type { Message } from "./message.ts";

export type Delivery = {
  readonly id: number;
  readonly kind: "channel" | "publisher";
  readonly target: string;
  readonly subject: string;
  readonly wish: number;
  readonly priority: "page" | "news";
  /** Absent for a publisher. */
  readonly message?: Message;
  readonly attempts: number;
  readonly createdAt: Instant;
  readonly dueAt: Instant;
  readonly possiblyRepeated: boolean;
  readonly ref?: string;
};

export type Settlement = {
  readonly status: "sent" | "pending" | "dead";
  readonly dueAt: Instant;
  readonly possiblyRepeated: boolean;
  readonly ref?: string;
  readonly reason?: string;
};

const firstBackoff = second;
const longestBackoff = 30 * second;

/** 1, 2, 4 … 30 s: a network that comes back is used soon, and a queue of a few hundred rows stays cheap. */
export function backoff(attempts: number): number {
  return Math.min(longestBackoff, firstBackoff * 2 ** Math.min(10, Math.max(0, attempts - 1)));
}

/** What becomes of a delivery after one try. Nothing that can still arrive is given up, however long it takes. */
export function settle(delivery: Delivery, sent: Sent, now: Instant): Settlement {
  const same = { dueAt: now, possiblyRepeated: delivery.possiblyRepeated };
  switch (sent.kind) {
    case "sent":
      return { ...same, status: "sent", ...(sent.ref === undefined ? {} : { ref: sent.ref }) };
    case "retry":
      return {
        ...same,
        status: "pending",
        dueAt: now + Math.max(sent.afterMs ?? 0, backoff(delivery.attempts)),
        reason: sent.because,
      };
    case "unknown":
      return {
        ...same,
        status: "pending",
        dueAt: now + backoff(delivery.attempts),
        // What is made equal is not said twice.
        possiblyRepeated: delivery.kind === "channel",
        reason: sent.because,
      };
    case "reject":
      return { ...same, status: "dead", reason: sent.because };
  }
}

/** Lines that waited longer than this are news no more: they are told as one. */
export const collapseAfter = 30 * minute;

export type Choice = {
  readonly delivery: Delivery;
  /** Older rows that this one speaks for. */
  readonly collapsed: readonly Delivery[];
};

/** A page anywhere in the line makes the whole line urgent: order within it is kept. */
function urgency(line: readonly Delivery[]): number {
  return line.some((delivery) => delivery.priority === "page") ? 0 : 1;
}

function collapse(line: readonly Delivery[], head: Delivery, now: Instant): Choice {
  const last = line.at(-1);
  const waited = now - head.createdAt > collapseAfter;
  if (!waited || last === undefined || last === head || last.message === undefined)
    return { delivery: head, collapsed: [] };
  const collapsed = line.slice(0, -1);
  const mentions = [...new Set(line.flatMap((delivery) => delivery.message?.mentions ?? []))];
  const text = `${last.message.text} (${count(collapsed.length, "earlier message")} could not be sent.)`;
  const possiblyRepeated = line.some((delivery) => delivery.possiblyRepeated);
  const priority = urgency(line) === 0 ? "page" : "news";
  return { delivery: { ...last, priority, possiblyRepeated, message: { ...last.message, text, mentions } }, collapsed };
}

function linesIn(waiting: readonly Delivery[]): readonly (readonly Delivery[])[] {
  return [...Map.groupBy(waiting, ({ target, subject }) => `${target}\n${subject}`).values()];
}

/**
 * What one connection sends next. `waiting` is all that is pending on it, oldest first. Order is kept per target and
 * subject; a line that cannot be sent holds back only its own; pages overtake news.
 */
export function nextUp(waiting: readonly Delivery[], now: Instant): Choice | undefined {
  const best = firstUp(waiting, now);
  return best === undefined ? undefined : collapse(best.line, best.head, now);
}

/** The same of what is never put together: it may have reached some already. */
export function nextAlone(waiting: readonly Delivery[], now: Instant): Delivery | undefined {
  return firstUp(waiting, now)?.head;
}

type Up = { readonly line: readonly Delivery[]; readonly head: Delivery };

function firstUp(waiting: readonly Delivery[], now: Instant): Up | undefined {
  let best: Up | undefined;
  for (const line of linesIn(waiting)) {
    const head = line[0];
    if (head === undefined || head.dueAt > now) continue;
    if (best === undefined || urgency(line) < urgency(best.line)) best = { line, head };
  }
  return best;
}

/** When the next one that is held back may go; undefined when nothing waits. What stands behind another goes by its turn. */
export function nextDue(waiting: readonly Delivery[]): Instant | undefined {
  const heads = linesIn(waiting).map((line) => line[0]?.dueAt ?? Infinity);
  return heads.length === 0 ? undefined : Math.min(...heads);
}
