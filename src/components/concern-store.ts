// Which components an incident or a window is about, as rows: so that a query of the public can leave out what is hidden.
import { sql, type RawBuilder } from "kysely";
import type { ComponentId } from "../config/names.ts";
import type { Tx } from "../db/schema.ts";
import type { Shown } from "./shown-components.ts";

export type ConcernKind = "incident" | "maintenance";

/** Of what is about no component. */
const none = "";

/** In the transaction that writes it: from now on it is about these. */
export async function saveConcerns(
  tx: Tx,
  kind: ConcernKind,
  number: number,
  components: readonly ComponentId[],
): Promise<void> {
  await tx.deleteFrom("concerns").where("kind", "=", kind).where("number", "=", number).execute();
  const names = components.length === 0 ? [none] : [...new Set<string>(components)];
  await tx
    .insertInto("concerns")
    .values(names.map((component) => ({ kind, number, component })))
    .execute();
}

/** A condition for the rows of `incidents` or `maintenances` that a page may show. What has no rows here is hidden. */
export function concernShown(kind: ConcernKind, shown: Shown): RawBuilder<boolean> {
  if ("except" in shown && shown.except.length === 0) return sql<boolean>`1 = 1`;
  const number = sql.ref(kind === "incident" ? "incidents.number" : "maintenances.number");
  const names = "only" in shown ? shown.only : shown.except;
  if (names.length === 0) return sql<boolean>`1 = 0`;
  const how = sql.raw("only" in shown ? "in" : "not in");
  return sql<boolean>`exists (select 1 from concerns where concerns.kind = ${sql.lit(kind)} and concerns.number = ${number}
    and concerns.component ${how} (${sql.join(names)}))`;
}
