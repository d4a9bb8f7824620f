// One careful connection to somebody else's database: read-only, bounded in time, made again on the next look after a failure.
import type { Client, FieldDef } from "pg";
import type { z } from "zod";
import { reasonOf } from "../lib/result.ts";

/** Their planner may think a table small or a filter wide; a scan of it would still hurt them, so we never let it choose one. */
const readOnly = "SET default_transaction_read_only = on";
export const sessionSettings = [
  readOnly,
  "SET statement_timeout = '10s'",
  "SET enable_seqscan = off",
  "SET enable_hashjoin = off",
  "SET enable_mergejoin = off",
].join("; ");

export type ReadOnlyDatabase = {
  /** Throws an Error that names the server and never the password. */
  rows<T>(row: z.ZodType<T>, sql: string, parameters: readonly unknown[], signal: AbortSignal): Promise<readonly T[]>;
  /** The columns that a statement answers with, and the number of the type of each. */
  columns(sql: string, parameters: readonly unknown[], signal: AbortSignal): Promise<readonly Column[]>;
  close(): Promise<void>;
};

export type Column = { readonly name: string; readonly type: number };

/** Whatever of the URL must not be repeated, in each form in which an error could repeat it. */
function secretsOf(url: URL): readonly string[] {
  const raw = [url.password, url.searchParams.get("password") ?? ""];
  const decoded = raw.map((secret) => {
    try {
      return decodeURIComponent(secret);
    } catch {
      return secret;
    }
  });
  return [...new Set([...raw, ...decoded])].filter((secret) => secret !== "");
}

/** Rejects when the signal aborts; a query that hangs is left behind with its connection. */
async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const gone = Promise.withResolvers<never>();
  const abort = (): void => gone.reject(new Error("the look was cut short"));
  signal.addEventListener("abort", abort, { once: true });
  if (signal.aborted) abort();
  try {
    return await Promise.race([work, gone.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
    work.catch(() => undefined);
  }
}

/**
 * For statements that are not ours: each in a transaction of its own that cannot write, is cut off by the server, and
 * is rolled back, with whatever it set for the session.
 */
const fence = (timeoutMs: number): string =>
  `BEGIN READ ONLY; SET LOCAL statement_timeout = ${Math.round(timeoutMs)}; SET LOCAL lock_timeout = '2s'; SET LOCAL datestyle = 'ISO, YMD'; SET LOCAL timezone = 'UTC'`;

export type Care = {
  /** Each statement in a transaction of its own, for statements that are not ours. */
  readonly fenced?: boolean;
  /** How long a fenced statement may take. */
  readonly timeoutMs?: number;
  /** Its operator knows the table: the planner does as it thinks best. */
  readonly freePlanner?: boolean;
  /** What it is called in errors. */
  readonly what?: string;
};

const longestStatement = 10_000;
/** For a server that is gone without a word; statement_timeout is the usual end. */
const grace = 2_000;

export function readOnlyDatabase(
  address: string,
  { fenced = false, timeoutMs = longestStatement, freePlanner = false, what = "the job database" }: Care = {},
): ReadOnlyDatabase {
  const url = new URL(address);
  const place = `${url.host}${url.pathname}`;
  const secrets = secretsOf(url);
  let client: Client | undefined;

  const drop = (lost: Client): void => {
    if (client === lost) client = undefined;
    lost.end().catch(() => undefined);
  };
  const connected = async (signal: AbortSignal): Promise<Client> => {
    if (client !== undefined) return client;
    // Not before the first look: a desk without a job database starts without it.
    const { Client } = await import("pg");
    const fresh = new Client({
      connectionString: address,
      application_name: "tocsin",
      connectionTimeoutMillis: 10_000,
      query_timeout: timeoutMs + grace,
      keepAlive: true,
    });
    fresh.on("error", () => drop(fresh));
    try {
      await unlessAborted(fresh.connect(), signal);
      await unlessAborted(fresh.query(freePlanner ? readOnly : sessionSettings), signal);
    } catch (error) {
      drop(fresh);
      throw error;
    }
    client = fresh;
    return fresh;
  };

  type Answered = { readonly rows: readonly unknown[]; readonly fields: readonly FieldDef[] };
  const answer = async (sql: string, parameters: readonly unknown[], signal: AbortSignal): Promise<Answered> => {
    try {
      const open = await connected(signal);
      try {
        if (fenced) await unlessAborted(open.query(fence(timeoutMs)), signal);
        const answered = await unlessAborted(open.query<Record<string, unknown>>(sql, [...parameters]), signal);
        if (fenced) await unlessAborted(open.query("ROLLBACK"), signal);
        return answered;
      } catch (error) {
        drop(open);
        throw error;
      }
    } catch (error) {
      const reason = `${what} at ${place}: ${reasonOf(error)}`;
      // oxlint-disable-next-line eslint/preserve-caught-error -- the cause may carry the password
      throw new Error(secrets.reduce((text, secret) => text.replaceAll(secret, "***"), reason));
    }
  };

  return {
    rows: async (row, sql, parameters, signal) => {
      const { rows } = await answer(sql, parameters, signal);
      const parsed = row.array().safeParse(rows);
      if (!parsed.success) throw new Error(`${what} at ${place}: ${reasonOf(parsed.error)}`);
      return parsed.data;
    },
    columns: async (sql, parameters, signal) => {
      const { fields } = await answer(sql, parameters, signal);
      return fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
    },
    close: async () => {
      const open = client;
      client = undefined;
      await open?.end();
    },
  };
}
