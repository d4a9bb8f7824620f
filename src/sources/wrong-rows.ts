// What a question about many things answers with: each row that is wrong is an alert of its own, from its first look to its last. Pure.
import { z } from "zod";
import { jsonState } from "../alerts/json-state.ts";
import { alertKey, alertSeverities, type Alert, type AlertKind, type AlertSeverity, type Labels } from "../alerts/alert.ts"; // prettier-ignore
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { count, oneLine } from "../lib/text.ts";

/** A thing that is wrong now. */
export type WrongRow = {
  readonly fingerprint: string;
  readonly summary: string;
  readonly severity: AlertSeverity;
  readonly component?: ComponentId;
  readonly labels: Labels;
};

const Known = z.object({
  since: z.number(),
  firing: z.boolean(),
  summary: z.string(),
  severity: z.enum(alertSeverities),
  component: z.string().transform((id) => brand<ComponentId>(id)).optional(), // prettier-ignore
  labels: z.record(z.string(), z.string()),
});
export const WrongRows = z.object({ version: z.literal(1), rows: z.array(z.tuple([z.string(), Known])) });
export type WrongRows = z.output<typeof WrongRows>;
type Known = z.output<typeof Known>;

export const noRows: WrongRows = { version: 1, rows: [] };

/** More alerts at once help nobody; the rest is one alert that counts them. */
const mostRows = 100;
const rest = "more";

export type Terms = {
  readonly source: SourceId;
  readonly kind: AlertKind;
  /** A row is an alert when it was wrong for so long. */
  readonly forMs: number;
  /** Of the alert that counts the rest. */
  readonly component?: ComponentId;
};

/** `incomplete`: what is not among the rows may be wrong all the same, so nothing ends. */
export function judgeRows(
  state: WrongRows,
  wrong: readonly WrongRow[],
  now: Instant,
  { source, kind, forMs, component, incomplete = false }: Terms & { readonly incomplete?: boolean },
): { readonly state: WrongRows; readonly alerts: readonly Alert[] } {
  const before = new Map(state.rows);
  const after = new Map<string, Known>();
  const alerts: Alert[] = [];
  const say = (fingerprint: string, known: Known, status: Alert["status"]): void =>
    void alerts.push({
      key: alertKey(source, fingerprint),
      kind,
      status,
      severity: known.severity,
      ...(known.component === undefined ? {} : { component: known.component }),
      summary: oneLine(known.summary, 500),
      labels: known.labels,
      startsAt: Math.min(known.since, now),
      ...(status === "resolved" ? { endsAt: now } : {}),
      observedAt: now,
    });
  for (const { fingerprint, ...row } of bounded(wrong, before, component)) {
    const known = before.get(fingerprint);
    const since = known?.since ?? now;
    const firing = known?.firing === true || now - since >= forMs;
    // While it fires, it keeps the words that were told, and the state stays as it was written.
    after.set(fingerprint, known?.firing === true ? known : { ...row, since, firing });
    if (firing && known?.firing !== true) say(fingerprint, { ...row, since, firing }, "firing");
  }
  for (const [fingerprint, known] of before) {
    if (after.has(fingerprint)) continue;
    if (incomplete) after.set(fingerprint, known);
    else if (known.firing) say(fingerprint, known, "resolved");
  }
  return { state: { version: 1, rows: [...after] }, alerts };
}

/** Each thing once; those that are known first, so that a long answer in another order changes nothing. */
function bounded(
  wrong: readonly WrongRow[],
  known: ReadonlyMap<string, Known>,
  component: ComponentId | undefined,
): readonly WrongRow[] {
  const each = [...new Map(wrong.map((row) => [row.fingerprint, row])).values()];
  if (each.length <= mostRows) return each;
  const ranked = each.toSorted(
    (a, b) =>
      Number(known.has(b.fingerprint)) - Number(known.has(a.fingerprint)) || (a.fingerprint < b.fingerprint ? -1 : 1),
  );
  const left = each.length - mostRows;
  const summary = `${count(left, "more row")} beside ${mostRows} that are alerts of their own`;
  const about = component === undefined ? {} : { component };
  return [...ranked.slice(0, mostRows), { fingerprint: rest, summary, severity: "warning", labels: {}, ...about }];
}

export const isFiring = (state: WrongRows): boolean => state.rows.some(([, { firing }]) => firing);

/** When it cannot be read, the next look says again what is wrong; what ended meanwhile is told by nobody. */
export const rowsState = jsonState(WrongRows);
