// `${NAME}` and `${NAME:-default}` from the environment, and secrets from files: `password_file: ./irc.password`.
import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { isMap, isPair, isScalar, visit, type Document } from "yaml";
import { reasonOf } from "../lib/result.ts";
import type { Path } from "./places.ts";

export type Mistake = { readonly path: Path; readonly message: string };
export type Environment = Readonly<Record<string, string | undefined>>;

/** Keys that hold secrets or addresses with secrets in them; each may be written as `…_file` instead. */
const secretKeys = ["password", "token", "secret", "database", "url", "key", "private_key", "webhook_secret"];
const fileKey = new RegExp(`^(${secretKeys.join("|")})_file$`);
const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/** Replaces references in place; a variable that is not set and has no default is a mistake, never an empty secret. */
export function fillIn(document: Document, env: Environment): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  visit(document, {
    Scalar(key, node, ancestors) {
      if (typeof node.value !== "string" || key === "key") return;
      node.value = node.value.replace(reference, (whole, name: string, fallback: string | undefined) => {
        const value = env[name];
        if (value !== undefined && value !== "") return value;
        if (fallback !== undefined) return fallback;
        mistakes.push({ path: pathTo(key, ancestors), message: `the environment variable ${name} is not set` });
        return whole;
      });
    },
  });
  return mistakes;
}

function pathTo(key: number | "key" | "value" | null, ancestors: readonly unknown[]): Path {
  const path: (string | number)[] = [];
  ancestors.forEach((ancestor, i) => {
    const next = ancestors[i + 1];
    if (isPair(ancestor) && isScalar(ancestor.key)) path.push(String(ancestor.key.value));
    else if (
      typeof ancestor === "object" &&
      ancestor !== null &&
      "items" in ancestor &&
      Array.isArray(ancestor.items) &&
      !isMap(ancestor)
    ) {
      const at: number = ancestor.items.indexOf(next);
      if (at >= 0) path.push(at);
    }
  });
  if (typeof key === "number") path.push(key);
  return path;
}

/** Reads `…_file` keys relative to the config file, and puts the content under the key itself. */
export function readSecretFiles(document: Document, configFile: string): readonly Mistake[] {
  const mistakes: Mistake[] = [];
  visit(document, {
    Map(_key, map, ancestors) {
      for (const pair of [...map.items]) {
        const name = isScalar(pair.key) ? String(pair.key.value) : "";
        const secret = fileKey.exec(name)?.[1];
        if (secret === undefined || !isScalar(pair.value)) continue;
        const path = [...pathTo(null, [...ancestors, map]), name];
        if (map.has(secret)) mistakes.push({ path, message: `write either ${secret} or ${name}, not both` });
        try {
          map.set(secret, readFileSync(resolve(dirname(configFile), String(pair.value.value)), "utf8").trim());
          map.delete(name);
        } catch (thrown) {
          mistakes.push({ path, message: `cannot read it: ${reasonOf(thrown)}` });
        }
      }
    },
  });
  return mistakes;
}
