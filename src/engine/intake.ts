// What waits in the inbox is parsed and correlated, in order, in batches. Each row takes effect exactly once.
import { setImmediate as breathe, setTimeout as sleep } from "node:timers/promises";
import type { Alert } from "../alerts/alert.ts";
import { markInboxDone, rejectInInbox, waitingInbox, type InboxRow } from "../alerts/inbox-store.ts";
import type { SourceId } from "../config/names.ts";
import { readRecord } from "../db/record-store.ts";
import { condense } from "../alerts/repeats.ts";
import type { Heard } from "../alerts/source.ts";
import { second } from "../lib/clock.ts";
import { fault } from "../lib/fault.ts";
import { failed, reasonOf, type Result } from "../lib/result.ts";
import { transact } from "./commit.ts";
import { takeAlerts } from "./correlate-alert.ts";
import type { Desk } from "./desk.ts";
import { wordsOf } from "./group-ends.ts";
import { recentWords, type RecentWords } from "./recent-words.ts";
import { parseBody, webhookOf } from "./receive.ts";
import { TermOver } from "./term.ts";

/** A batch may keep everything else in this process waiting for about so long. */
const batchMs = 25;
const smallestBatch = 5;
const largestBatch = 5_000;

/**
 * After a batch the doors have the processor for so many times as long as it took: to take a webhook is more urgent than
 * to understand it, and of many repeats at once only one must be understood. When the oldest waits longer than `latest`,
 * they share it more evenly.
 */
const restShare = 3;
const restShareLate = 0.5;
const longestRest = 100;
const latest = second / 2;

/** So often a row may fail while the database is well, before it is set aside: one must not block all that follow. */
const patience = 5;

/** Works off what waits in the inbox, in order; a turn tells whether there may be more. */
export function makeIntake(desk: Desk): () => Promise<boolean> {
  const failures = new Map<number, number>();
  const recent = recentWords();
  let rung = desk.bell.rings();
  let batch = smallestBatch;
  let rest = 0;

  async function takeAlone(row: InboxRow): Promise<void> {
    try {
      await takeRows(desk, recent, [row]);
      failures.delete(row.id);
    } catch (thrown) {
      // Throws itself when the database is the trouble: that is no fault of the row.
      await readRecord(desk.db);
      const failed = (failures.get(row.id) ?? 0) + 1;
      failures.set(row.id, failed);
      if (failed < patience) throw thrown;
      failures.delete(row.id);
      desk.log.error(
        { source: row.source, inbox: row.id, reason: reasonOf(thrown) },
        "a webhook could not be taken in; it is kept as rejected",
      );
      await rejectInInbox(desk.db, row.id, reasonOf(thrown), desk.clock.now());
    }
  }

  async function takeTogether(rows: readonly InboxRow[]): Promise<void> {
    try {
      await takeRows(desk, recent, rows);
    } catch (thrown) {
      if (rows.length === 1 || thrown instanceof TermOver) throw thrown;
      desk.log.warn({ rows: rows.length, reason: reasonOf(thrown) }, "a batch of webhooks failed; each is taken alone");
      for (const row of rows) await takeAlone(row);
    }
  }

  return async () => {
    // Real time: this is about the processor. Even a rest of nothing lets others have a turn: SQLite never waits.
    await (rest > 0 ? sleep(rest) : breathe());
    const started = performance.now();
    const rows = await waitingInbox(desk.db, batch);
    const [oldest] = rows;
    rest = 0;
    if (oldest === undefined) return false;
    if (rung !== desk.bell.rings()) recent.forget();
    rung = desk.bell.rings();
    const alone = failures.size > 0 || rows.length === 1;
    if (alone) for (const row of rows) await takeAlone(row);
    else await takeTogether(rows);
    const waited = desk.clock.now() - oldest.receivedAt;
    desk.meter.tookIn(rows.length, waited);
    const more = rows.length === batch;
    const took = performance.now() - started;
    // A few are no load: the next one is taken as soon as it comes.
    rest =
      rows.length <= smallestBatch ? 0 : Math.min(longestRest, took * (waited < latest ? restShare : restShareLate));
    batch = nextBatch(batch, rows.length, took);
    return more;
  };
}

/** As many as fit into the time, by how long these took; never much more at once than before. */
function nextBatch(before: number, taken: number, tookMs: number): number {
  const fits = Math.floor((taken * batchMs) / Math.max(1, tookMs));
  return Math.max(smallestBatch, Math.min(largestBatch, before * 2, fits));
}

type Became = { readonly source: SourceId; readonly outcome: string; readonly alert?: Alert };

/** One transaction: all of them, or none. Rings when somebody has to act on them. */
async function takeRows(desk: Desk, recent: RecentWords, rows: readonly InboxRow[]): Promise<void> {
  const parsed = rows.map((row) => ({ row, alerts: parseRow(desk, row) }));
  const now = desk.clock.now();
  const outcomes = await transact(desk, async (tx): Promise<readonly Became[]> => {
    const good = parsed.flatMap(({ row, alerts }) => (alerts.ok ? [row.id] : []));
    for (const { row, alerts } of parsed) if (!alerts.ok) await rejectInInbox(tx, row.id, alerts.error, now);
    const mine = good.length === 0 ? new Set() : await markInboxDone(tx, good, now);
    const said = await wordsOf(
      tx,
      parsed.flatMap(({ row, alerts }) => (alerts.ok && mine.has(row.id) ? [{ ...row, heard: alerts.value }] : [])),
    );
    const { words, repeated } = condense(said);
    // What says something new of an alert makes all that the batch says of it worth a look.
    const news = new Set(words.flatMap(({ alert }) => (recent.isRepeat(alert) ? [] : [alert.key])));
    const looked = words.filter(({ alert }) => news.has(alert.key));
    const did = await takeAlerts(tx, desk, looked, now);
    const known = words.filter(({ alert }) => !news.has(alert.key));
    return [
      ...[...repeated, ...known].map(({ source }) => ({ source, outcome: "repeat" })),
      ...looked.map(({ source, alert }, i) => ({ source, alert, outcome: did[i] ?? "nothing" })),
    ];
  });
  for (const { source, outcome, alert } of outcomes) {
    desk.meter.alertTaken(source, outcome);
    if (alert !== undefined) recent.note(alert, outcome === "repeat");
  }
  fault("intake.committed");
  if (outcomes.some(({ outcome }) => outcome !== "repeat")) desk.bell.ring();
}

/** The parse that was tried before the answer, again: the row alone must be enough after a crash, or under a changed config. */
function parseRow(desk: Desk, row: InboxRow): Result<Heard, string> {
  const source = webhookOf(desk, row.source);
  if (source === undefined) return failed(`the config has no webhook source "${row.source}" any more`);
  const parsed = parseBody(source, row.body, row.receivedAt, row.headers);
  return parsed.ok ? parsed : failed(parsed.error.join("; "));
}
