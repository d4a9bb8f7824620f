// Writes what monitors saw: each minute what is new, each hour the buckets of the hour before. A crash loses a minute.
import { hour, minute, second } from "../lib/clock.ts";
import { readHours, rollUp, writeHours } from "../monitors/sample-store.ts";
import { transact } from "./commit.ts";
import type { Desk } from "./desk.ts";

/** So many rows are written at once: everything else waits for no longer than that takes. */
const mostRows = 100;
const mostRolled = 10;
const every = 5 * second;
const soon = second / 4;

/** One turn; returns how long to wait for the next. */
export async function keepSamples(desk: Desk): Promise<number> {
  const { samples, clock } = desk;
  if (samples === undefined) return minute;
  const unread = samples.unread(mostRows);
  if (unread.length > 0) samples.read(await readHours(desk.db, unread));
  const rows = samples.due(clock.now(), mostRows);
  const rolled = await transact(desk, async (tx) => {
    await writeHours(tx, rows);
    // Nobody adds to an hour that has been over for some minutes.
    return rollUp(tx, clock.now() - hour / 20, mostRolled);
  });
  samples.written(rows, clock.now());
  if (rolled.unreadable > 0) desk.log.error({ hours: rolled.unreadable }, "stored samples cannot be read: unknown");
  const more = unread.length === mostRows || rows.length >= mostRows || rolled.hours === mostRolled;
  return more ? soon : every;
}

/** At the end of a term: all that is new. */
export async function saveSamples(desk: Desk): Promise<void> {
  const { samples, clock } = desk;
  if (samples === undefined) return;
  const now = clock.now();
  for (;;) {
    const unread = samples.unread(mostRows);
    samples.read(await readHours(desk.db, unread));
    const rows = samples.due(now, mostRows, true);
    if (rows.length === 0 && unread.length === 0) return;
    await transact(desk, (tx) => writeHours(tx, rows));
    samples.written(rows, now);
  }
}
