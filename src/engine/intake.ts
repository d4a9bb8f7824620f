// Webhooks: durably into the inbox, answered, then parsed and correlated in order. Each row takes effect exactly once.
import type { Headers, WebhookSource } from "../alerts/source.ts";
import { appendToInbox, markInbox, waitingInbox, type InboxRow } from "../alerts/inbox-store.ts";
import type { SourceId } from "../config/names.ts";
import { readRecord } from "../db/record-store.ts";
import { fault } from "../lib/fault.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { transact } from "./commit.ts";
import { takeAlert } from "./correlate-alert.ts";
import type { Desk } from "./desk.ts";

export type Receipt =
  | { readonly kind: "accepted"; readonly alerts: number; readonly warnings: readonly string[] }
  /** Kept in the inbox all the same. */
  | { readonly kind: "rejected"; readonly problems: readonly string[] }
  | { readonly kind: "unauthorized" }
  | { readonly kind: "unknown-source" };

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** Bytes to JSON; broken UTF-8 is an error of its own, never silently replaced. */
export function decode(body: Uint8Array): Result<unknown, string> {
  try {
    return ok(JSON.parse(utf8.decode(body)));
  } catch (thrown) {
    return failed(thrown instanceof SyntaxError ? `not JSON: ${thrown.message}` : "not UTF-8");
  }
}

/** Headers that may be kept: never the sender's secret. */
const keptHeaders = ["content-type", "user-agent", "request-id", "sentry-hook-resource", "x-forwarded-for"];

function kept(headers: Headers): Readonly<Record<string, string>> {
  return Object.fromEntries(
    keptHeaders.flatMap((name) => (headers[name] === undefined ? [] : [[name, String(headers[name]).slice(0, 500)]])),
  );
}

function webhook(desk: Desk, id: SourceId): WebhookSource | undefined {
  const source = desk.sources.get(id)?.source;
  return source?.kind === "webhook" ? source : undefined;
}

/** Takes one webhook in. When it resolves, the body is on disk. */
export async function receive(desk: Desk, id: SourceId, headers: Headers, body: Uint8Array): Promise<Receipt> {
  const source = webhook(desk, id);
  if (source === undefined) return { kind: "unknown-source" };
  if (!source.verify({ headers, body })) {
    desk.meter.refused(id, "unauthorized");
    return { kind: "unauthorized" };
  }
  const receivedAt = desk.clock.now();
  const json = decode(body);
  const parsed = json.ok ? source.parse(json.value, receivedAt) : failed([json.error]);
  const arrival = { source: id, receivedAt, headers: kept(headers), body };
  if (!parsed.ok) {
    await appendToInbox(desk.db, [{ ...arrival, rejected: parsed.error.join("; ").slice(0, 2_000) }]);
    desk.meter.refused(id, "not understood");
    return { kind: "rejected", problems: parsed.error };
  }
  await appendToInbox(desk.db, [arrival]);
  fault("inbox.appended");
  desk.bell.ring();
  return { kind: "accepted", alerts: parsed.value.alerts.length, warnings: parsed.value.warnings };
}

const batch = 100;

/** So often a row may fail while the database is well, before it is set aside: one must not block all that follow. */
const patience = 5;

/** Works off what waits in the inbox, in order; a turn tells whether there may be more. */
export function makeIntake(desk: Desk): () => Promise<boolean> {
  const failures = new Map<number, number>();
  const take = async (row: InboxRow): Promise<void> => {
    try {
      await takeRow(desk, row);
      failures.delete(row.id);
    } catch (thrown) {
      // Throws itself when the database is the trouble: that is no fault of the row.
      await readRecord(desk.db);
      const failed = (failures.get(row.id) ?? 0) + 1;
      failures.set(row.id, failed);
      if (failed < patience) throw thrown;
      desk.log.error(
        { source: row.source, inbox: row.id, reason: reasonOf(thrown) },
        "a webhook could not be taken in; it is kept as rejected",
      );
      await markInbox(desk.db, row.id, { status: "rejected", reason: reasonOf(thrown) }, desk.clock.now());
    }
  };
  return async () => {
    const rows = await waitingInbox(desk.db, batch);
    for (const row of rows) await take(row);
    if (rows.length > 0) desk.bell.ring();
    return rows.length === batch;
  };
}

async function takeRow(desk: Desk, row: InboxRow): Promise<void> {
  const parsed = parseRow(desk, row);
  const now = desk.clock.now();
  const outcomes = await transact(desk, async (tx) => {
    const mine = await markInbox(
      tx,
      row.id,
      parsed.ok ? { status: "done" } : { status: "rejected", reason: parsed.error },
      now,
    );
    if (!mine || !parsed.ok) return [];
    const done: string[] = [];
    for (const alert of parsed.value) done.push(await takeAlert(tx, desk, row.source, alert, now));
    return done;
  });
  for (const outcome of outcomes) desk.meter.alertTaken(row.source, outcome);
  fault("intake.committed");
}

type Alerts = Extract<ReturnType<WebhookSource["parse"]>, { ok: true }>["value"]["alerts"];

/** The parse that was tried before the answer, again: the row alone must be enough after a crash, or under a changed config. */
function parseRow(desk: Desk, row: InboxRow): Result<Alerts, string> {
  const source = webhook(desk, row.source);
  if (source === undefined) return failed(`the config has no webhook source "${row.source}" any more`);
  try {
    const json = decode(row.body);
    if (!json.ok) return json;
    const parsed = source.parse(json.value, row.receivedAt);
    return parsed.ok ? ok(parsed.value.alerts) : failed(parsed.error.join("; "));
  } catch (thrown) {
    return failed(`the parser of "${row.source}" broke: ${reasonOf(thrown)}`);
  }
}
