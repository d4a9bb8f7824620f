// Where this process finds its config and keeps its data: flags, then the environment, then what is usual.
import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadConfig, type Config, type ConfigError } from "../config/load.ts";
import { keepSecret } from "../lib/redact.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { loadWatchConfig, type WatchConfig } from "../watch/watch-config.ts";
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

/** The file as it is. */
function bytesOf(file: string): Result<Uint8Array, Unreadable> {
  const unreadable = (why: string) => failed({ kind: "unreadable" as const, message: `cannot read ${file}: ${why}` });
  try {
    const found = statSync(file);
    if (found.isDirectory()) return unreadable("it is a folder");
    if (found.size > largestConfig) return unreadable("it is larger than 100 MB");
    return ok(readFileSync(file));
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
    if (code === "ENOENT") return unreadable("there is no such file");
    return unreadable(code === "EACCES" ? "this user may not" : reasonOf(thrown));
  }
}

/** Reads and checks the config file: all errors at once. */
export function readConfig(file: string, env: NodeJS.ProcessEnv): Result<Config, Unreadable> {
  const bytes = bytesOf(file);
  if (!bytes.ok) return bytes;
  const loaded = loadConfig(bytes.value, file, env, registries, keepSecret);
  return loaded.ok ? loaded : failed({ kind: "wrong", errors: loaded.error });
}

/** That of `tocsin watch`, likewise. */
export function readWatchConfig(file: string, env: NodeJS.ProcessEnv): Result<WatchConfig, Unreadable> {
  const bytes = bytesOf(file);
  if (!bytes.ok) return bytes;
  const loaded = loadWatchConfig(bytes.value, file, env, registries.channels, keepSecret);
  return loaded.ok ? loaded : failed({ kind: "wrong", errors: loaded.error });
}

/** What a config is for: only that of a watcher has an origin. */
export function isWatchConfig(file: string): boolean {
  const bytes = bytesOf(file);
  return bytes.ok && /^origin\s*:/mu.test(Buffer.from(bytes.value).toString("utf8"));
}

export function socketPath(dataDir: string): string {
  return join(dataDir, "tocsin.sock");
}
