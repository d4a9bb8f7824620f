// JSON of another shape, read by the map of its source: from places and words of theirs to fields and words of ours.
import { z } from "zod";
import { alertKinds, alertSeverities } from "../alerts/alert.ts";
import { idOf } from "../config/fields.ts";
import type { ComponentId } from "../config/names.ts";
import { jsonPathTrouble, valuesAt } from "../lib/json-path.ts";
import { oneLine } from "../lib/text.ts";

const place = () =>
  z.string().superRefine((path, check) => {
    const trouble = jsonPathTrouble(path);
    if (trouble !== undefined) check.addIssue({ code: "custom", message: trouble });
  });

export const FieldMap = z.strictObject({
  alerts: place()
    .optional()
    .describe("Where the alerts are, such as $.items[*]; $ is then each of them. Else the body is one."),
  fingerprint: place().describe("Where the identity of the problem is, such as $.id."),
  status: place().describe("Where it says firing or resolved, or what `values` makes of it."),
  summary: place().describe("Where the sentence for people is."),
  component: place().optional().describe("Where the component is named."),
  severity: place().optional().describe("Where critical, warning or info is, or what `values` makes of it."),
  kind: place().optional().describe("Where the kind of trouble is, or what `values` makes of it."),
  starts_at: place()
    .optional()
    .describe("Where the time is at which it began: 2026-11-22T10:42:00Z, or seconds since 1970."),
  ends_at: place().optional().describe("Where the time is at which it ended."),
  link: place().optional().describe("Where the address of a page about it is."),
  labels: z
    .union([place(), z.record(z.string().min(1).max(100), place())])
    .optional()
    .describe("Where an object of labels is, or each label and where it is."),
});
export type FieldMap = z.output<typeof FieldMap>;

export const WordMap = z.strictObject({
  status: z.record(z.string(), z.enum(["firing", "resolved"])).optional().describe("Their words for firing and resolved."), // prettier-ignore
  severity: z.record(z.string(), z.enum(alertSeverities)).optional().describe("Their words for the severities."),
  kind: z.record(z.string(), z.enum(alertKinds)).optional().describe("Their words for the kinds of trouble."),
  component: z.record(z.string(), idOf<ComponentId>()).optional().describe("Their names of our components."),
});
export type WordMap = z.output<typeof WordMap>;

/** The fields of ours as far as they were found; what is wrong with them, the reader of plain alerts says. */
export type Fields = Readonly<Record<string, unknown>>;

type Scalar = string | number | boolean;
const isScalar = (value: unknown): value is Scalar => ["string", "number", "boolean"].includes(typeof value);

/** As senders write nothing: no value, an empty text, the zero of Go's times. */
const isNothing = (value: unknown): boolean =>
  value === undefined ||
  value === null ||
  value === "" ||
  (typeof value === "string" && value.startsWith("0001-01-01"));

/** Two numbers beyond this may read as the same one: not to be told apart, they are no identity. */
const asText = (value: unknown): unknown =>
  !isScalar(value) || (typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER) ? value : String(value);

/** Seconds or milliseconds since 1970 are as good as a date. */
function asTime(value: unknown): unknown {
  const figure = typeof value === "string" && /^\d{9,13}(\.\d{1,9})?$/.test(value) ? Number(value) : value;
  if (typeof figure !== "number" || !(figure > 0 && figure < 1e13)) return value;
  return new Date(figure < 1e11 ? figure * 1_000 : figure).toISOString();
}

/** A word of theirs that no entry names stays what it is. */
function translated(value: unknown, words: Readonly<Record<string, string>> | undefined): unknown {
  const said = asText(value);
  return typeof said === "string" && words !== undefined && Object.hasOwn(words, said) ? words[said] : said;
}

function labelsIn(raw: unknown, labels: NonNullable<FieldMap["labels"]>): Readonly<Record<string, Scalar>> {
  const found = (path: string): unknown => valuesAt(path, raw, 1)[0];
  const given: unknown =
    typeof labels === "string"
      ? found(labels)
      : Object.fromEntries(Object.entries(labels).map(([name, path]) => [name, found(path)]));
  if (typeof given !== "object" || given === null || Array.isArray(given)) return {};
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]: [string, unknown]) =>
      isScalar(value) && value !== "" && oneLine(name) !== "" ? [[oneLine(name, 100), value]] : [],
    ),
  );
}

/** One alert in fields of ours. */
export function readMapped(raw: unknown, map: FieldMap, words: WordMap): Fields {
  const found = (path: string | undefined): unknown => {
    const value = path === undefined ? undefined : valuesAt(path, raw, 1)[0];
    return isNothing(value) ? undefined : value;
  };
  return {
    fingerprint: asText(found(map.fingerprint)),
    status: translated(found(map.status), words.status),
    summary: asText(found(map.summary)),
    component: translated(found(map.component), words.component),
    severity: translated(found(map.severity), words.severity),
    kind: translated(found(map.kind), words.kind),
    starts_at: asTime(found(map.starts_at)),
    ends_at: asTime(found(map.ends_at)),
    link: found(map.link),
    ...(map.labels === undefined ? {} : { labels: labelsIn(raw, map.labels) }),
  };
}
