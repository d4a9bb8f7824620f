// Asks a database of yours a question, every so often: for one number, or for rows of which each is something wrong.
import { z } from "zod";
import { alertKinds, alertSeverities } from "../alerts/alert.ts";
import { defineSource, type SourceContext } from "../alerts/source.ts";
import { duration, idOf } from "../config/fields.ts";
import type { ComponentId } from "../config/names.ts";
import { second } from "../lib/clock.ts";
import { nearest } from "../lib/nearest.ts";
import { failed, ok, reasonOf } from "../lib/result.ts";
import { sha256 } from "../lib/signature.ts";
import { count, list, oneLine } from "../lib/text.ts";
import { postgresDatabase, sqliteDatabase, type QueryDatabase } from "./query-database.ts";
import { selectTrouble } from "./query-text.ts";
import { isFiring, judgeRows, noRows, rowsState, type WrongRow, type WrongRows } from "./wrong-rows.ts";

/** A look is cut off after a minute. */
const longestTimeout = 50 * second;

const isPostgres = (text: string): boolean =>
  URL.canParse(text) && ["postgres:", "postgresql:"].includes(new URL(text).protocol);

const column = (what: string, name: string) => z.string().min(1).default(name).describe(`The column with ${what}.`);
const usualColumns = { fingerprint: "fingerprint", summary: "summary", component: "component", severity: "severity" };

const Config = z
  .strictObject({
    database: z
      .string()
      .refine((text) => isPostgres(text) || /^sqlite:./u.test(text), "must be postgres://… or sqlite:FILE")
      .describe("postgres://… or sqlite:FILE. A role that may only read is enough."),
    query: z.string().min(1).max(20_000).describe("One select: for a number, or for rows that are wrong."),
    above: z.number().optional().describe("The query answers with one number, and more than this is wrong."),
    below: z.number().optional().describe("The query answers with one number, and less than this is wrong."),
    columns: z
      .strictObject({
        fingerprint: column("what tells one row from another", usualColumns.fingerprint),
        summary: column("what is wrong, in words", usualColumns.summary),
        component: column("the component, if there is one", usualColumns.component),
        severity: column("critical, warning or info, if there is one", usualColumns.severity),
      })
      .default(usualColumns)
      .describe("Without above and below each row is an alert, and these columns say what it is."),
    for: duration().prefault("0s").describe("How long it must be wrong before it is an alert. 0s when not written."),
    summary: z.string().trim().min(1).max(200).optional().describe("What is wrong then, in a few words."),
    component: idOf<ComponentId>().optional().describe("The component that is not right, where the row names none."),
    kind: z.enum(alertKinds).default("other").describe("What kind of trouble it is."),
    severity: z.enum(alertSeverities).default("warning").describe("How bad it is, where the row does not say."),
    every: duration(second).prefault("1m").describe("How often to ask."),
    timeout: duration(second)
      .refine((ms) => ms <= longestTimeout, `must be at most ${longestTimeout / second}s`)
      .prefault("10s")
      .describe("How long the database may work on it; then it is stopped there."),
    blind_after: duration(second).prefault("10m").describe("How long asking may fail before that is an alert."),
  })
  .superRefine(({ query, above, below }, check) => {
    const wrong = (message: string, key: string): void => check.addIssue({ code: "custom", message, path: [key], input: undefined }); // prettier-ignore
    const trouble = selectTrouble(query);
    if (trouble !== undefined) wrong(trouble, "query");
    if (above !== undefined && below !== undefined && below > above)
      wrong("is more than above: every number would be wrong", "below");
  });
type Config = z.output<typeof Config>;

type Cells = Readonly<Record<string, unknown>>;

/** Whatever a driver makes of a cell, as text. */
function text(cell: unknown): string | undefined {
  if (cell === null || cell === undefined) return undefined;
  if (cell instanceof Date) return Number.isNaN(cell.getTime()) ? undefined : cell.toISOString();
  return typeof cell === "string" ? cell : typeof cell === "bigint" ? cell.toString() : JSON.stringify(cell);
}

const asksNumber = ({ above, below }: Config): boolean => above !== undefined || below !== undefined;

/** Throws what the answer is instead: what cannot be told is blindness. */
function numberIn(rows: readonly Cells[]): number {
  const cells = Object.values(rows[0] ?? {});
  if (rows.length !== 1 || cells.length !== 1)
    throw new Error(`the query must answer with one number, not ${count(rows.length, "row")} of ${count(cells.length, "column")}`); // prettier-ignore
  const said = text(cells[0]);
  const value = said === undefined || said.trim() === "" ? NaN : Number(said);
  if (!Number.isFinite(value)) throw new Error(`the query must answer with one number, not ${said === undefined ? "NULL" : `"${oneLine(said, 50)}"`}`); // prettier-ignore
  return value;
}

function wrongNumber(value: number, config: Config, id: string): readonly WrongRow[] {
  const { above, below, component, severity } = config;
  const limits = [
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ];
  if (!(above !== undefined && value > above) && !(below !== undefined && value < below)) return [];
  const summary = `${config.summary ?? id}: ${value} (alert ${limits.join(" or ")})`;
  return [{ fingerprint: "value", summary, severity, labels: {}, ...(component === undefined ? {} : { component }) }];
}

const mostLabels = 30;

function wrongRow(cells: Cells, config: Config, { components }: SourceContext): WrongRow {
  const { columns } = config;
  const said = (name: string): string | undefined => text(Object.hasOwn(cells, name) ? cells[name] : undefined);
  for (const name of [columns.fingerprint, columns.summary]) {
    if (Object.hasOwn(cells, name)) continue;
    const near = nearest(name, Object.keys(cells));
    const slip = near === undefined ? "" : `; is it ${near}?`;
    throw new Error(
      `the query answers without the column ${name}, but with ${list(Object.keys(cells).slice(0, 20))}${slip}`,
    );
  }
  const named = said(columns.component);
  const component = components.find(({ id }) => id === named)?.id ?? config.component;
  const severity = alertSeverities.find((each) => each === said(columns.severity)) ?? config.severity;
  const own: readonly string[] = Object.values(columns);
  const others = Object.keys(cells).filter((name) => !own.includes(name) || (name === columns.component && component !== named)); // prettier-ignore
  const labels = others.slice(0, mostLabels).flatMap((name) => {
    const value = said(name);
    return value === undefined ? [] : [[oneLine(name, 100), oneLine(value, 200)] as const];
  });
  const fingerprint = oneLine(said(columns.fingerprint) ?? "", 200);
  const words = oneLine(said(columns.summary) ?? "", 500) || fingerprint || "a row without words";
  return {
    // A cell of control characters alone is no name, and a longer one than is kept must not be taken for another.
    fingerprint: fingerprint.length < 100 && fingerprint !== "" ? fingerprint : sha256(said(columns.fingerprint) ?? "").slice(0, 16), // prettier-ignore
    summary: config.summary === undefined ? words : `${config.summary}: ${words}`,
    severity,
    ...(component === undefined ? {} : { component }),
    labels: Object.fromEntries(labels),
  };
}

function open({ database, timeout }: Config): QueryDatabase {
  const care = { timeoutMs: timeout, freePlanner: true, what: "the database" };
  return isPostgres(database)
    ? postgresDatabase(database, care)
    : sqliteDatabase(database.slice("sqlite:".length), care);
}

export const sql = defineSource<typeof Config, WrongRows>(
  Config,
  (config) => (config.component === undefined ? [] : [{ component: config.component, path: ["component"] }]),
  ({ id, config }, context) => {
    const database = open(config);
    const query = config.query.trim().replace(/;\s*$/u, "");
    const about = config.component === undefined ? {} : { component: config.component };
    const wrongNow = (rows: readonly Cells[]): readonly WrongRow[] =>
      asksNumber(config)
        ? wrongNumber(numberIn(rows), config, id)
        : rows.map((cells) => wrongRow(cells, config, context));
    return {
      kind: "looking",
      everyMs: config.every,
      blindAfterMs: config.blind_after,
      components: config.component === undefined ? [] : [config.component],
      ...rowsState,
      async reach(signal) {
        try {
          const rows = await database.select(query, signal);
          const wrong = wrongNow(rows).length;
          const said = asksNumber(config) ? `the number is ${numberIn(rows)}` : count(rows.length, "row");
          return ok(
            `${oneLine(database.place, 100)}: ${said}, ${wrong === 0 ? "nothing" : count(wrong, "thing")} wrong`,
          );
        } catch (thrown) {
          return failed(reasonOf(thrown));
        }
      },
      async look({ now, state }, signal) {
        signal.throwIfAborted();
        const rows = await database.select(query, signal);
        signal.throwIfAborted();
        const terms = { source: id, kind: config.kind, forMs: config.for, ...about };
        const judged = judgeRows(state ?? noRows, wrongNow(rows), now, terms);
        return { ...judged, samples: [{ ...about, at: now, up: !isFiring(judged.state) }] };
      },
      close: () => database.close(),
    };
  },
);
