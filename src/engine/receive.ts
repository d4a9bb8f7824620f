// Webhooks at the door: checked, written durably, answered. What comes at once is committed at once.
import { appendToInbox, measureInbox, mostArrivals, type Arrival } from "../alerts/inbox-store.ts";
import type { Heard, Headers, KeptHeaders, ParseProblems, WebhookSource } from "../alerts/source.ts";
import type { SourceId } from "../config/names.ts";
import { readRecord } from "../db/record-store.ts";
import { second, type Instant } from "../lib/clock.ts";
import { within } from "../lib/deadline.ts";
import { fault } from "../lib/fault.ts";
import { parseForeignJson } from "../lib/foreign-json.ts";
import { makeGatherer } from "../lib/gather.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { takeToken, type Bucket } from "../lib/token-bucket.ts";
import type { Desk } from "./desk.ts";
import { makeGate } from "./gate.ts";

export type Receipt =
  | {
      readonly kind: "accepted";
      readonly alerts: number;
      readonly warnings: readonly string[];
      /** Parts that were not understood. */
      readonly wrong?: readonly string[];
    }
  /** Kept in the inbox all the same. */
  | { readonly kind: "rejected"; readonly problems: readonly string[] }
  | { readonly kind: "unauthorized"; readonly asks: WebhookSource["asks"] }
  | { readonly kind: "unknown-source" }
  /** Nothing was kept: the sender shall send it again, not sooner than this. */
  | { readonly kind: "too-fast" | "full" | "unavailable"; readonly retryAfterMs: number };

export type Receiver = {
  /** When it resolves with `accepted` or `rejected`, the body is on disk. Never rejects. */
  receive(id: SourceId, headers: Headers, body: Uint8Array): Promise<Receipt>;
};

export type Parsed = Result<Heard, ParseProblems>;

/** What a body says to its source. A parser that breaks has not understood it. */
export function parseBody(source: WebhookSource, body: Uint8Array, receivedAt: Instant, headers: KeptHeaders): Parsed {
  const json = parseForeignJson(body);
  return json.ok ? parseJson(source, json.value, receivedAt, headers) : failed([json.error]);
}

function parseJson(source: WebhookSource, json: unknown, receivedAt: Instant, headers: KeptHeaders): Parsed {
  try {
    return source.parse(json, receivedAt, headers);
  } catch (thrown) {
    return failed([`the parser broke: ${reasonOf(thrown)}`]);
  }
}

type Checked = Result<Omit<Heard, "alerts"> & { readonly alerts: number }, ParseProblems>;

/** Whether a body can be taken, and how many alerts are in it. */
function checkBody(source: WebhookSource, body: Uint8Array, receivedAt: Instant, headers: KeptHeaders): Checked {
  const json = parseForeignJson(body);
  if (!json.ok) return failed([json.error]);
  const checked = source.check?.(json.value);
  if (checked !== undefined) return checked;
  const parsed = parseJson(source, json.value, receivedAt, headers);
  return parsed.ok ? ok({ ...parsed.value, alerts: parsed.value.alerts.length }) : parsed;
}

/** Headers that may be kept: never the sender's secret. */
const keptHeaders =
  "content-type user-agent request-id sentry-hook-resource sentry-hook-timestamp x-forwarded-for".split(" ");

function kept(headers: Headers): KeptHeaders {
  return Object.fromEntries(
    keptHeaders.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name]).slice(0, 500)]])),
  );
}

export function webhookOf(desk: Desk, id: SourceId): WebhookSource | undefined {
  const source = desk.sources.get(id)?.source;
  return source?.kind === "webhook" ? source : undefined;
}

/** Groups on their way to PostgreSQL at once. SQLite has one writer, whatever we ask. */
const groupsAtOnce = 2;

/** What a sender is told to wait when the store is down: it may be back soon, and senders are few. */
const storeDownMs = 5 * second;
/** Or the inbox over its bound: so long a backlog is not worked off in a moment. */
const fullMs = 5 * second;

/** A sender that waits longer has given up, or ties up a connection. */
const longestKeep = 5 * second;

const reasons = { "too-fast": "too fast", full: "inbox full", unavailable: "store down" } as const;

/** A body that is larger is seldom the same again. */
const shortBody = 2_048;
/** So many are remembered, and about as many that came before them. */
const fewBodies = 1_000;

type Accepted = Extract<Receipt, { readonly kind: "accepted" }>;

/** Senders repeat themselves to the byte: what was understood without a warning needs not be understood again to be taken. */
function makeMemory(): {
  readonly recall: (arrival: Arrival) => Accepted | undefined;
  readonly note: (arrival: Arrival, receipt: Accepted) => void;
} {
  let [young, old] = [new Map<string, Accepted>(), new Map<string, Accepted>()];
  const keyOf = ({ source, headers, body }: Arrival): string =>
    `${source} ${headers} ${Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString("latin1")}`;
  return {
    recall: (arrival) => {
      if (arrival.body.byteLength > shortBody) return undefined;
      const key = keyOf(arrival);
      return young.get(key) ?? old.get(key);
    },
    note(arrival, receipt) {
      if (arrival.body.byteLength > shortBody || receipt.warnings.length > 0 || receipt.wrong !== undefined) return;
      if (young.size >= fewBodies) [young, old] = [new Map<string, Accepted>(), young];
      young.set(keyOf(arrival), receipt);
    },
  };
}

/** The door of one process, for all its webhooks. */
export function makeReceiver(desk: Desk): Receiver {
  const gate = makeGate(desk.limits, () => measureInbox(desk.db));
  const memory = makeMemory();
  const buckets = new Map<SourceId, Bucket>();
  let troubled = false;
  const inbox = makeGatherer<Arrival>({
    write: async (arrivals) => {
      await appendToInbox(desk.db, arrivals);
      fault("inbox.appended");
      desk.arrivals.ring();
      if (troubled) desk.log.info("webhooks are kept again");
      troubled = false;
    },
    isWell: () => readRecord(desk.db).then(() => true, () => false), // prettier-ignore
    largest: mostArrivals,
    atOnce: groupsAtOnce,
  });

  function refuse(id: SourceId, why: "too-fast" | "full" | "unavailable", retryAfterMs: number): Receipt {
    desk.meter.refused(id, reasons[why]);
    return { kind: why, retryAfterMs };
  }

  function tooFast(id: SourceId, source: WebhookSource, now: number): number | undefined {
    if (source.rate === undefined) return undefined;
    const taken = takeToken(buckets.get(id), source.rate, now);
    if (!taken.ok) return taken.waitMs;
    buckets.set(id, taken.bucket);
    return undefined;
  }

  async function keep(arrival: Arrival, receipt: Receipt): Promise<Receipt> {
    const size = arrival.body.byteLength;
    if (!gate.admit(size, arrival.receivedAt)) return refuse(arrival.source, "full", fullMs);
    const added = inbox.add(arrival);
    const settled = (): void => gate.settled(size);
    added.then(settled, settled);
    try {
      // Written after all, it is taken in twice, as one that was sent again after any other 503.
      await within(longestKeep, added, "the database does not answer");
      return receipt;
    } catch (thrown) {
      // Once for each outage of the store, however many senders run into it.
      if (!troubled)
        desk.log.error(
          { source: arrival.source, reason: reasonOf(thrown) },
          "webhooks cannot be kept; senders are told so",
        );
      troubled = true;
      return refuse(arrival.source, "unavailable", storeDownMs);
    }
  }

  return {
    async receive(id, headers, body) {
      const source = webhookOf(desk, id);
      if (source === undefined) return { kind: "unknown-source" };
      if (!source.verify({ headers, body })) {
        desk.meter.refused(id, "unauthorized");
        return { kind: "unauthorized", asks: source.asks };
      }
      const receivedAt = desk.clock.now();
      const waitMs = tooFast(id, source, receivedAt);
      if (waitMs !== undefined) return refuse(id, "too-fast", waitMs);
      const known = kept(headers);
      const arrival = { source: id, receivedAt, headers: JSON.stringify(known), body };
      const before = memory.recall(arrival);
      if (before !== undefined) return keep(arrival, before);
      const parsed = checkBody(source, body, receivedAt, known);
      if (parsed.ok) {
        const { alerts, warnings, wrong } = parsed.value;
        const bad = wrong === undefined ? {} : { wrong };
        const receipt: Accepted = { kind: "accepted", alerts, warnings, ...bad };
        memory.note(arrival, receipt);
        if (wrong === undefined) return keep(arrival, receipt);
        desk.meter.refused(id, "partly not understood");
        return keep({ ...arrival, left: wrong.join("; ").slice(0, 2_000) }, receipt);
      }
      desk.meter.refused(id, "not understood");
      const rejected = parsed.error.join("; ").slice(0, 2_000);
      return keep({ ...arrival, rejected }, { kind: "rejected", problems: parsed.error });
    },
  };
}
