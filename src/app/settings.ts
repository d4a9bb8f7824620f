// Where this process finds its config and keeps its data: flags, then the environment, then what is usual.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadConfig, type Config, type ConfigError } from "../config/load.ts";
import { keepSecret } from "../lib/redact.ts";
import { failed, reasonOf, type Result } from "../lib/result.ts";
import { registries } from "./providers.ts";

export type Settings = {
  /** The config file, where there is one. */
  readonly configFile?: string;
  readonly dataDir: string;
};

export type Flags = { readonly config?: string | undefined; readonly data?: string | undefined };

export function settingsFrom(flags: Flags, env: NodeJS.ProcessEnv): Settings {
  const asked = flags.config ?? env["TOCSIN_CONFIG"];
  const usual = existsSync("tocsin.yaml") ? "tocsin.yaml" : undefined;
  const configFile = asked ?? usual;
  return { dataDir: resolve(flags.data ?? "./data"), ...(configFile === undefined ? {} : { configFile }) };
}

export type Unreadable =
  | { readonly kind: "unreadable"; readonly message: string }
  | { readonly kind: "wrong"; readonly errors: readonly ConfigError[] };

/** Far more than the config reader takes; but that is told with its place, and this keeps the memory. */
const largestConfig = 100_000_000;

/** Reads and checks the config file: all errors at once. */
export function readConfig(file: string, env: NodeJS.ProcessEnv): Result<Config, Unreadable> {
  const unreadable = (why: string) => failed({ kind: "unreadable" as const, message: `cannot read ${file}: ${why}` });
  let bytes: Uint8Array;
  try {
    const found = statSync(file);
    if (found.isDirectory()) return unreadable("it is a folder");
    if (found.size > largestConfig) return unreadable("it is larger than 100 MB");
    bytes = readFileSync(file);
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    if (code === "ENOENT") return unreadable("there is no such file");
    return unreadable(code === "EACCES" ? "this user may not" : reasonOf(thrown));
  }
  const loaded = loadConfig(bytes, file, env, registries, keepSecret);
  return loaded.ok ? loaded : failed({ kind: "wrong", errors: loaded.error });
}

export function socketPath(dataDir: string): string {
  return join(dataDir, "tocsin.sock");
}
