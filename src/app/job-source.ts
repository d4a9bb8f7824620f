// The one source of jobs whose past a backtest replays, made without a desk around it.
import { existsSync } from "node:fs";
import type { Config } from "../config/load.ts";
import type { SourceId } from "../config/names.ts";
import { connect, sqliteFile } from "../db/connect.ts";
import type { JobPast, ObservedTimes } from "../jobs/job-past.ts";
import { readObserved } from "../jobs/observed-store.ts";
import { wallClock, type Instant } from "../lib/clock.ts";
import type { Log } from "../lib/log.ts";
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { list } from "../lib/text.ts";
import { sources } from "../sources/registry.ts";
import { databaseUrl } from "./make-desk.ts";

export type JobSource = { readonly id: SourceId; readonly past: JobPast } & AsyncDisposable;

/** The source of this id; without one, the only source of jobs. */
export function openJobSource(config: Config, wanted: string | undefined, log: Log): Result<JobSource, string> {
  const entries = config.sources.filter(({ type }) => type === "jobs");
  const ids = entries.map(({ id }) => id);
  const [only, ...others] = wanted === undefined ? entries : entries.filter(({ id }) => id === wanted);
  if (only === undefined)
    return failed(wanted === undefined ? "the config has no source of type jobs" : `there is no source of jobs "${wanted}"; ${suggest(wanted, ids)}`); // prettier-ignore
  if (others.length > 0) return failed(`name one with --detector: ${list(ids)}`);
  const components = config.components.map(({ id, name }) => ({ id, name }));
  const source = sources[only.type]?.make(only, { clock: wallClock, log, components });
  if (source?.kind !== "looking" || source.past === undefined) return failed(`${only.id} tells of no past`);
  const { past } = source;
  return ok({ id: only.id, past, [Symbol.asyncDispose]: async () => source.close?.() });
}

/** What a server that watches this source has kept. It may run beside: nothing is written. */
export async function observedTimes(
  config: Config,
  dataDir: string,
  id: SourceId,
  from: Instant,
): Promise<ObservedTimes> {
  const url = databaseUrl(config, dataDir);
  const file = sqliteFile(url);
  if (file !== undefined && !existsSync(file)) return new Map();
  const connection = connect(url);
  try {
    return await readObserved(connection.db, id, from);
  } finally {
    await connection.close();
  }
}
