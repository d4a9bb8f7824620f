// `${NAME}` and `${NAME:-default}` from the environment, and secrets from files: `password_file: ./irc.password`.
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";
import type { Mistake, Path } from "./mistakes.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** Keys that hold secrets or addresses with secrets in them; each may be written as `…_file` instead. */
export const secretKeys: ReadonlySet<string> = new Set(
  "password token secret database url smtp cert key private_key webhook_secret".split(" "),
);

/** `password_file` → `password`; undefined when the key is none of these. */
function secretOf(key: string): string | undefined {
  const name = key.endsWith("_file") ? key.slice(0, -"_file".length) : "";
  return secretKeys.has(name) ? name : undefined;
}

export type Filled = {
  readonly raw: unknown;
  readonly mistakes: readonly Mistake[];
  /** Where something stands only because a file could not be read: nothing more is to be said of it. */
  readonly standIns: readonly Path[];
  /** What must not be shown: all that came from the environment and from files, and what stands at a secret's key. */
  readonly secrets: ReadonlySet<string>;
  /** Of these, what no log may show either: what stands at a secret's key. Of an address only what is secret in it. */
  readonly guarded: ReadonlySet<string>;
};

/** A deeper config is a mistake or an attack. */
const deepest = 40;
const largestSecret = 65_536;
const reference = /\$?\$\{([^}]*)(\}?)/g;
const inside = /^([A-Za-z_][A-Za-z0-9_]*)(?::-([\s\S]*))?$/;

/** A copy of the config with its references and files put in. `file` is the config's own name: others are found beside it. */
export function fillIn(raw: unknown, env: Environment, file: string): Filled {
  const mistakes: Mistake[] = [];
  const standIns: Path[] = [];
  const secrets = new Set<string>();
  const guarded = new Set<string>();
  const copies = new Map<object, unknown>();
  const guard = (text: string, path: Path): void => {
    secrets.add(text);
    for (const secret of secretsIn(text, path)) guarded.add(secret);
  };

  function fillText(text: string, path: Path): string {
    const wrong = (message: string): string => {
      mistakes.push({ path, message });
      return "";
    };
    return text.replace(reference, (whole, said: string, closed: string) => {
      if (whole.startsWith("$$")) return whole.slice(1);
      const [, name, fallback] = inside.exec(said) ?? [];
      if (closed === "" || name === undefined)
        return wrong(
          "a variable is written ${NAME} or ${NAME:-default}; write $${ where you mean the signs themselves",
        );
      const value = Object.hasOwn(env, name) ? env[name] : undefined;
      if (value !== undefined && value !== "") {
        secrets.add(value);
        return value;
      }
      return fallback ?? wrong(`the environment variable ${name} is ${value === undefined ? "not set" : "empty"}`);
    });
  }

  function fill(value: unknown, path: Path, secret: boolean): unknown {
    if (typeof value === "string") {
      const text = fillText(value, path);
      if (secret) guard(text, path);
      return text;
    }
    if (typeof value !== "object" || value === null) {
      if (secret && typeof value === "number") secrets.add(String(value));
      return value;
    }
    if (path.length > deepest) {
      mistakes.push({ path: path.slice(0, 1), message: "this is nested too deeply" });
      return undefined;
    }
    const before = copies.get(value);
    if (before !== undefined) return before;
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      copies.set(value, list);
      for (const [i, one] of value.entries()) list.push(fill(one, [...path, i], secret));
      return list;
    }
    const copy = {};
    copies.set(value, copy);
    for (const [key, one] of Object.entries(value)) {
      const name = secretOf(key);
      if (name !== undefined && typeof one === "string")
        putFile(copy, name, [...path, key], one, Object.hasOwn(value, name));
      else put(copy, key, fill(one, [...path, key], secret || secretKeys.has(key)));
    }
    return copy;
  }

  function putFile(copy: object, name: string, path: Path, written: string, both: boolean): void {
    const wrong = (message: string): void => void mistakes.push({ path, message });
    if (both) return wrong(`write either ${name} or ${name}_file, not both`);
    const known = mistakes.length;
    const asked = fillText(written, path);
    const content = mistakes.length > known ? { because: "" } : readSecret(asked, dirname(file));
    if ("text" in content) {
      guard(content.text, [...path.slice(0, -1), name]);
      return put(copy, name, content.text);
    }
    if (content.because !== "") wrong(content.because);
    standIns.push([...path.slice(0, -1), name]);
    put(copy, name, "");
  }

  return { raw: fill(raw, [], false), mistakes, standIns, secrets, guarded };
}

/** The address of a channel (Slack, ntfy) and of a dead man's switch is a secret as a whole; of others, the password and what is asked. */
function secretsIn(text: string, path: Path): readonly string[] {
  const address = URL.canParse(text) && text.includes("://") ? new URL(text) : undefined;
  if (address === undefined || path[0] === "channels" || path.includes("dead_mans_switch")) return [text];
  return [address.password, decoded(address.password), ...address.searchParams.values()].filter((part) => part !== "");
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Plain assignment would take `__proto__` for more than a name. */
function put(object: object, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true });
}

/** The content without the line break at its end. The reason never names the file: it may be the secret itself. */
function readSecret(name: string, folder: string): { readonly text: string } | { readonly because: string } {
  const asked = name.trim();
  if (asked === "") return { because: "name a file" };
  try {
    const opened = openSync(resolve(folder, asked), constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const found = fstatSync(opened);
      if (found.isDirectory()) return { because: "that is a folder, not a file" };
      if (!found.isFile()) return { because: "that is no plain file" };
      if (found.size > largestSecret) return { because: "that file is too large for a secret" };
      const text = readFileSync(opened, "utf8").trim();
      return text === "" ? { because: "that file is empty" } : { text };
    } finally {
      closeSync(opened);
    }
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "";
    const where = isAbsolute(asked) ? "" : `; it is looked for from ${resolve(folder)}`;
    if (code === "ENOENT" || code === "ENOTDIR") return { because: `there is no such file${where}` };
    if (code === "EACCES" || code === "EPERM") return { because: "this user may not read that file" };
    return { because: `that file cannot be read${code === "" ? "" : ` (${code})`}` };
  }
}
