// Zod's issues in our words: what is wrong, what to write instead, the nearest match.
import type { z } from "zod";
import { nearest, suggest } from "../lib/nearest.ts";
import { count, list } from "../lib/text.ts";
import { at, mostMistakes, shownKey, type Mistake, type Path } from "./mistakes.ts";
import { describedAt, keysAt } from "./places.ts";

export type Checked = {
  readonly schema: z.ZodType;
  /** What is parsed. */
  readonly raw: unknown;
  /** Where in the config it stands. */
  readonly under: Path;
  /** Keys beside the schema's own that are right there too. */
  readonly beside?: readonly string[];
};

type Issue = z.core.$ZodIssue;
type IssueOf<Code extends Issue["code"]> = Extract<Issue, { code: Code }>;

/** Parses. With mistakes, `value` is what comes of it without the unknown keys, if that is right. */
export function check(checked: Checked): { readonly value?: unknown; readonly mistakes: readonly Mistake[] } {
  const { schema, raw } = checked;
  const first = schema.safeParse(raw);
  if (first.success) return { value: first.data, mistakes: [] };
  // Zod asks no further questions of an object with unknown keys; we do, to tell all errors at once.
  const unknown = first.error.issues.filter((issue) => issue.code === "unrecognized_keys");
  const again = unknown.length === 0 ? first : schema.safeParse(without(raw, unknown));
  const issues = again.success ? unknown : again === first ? first.error.issues : [...unknown, ...again.error.issues];
  const mistakes = issues.slice(0, mostMistakes).flatMap((issue) => sayIssue(issue, [], checked));
  return again.success ? { value: again.data, mistakes } : { mistakes };
}

function without(raw: unknown, unknown: readonly IssueOf<"unrecognized_keys">[]): unknown {
  const copy: unknown = structuredClone(raw);
  for (const { path, keys } of unknown) {
    const object = at(copy, path.map(stepOf));
    if (typeof object === "object" && object !== null) for (const key of keys) Reflect.deleteProperty(object, key);
  }
  return copy;
}

const stepOf = (step: PropertyKey): string | number => (typeof step === "symbol" ? String(step) : step);

/** `above`: where the issue's own path begins, within what was parsed. */
function sayIssue(issue: Issue, above: Path, checked: Checked): readonly Mistake[] {
  const inside = [...above, ...issue.path.map(stepOf)];
  const path = [...checked.under, ...inside];
  const found = at(checked.raw, inside);
  const one = (message: string): readonly Mistake[] => [{ path, message }];
  switch (issue.code) {
    case "unrecognized_keys":
      return issue.keys.slice(0, mostMistakes).map((key) => unknownKey(key, inside, checked));
    case "invalid_union":
      return sayUnion(issue, inside, checked);
    case "invalid_key":
      if (valuesOf(issue.issues).length === 0) return [{ path, message: issue.issues[0]?.message ?? "is no such key" }];
      return [{ path, message: `unknown key; ${sayChoice(String(path.at(-1)), valuesOf(issue.issues))}` }];
    case "invalid_type":
      if (found === undefined) return one(sayMissing(inside, checked));
      if (found !== null && !issue.message.startsWith("Invalid input")) return one(issue.message);
      return one(sayType(issue.expected, found, inside, checked));
    case "invalid_value":
      if (found === undefined) return one(sayMissing(inside, checked));
      return one(sayChoice(found, issue.values.map(String)));
    case "too_small":
      return one(saySize("at least", Number(issue.minimum), issue.origin));
    case "too_big":
      return one(saySize("at most", Number(issue.maximum), issue.origin));
    default:
      return one(issue.message.replace(/^Invalid input: /, ""));
  }
}

function unknownKey(key: string, inside: Path, { schema, raw, under, beside = [] }: Checked): Mistake {
  const path = [...under, ...inside, key];
  const glued = /^([\w-]+):./.exec(key)?.[1];
  if (glued !== undefined) return { path, message: `a space is missing after the colon of ${glued}` };
  if (key === "<<") return { path, message: "<< is not understood; repeat a whole value with *name, or write it out" };
  const known = [...keysAt(schema, inside), ...(inside.length === 0 ? beside : [])];
  if (at(raw, [...inside, key]) === null && nearest(key, known) === undefined)
    return { path, quiet: true, message: "an unknown key without a value; put a value with a comma in it in quotes" };
  return { path, message: `unknown key; ${suggest(shownKey(key), known)}` };
}

function sayMissing(inside: Path, { schema }: Checked): string {
  const purpose = describedAt(schema, inside);
  return purpose === undefined ? "missing" : `missing: ${purpose}`;
}

/** What a schema wants, in a word. */
const kinds: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "keys and values",
  record: "keys and values",
};

function kindOf(found: unknown): string {
  if (Array.isArray(found)) return "a list";
  if (typeof found === "object") return "keys and values";
  if (typeof found === "string") return "text";
  return typeof found === "number" ? "a number" : "true or false";
}

function sayType(expected: string, found: unknown, inside: Path, { schema }: Checked): string {
  const kind = kinds[expected] ?? expected;
  if (found === null) return `nothing is written here; write ${kind}, or leave the key out`;
  if (kind === "text" && typeof found !== "object") return "must be text: put it in quotes";
  if (expected === "int" && typeof found === "number") return "must be a whole number";
  const keys = kind === "keys and values" ? keysAt(schema, inside) : [];
  const such = keys.length === 0 ? "" : ` (${keys.slice(0, 8).join(", ")}${keys.length > 8 ? ", …" : ""})`;
  return `must be ${kind}${such}, not ${kindOf(found)}`;
}

function sayChoice(found: unknown, values: readonly string[]): string {
  const all = values.map((value) => `"${value}"`);
  const choice = values.length === 1 ? `must be ${all.join("")}` : `must be one of ${all.join(", ")}`;
  const near = typeof found === "string" ? suggest(found, values) : "";
  return values.length > 1 && near.startsWith("did you mean") ? `${choice}; ${near}` : choice;
}

function valuesOf(issues: readonly Issue[]): readonly string[] {
  return issues.flatMap((issue) => (issue.code === "invalid_value" ? issue.values.map(String) : []));
}

function saySize(bound: string, size: number, origin: string): string {
  if (origin === "string")
    return bound === "at least" && size === 1 ? "must not be empty" : `must have ${bound} ${count(size, "character")}`;
  if (origin === "array") return `must have ${bound} ${size === 1 ? "one entry" : `${size} entries`}`;
  return `must be ${bound} ${size}`;
}

/** Of a union, the option that was meant: of the right type, with the fewest mistakes, found the deepest. */
function sayUnion(issue: IssueOf<"invalid_union">, inside: Path, checked: Checked): readonly Mistake[] {
  const found = at(checked.raw, inside);
  const path = [...checked.under, ...inside];
  if (found === undefined) return [{ path, message: sayMissing(inside, checked) }];
  const expected = (option: readonly Issue[]): readonly string[] =>
    option.flatMap((each) => (each.code === "invalid_type" && each.path.length === 0 ? [each.expected] : []));
  const meant = issue.errors.filter((option) => option.length > 0 && expected(option).length === 0);
  const deepest = (option: readonly Issue[]): number => Math.max(...option.map((each) => each.path.length));
  const wrong = (option: readonly Issue[]): number =>
    option.reduce((sum, each) => sum + (each.code === "unrecognized_keys" ? each.keys.length : 1), 0);
  const nearest = meant.toSorted((a, b) => wrong(a) - wrong(b) || deepest(b) - deepest(a))[0];
  if (nearest !== undefined) return nearest.flatMap((each) => sayIssue(each, inside, checked));
  const wanted = [...new Set(issue.errors.flatMap(expected).map((kind) => kinds[kind] ?? kind))];
  if (wanted.length === 0) return [{ path, message: issue.message }];
  const not = found === null ? "nothing is written here; " : "";
  return [{ path, message: `${not}must be ${list(wanted).replace(/ and /, " or ")}` }];
}
