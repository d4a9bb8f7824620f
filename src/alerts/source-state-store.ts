// What each looking source remembers between two looks, and since when it cannot look.
import type { SourceId } from "../config/names.ts";
import type { Reader, SourceStateTable } from "../db/schema.ts";
import { brand } from "../lib/ids.ts";
import type { Instant } from "../lib/clock.ts";
import { plainText } from "../lib/text.ts";

export type SourceState = {
  readonly source: SourceId;
  readonly state?: Uint8Array;
  readonly lookedAt?: Instant;
  readonly okAt?: Instant;
  readonly failingSince?: Instant;
  readonly reason?: string;
  /** It has failed for longer than `blind_after`. */
  readonly blind: boolean;
};

function fromRow(row: SourceStateTable): SourceState {
  return {
    source: brand<SourceId>(row.source),
    blind: row.blind === 1,
    ...(row.state === null ? {} : { state: row.state }),
    ...(row.looked_at === null ? {} : { lookedAt: row.looked_at }),
    ...(row.ok_at === null ? {} : { okAt: row.ok_at }),
    ...(row.failing_since === null ? {} : { failingSince: row.failing_since }),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}

export async function readSourceStates(db: Reader): Promise<ReadonlyMap<SourceId, SourceState>> {
  const rows = await db.selectFrom("source_states").selectAll().execute();
  return new Map(rows.map(fromRow).map((state) => [state.source, state]));
}

export async function readSourceState(db: Reader, source: SourceId): Promise<SourceState | undefined> {
  const row = await db.selectFrom("source_states").selectAll().where("source", "=", source).executeTakeFirst();
  return row === undefined ? undefined : fromRow(row);
}

export type SourceFigure = { readonly source: SourceId; readonly okAt?: Instant; readonly blind: boolean };

/** How each source sees, for `/metrics`, without all that it remembers. */
export async function sourceFigures(db: Reader): Promise<readonly SourceFigure[]> {
  const rows = await db.selectFrom("source_states").select(["source", "ok_at", "blind"]).execute();
  return rows.map((row) => ({
    source: brand<SourceId>(row.source),
    blind: row.blind === 1,
    ...(row.ok_at === null ? {} : { okAt: row.ok_at }),
  }));
}

export async function saveSourceState(db: Reader, state: SourceState): Promise<void> {
  const row = {
    state: state.state ?? null,
    looked_at: state.lookedAt ?? null,
    ok_at: state.okAt ?? null,
    failing_since: state.failingSince ?? null,
    reason: state.reason === undefined ? null : plainText(state.reason),
    blind: state.blind ? (1 as const) : (0 as const),
  };
  await db
    .insertInto("source_states")
    .values({ source: state.source, ...row })
    .onConflict((conflict) => conflict.column("source").doUpdateSet(row))
    .execute();
}

const looksAtOnce = 200;

/** These could look, and found nothing new. Of those that are written at once, each gets the time of the earliest. */
export async function noteLooks(
  db: Reader,
  looks: readonly { readonly source: SourceId; readonly at: Instant }[],
): Promise<void> {
  const sorted = looks.toSorted((a, b) => a.at - b.at);
  for (let i = 0; i < sorted.length; i += looksAtOnce) {
    const some = sorted.slice(i, i + looksAtOnce);
    const at = some[0]?.at ?? 0;
    await db
      .updateTable("source_states")
      .set({ looked_at: at, ok_at: at })
      .where(
        "source",
        "in",
        some.map(({ source }) => source),
      ) // prettier-ignore
      .where("looked_at", "<", at)
      .execute();
  }
}
