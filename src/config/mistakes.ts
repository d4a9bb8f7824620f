// What is wrong with a config: a path into it, in words that tell a tired person what to write instead.
import { oneLine } from "../lib/text.ts";

export type Path = readonly (string | number)[];

export type Mistake = {
  readonly path: Path;
  readonly message: string;
  /** Another place that belongs to it; its line is told. */
  readonly see?: Path;
  /** The last step of the path is not shown: it may be a piece of a value. */
  readonly quiet?: true;
};

/** More are not told at once: nobody reads them, and a hostile file has millions. */
export const mostMistakes = 200;

/** What stands at `path` in plain data; undefined where nothing does. */
export function at(raw: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, step) =>
      typeof value === "object" && value !== null && Object.hasOwn(value, step) ? Reflect.get(value, step) : undefined,
    raw,
  );
}

export function listAt(raw: unknown, path: Path): readonly unknown[] {
  const value = at(raw, path);
  return Array.isArray(value) ? value : [];
}

/** Letters, figures and what else stands in names: a key with more in it may have swallowed its value. */
const plainKey = /^[\w.*@/-]{1,60}/;

/** A key as it may be shown. `password:hunter2`, a typing error, is shown as `password…`. */
export function shownKey(key: string): string {
  const plain = plainKey.exec(key)?.[0] ?? "";
  return plain === key ? key : `${plain}…`;
}

/** `sources.ci-hook.token`: an entry of a list by its id, else by its number: `sources[0].id`. */
export function sayPath(raw: unknown, path: Path): string {
  return path.reduce<string>((said, step, i) => {
    if (typeof step === "string") return `${said}${said === "" ? "" : "."}${shownKey(step)}`;
    const id = at(raw, [...path.slice(0, i + 1), "id"]);
    const named = typeof id === "string" && id !== "" && path.at(-1) !== "id";
    return named ? `${said}.${oneLine(id, 64)}` : `${said}[${step}]`;
  }, "");
}

/** Whether `path` is `above` or lies inside it. */
export function within(path: Path, above: Path): boolean {
  return above.every((step, i) => path[i] === step);
}
