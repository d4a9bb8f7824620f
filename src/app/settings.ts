// Where this process finds its config and keeps its data: flags, then the environment, then what is usual.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { loadConfig, type Config, type ConfigError } from "../config/load.ts";
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

/** Reads and checks the config file: all errors at once. */
export function readConfig(file: string, env: NodeJS.ProcessEnv): Result<Config, Unreadable> {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (thrown) {
    return failed({ kind: "unreadable", message: `cannot read ${file}: ${reasonOf(thrown)}` });
  }
  const loaded = loadConfig(text, file, env, registries);
  return loaded.ok ? loaded : failed({ kind: "wrong", errors: loaded.error });
}

export function socketPath(dataDir: string): string {
  return join(dataDir, "tocsin.sock");
}
