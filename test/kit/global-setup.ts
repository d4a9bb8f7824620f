// Before any test: peers that all tests share are started once. What is returned runs after the last test, failed or not.
import { findProgram, skipped } from "../peers/install.ts";
import { postgresMissingVariable, postgresUrlVariable, startPostgres } from "../peers/postgres.ts";

/** Test workers inherit the environment, so that is how they learn the shared PostgreSQL's URL. */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env[postgresUrlVariable] !== undefined) return undefined;
  const found = findProgram("initdb", "postgresql");
  if (skipped(found, "all tests on PostgreSQL")) {
    process.env[postgresMissingVariable] = found.missing;
    return undefined;
  }
  const postgres = await startPostgres();
  process.env[postgresUrlVariable] = postgres.url;
  return async () => {
    delete process.env[postgresUrlVariable];
    await postgres[Symbol.asyncDispose]();
  };
}
