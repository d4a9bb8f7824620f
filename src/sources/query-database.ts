// The two databases that a query may read, made alike: bounded in time, unable to write, and away from our own loop.
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface, type Interface } from "node:readline";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { second } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";
import { readOnlyDatabase, type Care } from "./packit-connection.ts";
import type { Dialect } from "./query-text.ts";

export type Cells = Readonly<Record<string, string | null>>;
export type Parameters = { readonly after: string | number | null; readonly open: readonly string[] };

export type QueryDatabase = {
  readonly dialect: Dialect;
  /** For errors. */
  readonly place: string;
  columns(sql: string, signal: AbortSignal): Promise<readonly string[]>;
  rows(sql: string, parameters: Parameters, signal: AbortSignal): Promise<readonly Cells[]>;
  /** A question without parameters; cells as the driver has them. */
  select(sql: string, signal: AbortSignal): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** What stands before every id. */
  lowest(sql: string, signal: AbortSignal): Promise<string | number>;
  close(): Promise<void>;
};

const AnyRow = z.record(z.string(), z.unknown());
const Rows = z.record(z.string(), z.union([z.string(), z.number().transform(String), z.null()]));

/** By the number of a type: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat */
const lowestOf: Readonly<Record<number, string>> = {
  20: "-9223372036854775808",
  21: "-32768",
  23: "-2147483648",
  1_700: "-1e30",
  2_950: "00000000-0000-0000-0000-000000000000",
};

export function postgresDatabase(address: string, care: Care = {}): QueryDatabase {
  const database = readOnlyDatabase(address, { ...care, fenced: true });
  const url = new URL(address);
  const described = (sql: string, signal: AbortSignal) => database.columns(sql, [null, []], signal);
  return {
    dialect: "postgres",
    place: `${url.host}${url.pathname}`,
    columns: async (sql, signal) => (await described(sql, signal)).map(({ name }) => name),
    rows: (sql, { after, open }, signal) => database.rows(Rows, sql, [after, open], signal),
    select: (sql, signal) => database.rows(AnyRow, sql, [], signal),
    lowest: async (sql, signal) => {
      const id = (await described(sql, signal)).find(({ name }) => name === "id");
      return lowestOf[id?.type ?? 0] ?? "";
    },
    close: () => database.close(),
  };
}

const longestRead = 10 * second;
/** A query that answers with more than this has not been written for a detector. */
const largestAnswer = 64 * 1024 * 1024;

const Answer = z.union([
  z.object({ error: z.string() }),
  z.object({ columns: z.array(z.string()), rows: z.array(z.record(z.string(), z.unknown())) }),
]);

type Reader = { readonly child: ChildProcess; readonly lines: Interface };

export function sqliteDatabase(file: string, care: Pick<Care, "timeoutMs" | "what"> = {}): QueryDatabase {
  const { timeoutMs = longestRead, what = "the job database" } = care;
  const place = resolve(file);
  let reader: Reader | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  const drop = (): void => {
    reader?.child.kill("SIGKILL");
    reader = undefined;
  };
  const started = (): Reader => {
    if (reader !== undefined) return reader;
    if (!existsSync(place)) throw new Error("there is no such file");
    const program = fileURLToPath(new URL("../../src/sources/query-sqlite-child.ts", import.meta.url));
    const child = spawn(process.execPath, [program, place], { stdio: ["pipe", "pipe", "pipe"] });
    // Neither the child nor a pipe to it keeps a process that wants to end.
    child.unref();
    child.on("error", () => {});
    child.stdin.on("error", () => {});
    reader = { child, lines: createInterface({ input: child.stdout }) };
    return reader;
  };

  async function ask(
    sql: string,
    parameters: readonly unknown[],
    signal: AbortSignal,
  ): Promise<z.output<typeof Answer>> {
    const { child, lines } = started();
    const late = AbortSignal.timeout(timeoutMs);
    const cut = AbortSignal.any([signal, late]);
    const done = Promise.withResolvers<string>();
    const stop = (): void => done.reject(new Error(late.aborted ? `no answer within ${timeoutMs / second} s` : "the look was cut short")); // prettier-ignore
    let size = 0;
    const grow = (bytes: Buffer): void => {
      size += bytes.length;
      if (size > largestAnswer) done.reject(new Error("the answer is larger than 64 MB"));
    };
    let said = "";
    const hear = (bytes: Buffer): void => void (said = `${said}${bytes.toString()}`.slice(-2_000));
    const died = (): void => done.reject(new Error(/Error: (.*)/u.exec(said)?.[1] ?? "its reader ended"));
    cut.addEventListener("abort", stop, { once: true });
    if (cut.aborted) stop();
    child.once("close", died).stdout?.on("data", grow);
    child.stderr?.on("data", hear);
    lines.once("line", done.resolve);
    try {
      child.stdin?.write(`${JSON.stringify({ sql, parameters })}\n`);
      return Answer.parse(JSON.parse(await done.promise));
    } catch (thrown) {
      drop();
      throw thrown;
    } finally {
      cut.removeEventListener("abort", stop);
      child.off("close", died).stdout?.off("data", grow);
      child.stderr?.off("data", hear);
      lines.off("line", done.resolve);
    }
  }

  /** As the column would hold it: SQLite compares a number with a column of texts as a text, but not the other way round. */
  const asId = (id: string | number | null): string | number | null =>
    typeof id === "string" && /^(0|-?[1-9]\d{0,15})$/u.test(id) && Number.isSafeInteger(Number(id)) ? Number(id) : id;

  /** One at a time; an error says which file. */
  async function inTurn(sql: string, parameters: readonly unknown[], signal: AbortSignal) {
    const mine = turn.then(() => ask(sql, parameters, signal));
    turn = mine.catch(() => undefined);
    const answer = await mine.catch((thrown: unknown) => {
      throw new Error(`${what} ${place}: ${thrown instanceof Error ? thrown.message : String(thrown)}`, {
        cause: thrown,
      });
    });
    if ("error" in answer) throw new Error(`${what} ${place}: ${oneLine(answer.error, 300)}`);
    return answer;
  }
  const numbersOf = ({ after, open }: Parameters): readonly unknown[] => [asId(after), JSON.stringify(open.map(asId))];

  return {
    dialect: "sqlite",
    place,
    columns: async (sql, signal) => (await inTurn(sql, numbersOf({ after: null, open: [] }), signal)).columns,
    rows: async (sql, parameters, signal) =>
      Rows.array().parse((await inTurn(sql, numbersOf(parameters), signal)).rows),
    select: async (sql, signal) => (await inTurn(sql, [], signal)).rows,
    // Numbers stand before texts, and every text before none.
    lowest: async () => Number.MIN_SAFE_INTEGER,
    close: async () => drop(),
  };
}
