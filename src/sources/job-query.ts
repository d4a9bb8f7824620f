// Jobs by a query of the operator's own: the highest id, the last thousand (commits arrive out of order) and the ids of
// unfinished rows are kept, and only those are asked for.
import { z } from "zod";
import { isFinished, jobStatuses, type Job } from "../jobs/job.ts";
import type { JobFeed } from "../jobs/job-feed.ts";
import { day, second, type Instant } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { suggest, nearest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { count, list, oneLine } from "../lib/text.ts";
import { jobOf, jobRowOf } from "../jobs/job-row.ts";
import { observedEnd } from "./observed.ts";
import type { Cells, QueryDatabase } from "./query-database.ts";

const batchRows = 5_000;
/** A transaction that got its id earlier than another may commit later; not a thousand rows later. */
const windowRows = 1_000;
const historyMs = 14 * day;
const historyRows = 200_000;
const openRows = 2_000;
const longestCell = 2_000;
const shownProblems = 5;

const required = ["id", "type", "project", "status", "created_at"] as const;
const optional = ["target", "trigger", "started_at", "finished_at", "message", "repository", "commit", "pull", "check"];
const known: readonly string[] = [...required, ...optional];

export const QueryCursor = z.object({
  /** The last ids that were read, in the order of the database; the next look begins behind the first of them. */
  seen: z.array(z.string()),
  /** Unfinished: id → what it looked like, when it was made, and its type. */
  open: z.record(z.string(), z.tuple([z.string(), z.number(), z.string()])),
  /** When everything had been read; absent while the history is. */
  lookedAt: z.number().optional(),
});
export type QueryCursor = z.infer<typeof QueryCursor>;

/** ISO 8601 or as PostgreSQL and SQLite print a time, UTC without a zone; or seconds or milliseconds since the epoch. */
export function timeIn(text: string): number | string {
  if (/^-?\d+(\.\d+)?$/u.test(text)) {
    const n = Number(text);
    // 10^11 seconds are the year 5138, as many milliseconds 1973.
    return Math.abs(n) < 1e11 ? Math.round(n * second) : Math.round(n);
  }
  const [, date, time, zone = "Z"] =
    /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?) ?(Z|UTC|[+-]\d\d(?::?\d\d)?)?$/iu.exec(text.trim()) ?? [];
  if (date === undefined || time === undefined) return text;
  const offset = /^(z|utc)$/iu.test(zone) ? "Z" : zone.replace(/^([+-]\d\d):?(\d\d)?$/u, (_, h: string, m = "00") => `${h}:${m}`); // prettier-ignore
  return `${date}T${time.replace(",", ".")}${offset}`;
}

/** A row as JSON would tell it. */
function lineOf(row: Cells): Readonly<Record<string, unknown>> {
  const line: Record<string, unknown> = { ...row };
  for (const name of ["created_at", "started_at", "finished_at"])
    if (typeof row[name] === "string" && row[name] !== "") line[name] = timeIn(row[name]);
  const pull = row["pull"];
  if (typeof pull === "string" && /^\d+$/u.test(pull)) line["pull"] = Number(pull);
  return line;
}

/** One row as a job, or what is wrong with it. */
export function jobIn(row: Cells, endedAt: (createdAt: Instant) => Instant): Result<Job, string> {
  const named = `row ${oneLine(row["id"] ?? "without an id", 60)}`;
  for (const name of required) if (row[name] === null || row[name] === undefined) return failed(`${named}: ${name} is NULL`); // prettier-ignore
  const status = row["status"] ?? "";
  if (!jobStatuses.some((one) => one === status))
    return failed(`${named}: status: there is no "${oneLine(status, 40)}"; ${suggest(status, jobStatuses)}`);
  const read = jobRowOf(lineOf(row));
  return read.ok ? ok(jobOf(read.value, endedAt)) : failed(`${named}: ${read.error}`);
}

/** What is wrong with the columns of a query. */
export function columnProblems(columns: readonly string[]): readonly string[] {
  const strange = columns.filter((name) => !known.includes(name));
  return required
    .filter((name) => !columns.includes(name))
    .map((name) => {
      const meant = nearest(name, strange);
      return `it returns no column "${name}"${meant === undefined ? "" : `; write ${meant} as ${name}`}`;
    });
}

type Statements = {
  readonly describe: string;
  readonly after: (limit: number) => string;
  readonly again: string;
  readonly back: (offset: number) => string;
};

/** `columns` is empty for the first, which asks what there are. */
function statementsOf({ dialect }: QueryDatabase, query: string, columns: readonly string[]): Statements {
  const cut = (name: string): string =>
    dialect === "postgres"
      ? `left(job."${name}"::text, ${longestCell}) AS "${name}"`
      : `substr(CAST(job."${name}" AS TEXT), 1, ${longestCell}) AS "${name}"`;
  const job = `FROM (\n${query}\n) AS job`;
  const cells = columns.filter((name) => known.includes(name)).map(cut).join(", "); // prettier-ignore
  const [after, open] = dialect === "postgres" ? ["$1", "= ANY($2)"] : ["?1", "IN (SELECT value FROM json_each(?2))"];
  return {
    describe: `SELECT * ${job} LIMIT 0`,
    // The database takes these conditions into the query, so that it reads by its index whatever the query is.
    after: (limit) => `SELECT ${cells} ${job} WHERE job.id > ${after} ORDER BY job.id LIMIT ${limit}`,
    again: `SELECT ${cells} ${job} WHERE job.id ${open}`,
    back: (offset) => `SELECT ${cut("id")}, ${cut("created_at")} ${job} ORDER BY job.id DESC LIMIT 1 OFFSET ${offset}`,
  };
}

type Prepared = Statements & { readonly lowest: string | number };

/** Asks what the query returns. Throws with every mistake in its columns. */
async function prepare(database: QueryDatabase, query: string, signal: AbortSignal): Promise<Prepared> {
  const { describe } = statementsOf(database, query, []);
  const columns = await database.columns(describe, signal);
  const problems = columnProblems(columns);
  if (problems.length > 0)
    throw new Error(
      `the query at ${database.place}: ${problems.join("; ")} (it returns ${list(columns.slice(0, 30))})`,
    );
  return { ...statementsOf(database, query, columns), lowest: await database.lowest(describe, signal) };
}

/** An id so far back that what follows are the last 14 days, or 200,000 rows; or the lowest. */
async function findPlace(
  database: QueryDatabase,
  sql: Prepared,
  since: Instant,
  signal: AbortSignal,
): Promise<string | number> {
  for (let offset = windowRows; ; offset = Math.min(historyRows, offset * 2)) {
    const [row] = await database.rows(sql.back(offset), { after: sql.lowest, open: [] }, signal);
    if (row?.["id"] === undefined || row["id"] === null) return sql.lowest;
    const made = timeIn(row["created_at"] ?? "");
    const at = typeof made === "number" ? made : Date.parse(made);
    if (offset === historyRows || at < since) return row["id"];
  }
}

const markOf = (row: Cells): string => `${row["status"] ?? "NULL"}${(row["started_at"] ?? null) === null ? "" : "+"}`;

export type QueryFeed = JobFeed<QueryCursor> & Required<Pick<JobFeed<QueryCursor>, "check">>;

/** A feed over whatever the query reads. Rows that are no job are told of in the log and passed over. */
export function jobQuery(database: QueryDatabase, query: string, log: Log): QueryFeed {
  let prepared: Prepared | undefined;
  const told = new Set<string>();
  const report = (problems: readonly string[], nothing: boolean): void => {
    if (problems.length > 0 && nothing)
      throw new Error(`the query at ${database.place}: no row is a job: ${problems.slice(0, 3).join("; ")}`);
    const news = problems.map((problem) => problem.replace(/^row .*?: /u, "")).filter((problem) => !told.has(problem));
    if (news.length === 0) return;
    if (told.size < 100) for (const problem of news) told.add(problem);
    log.warn({ database: database.place, rows: problems.length, problems: problems.slice(0, shownProblems) }, "rows that are no job"); // prettier-ignore
  };

  async function read(after: QueryCursor | undefined, now: Instant, signal: AbortSignal) {
    const sql = (prepared ??= await prepare(database, query, signal));
    const start = after?.seen[0] ?? (await findPlace(database, sql, now - historyMs, signal));
    const live = after?.lookedAt !== undefined;
    const from = live ? start : (after?.seen.at(-1) ?? start);
    const limit = batchRows + (live ? windowRows : 0);
    const fresh = await database.rows(sql.after(limit), { after: from, open: [] }, signal);
    const complete = fresh.length < limit;
    const ids = fresh.map((row) => row["id"] ?? "");
    const due = complete ? Object.keys(after?.open ?? {}).filter((id) => !ids.includes(id)) : [];
    const highest = ids.at(-1) ?? after?.seen.at(-1) ?? start;
    const again = due.length === 0 ? [] : await database.rows(sql.again, { after: highest, open: due }, signal);

    const before = new Set(after?.seen);
    const open = { ...after?.open };
    const changed: Job[] = [];
    const problems: string[] = [];
    const endedAt = (createdAt: Instant): Instant => observedEnd(createdAt, after?.lookedAt, now);
    for (const row of [...fresh, ...again]) {
      const id = row["id"] ?? "";
      const mark = markOf(row);
      const was = open[id];
      // Known and finished, or as it was.
      if (was === undefined ? before.has(id) : was[0] === mark) continue;
      const job = jobIn(row, endedAt);
      if (!job.ok) problems.push(job.error);
      else changed.push(job.value);
      if (job.ok && isFinished(job.value)) delete open[id];
      // What cannot be read may be mended: its mark is none, so it is read again.
      else open[id] = job.ok ? [mark, job.value.createdAt, job.value.type] : ["", was?.[1] ?? now, ""];
    }
    report(problems, after === undefined && changed.length === 0);
    const kept = Object.entries(open).filter(([, [, since]]) => since >= now - historyMs);
    const seen = [...(live ? [String(start)] : (after?.seen ?? [String(start)])), ...ids].slice(-windowRows);
    const lookedAt = complete ? now : after?.lookedAt;
    const next = { seen, open: Object.fromEntries(kept.slice(-openRows)), ...(lookedAt !== undefined && { lookedAt }) };
    return { changed, next, complete };
  }

  return {
    read,
    open: (cursor) =>
      Object.values(cursor.open).flatMap(([mark, , type]) =>
        mark === "" ? [] : [{ type, status: mark.replace("+", "") }],
      ),
    check: async (now, signal) => {
      const sql = await prepare(database, query, signal);
      const [row] = await database.rows(sql.back(20), { after: sql.lowest, open: [] }, signal);
      const rows = await database.rows(sql.after(20), { after: row?.["id"] ?? sql.lowest, open: [] }, signal);
      const problems = rows.map((each) => jobIn(each, () => now)).flatMap((job) => (job.ok ? [] : [job.error]));
      if (problems.length > 0)
        return failed(`of the last ${count(rows.length, "row")} ${problems.length} are no job: ${problems.slice(0, 3).join("; ")}`); // prettier-ignore
      return ok(rows.length === 0 ? "answers; there is no job yet" : `answers; the last ${count(rows.length, "job")} read well`); // prettier-ignore
    },
    close: () => database.close(),
  };
}
