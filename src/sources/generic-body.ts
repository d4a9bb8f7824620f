// One alert as a plain webhook tells it: its fields, and what becomes of them.
import { z } from "zod";
import { alertKey, alertKinds, alertSeverities, type Alert } from "../alerts/alert.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { minute, type Instant } from "../lib/clock.ts";
import { suggest } from "../lib/nearest.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";
import { readMapped, type FieldMap, type WordMap } from "./generic-map.ts";

/** Senders' clocks are off; more than this in the future is not believed. */
const skew = 5 * minute;
/** Before Tocsin, before its users: a start in 1970 is a sender's zero. */
const earliest = Date.parse("2015-01-01T00:00:00Z");

const time = z.iso
  .datetime({ offset: true, error: "a time is written 2026-11-22T10:42:00Z" })
  .transform((text) => Date.parse(text))
  .refine((at) => at >= earliest, "that is before 2015");

type Given = { readonly input?: unknown };

/** What is not there is told as that, not as a value of the wrong kind; and of large numbers JSON keeps but the first figures. */
function textTrouble({ input }: Given): string | undefined {
  if (input === undefined) return "nothing is there";
  if (typeof input !== "number" || Math.abs(input) <= Number.MAX_SAFE_INTEGER) return undefined;
  return "so large a number cannot be told from its neighbours; it must come as text";
}

function statusTrouble({ input }: Given): string {
  if (input === undefined) return "nothing is there";
  return `${typeof input === "string" ? `"${oneLine(input, 40)}"` : "it"} is neither firing nor resolved`;
}

/** Counted as it will be shown: a text of control characters alone is no text. */
const line = (max: number) =>
  z
    .string({ error: textTrouble })
    .overwrite((given) => oneLine(given, given.length + 1))
    .min(1)
    .max(max);

const Body = z.looseObject({
  fingerprint: line(500).describe("Identity of the problem: the same one again is a repeat."),
  status: z.enum(["firing", "resolved"], { error: statusTrouble }),
  summary: line(2_000),
  component: z.string().max(64).nullish(),
  severity: z.enum(alertSeverities).nullish(),
  kind: z.enum(alertKinds).nullish(),
  starts_at: time.nullish(),
  ends_at: time.nullish(),
  link: z
    .url({ protocol: /^https?$/, error: "a link begins with https:// or http://", normalize: true })
    .max(2_000)
    .nullish(),
  labels: z
    .record(
      line(100),
      z.union([z.string(), z.number(), z.boolean()]).transform((value) => oneLine(String(value), 300)),
    )
    .nullish(),
});
type Body = z.output<typeof Body>;

type Named = { readonly id: ComponentId; readonly name: string };

/** Where a field of ours stands in the body, by the map if there is one. */
type PlaceOf = (path: readonly PropertyKey[]) => string;

function placesOf(map: FieldMap | undefined): PlaceOf {
  return ([field = "", ...rest]) => {
    if (map === undefined || field === "")
      return ["$", field, ...rest]
        .filter((step) => step !== "")
        .map(String)
        .join(".");
    const mapped = Object.entries(map).find(([name]) => name === field)?.[1];
    const [label] = rest;
    if (typeof mapped === "object") return mapped[String(label)] ?? "$";
    return [mapped ?? "$", ...rest.map(String)].join(".");
  };
}

function say(issue: z.core.$ZodIssue, map: FieldMap | undefined): string {
  const hint = map !== undefined && issue.path[0] === "status" ? "; values.status says what it is" : "";
  return `${placesOf(map)(issue.path)}: ${issue.message}${hint}`;
}

type Read = { readonly body: Body; readonly warnings: readonly string[] };

/** The sender of a mapped body does not know us: what is odd in a field that is not needed must not lose the alert. */
function readBody(raw: unknown, map: FieldMap | undefined, words: WordMap): Result<Read, readonly string[]> {
  const fields = map === undefined ? undefined : readMapped(raw, map, words);
  const first = Body.safeParse(fields ?? raw);
  if (first.success) return ok({ body: first.data, warnings: [] });
  const problems = first.error.issues.slice(0, 20).map((issue) => say(issue, map));
  if (fields === undefined) return failed(problems);
  const odd = new Set(first.error.issues.map(({ path }) => String(path[0])));
  const again = Body.safeParse(Object.fromEntries(Object.entries(fields).filter(([name]) => !odd.has(name))));
  if (!again.success) return failed(problems);
  return ok({ body: again.data, warnings: problems.map((problem) => `${problem}; the alert was taken without it`) });
}

/** A misspelt component must not lose an outage: the alert is taken without it, and the sender is told. */
function componentOf(
  body: Body,
  { component: fallback, map, components }: PlainForm,
): { readonly component?: ComponentId; readonly warning?: string } {
  const asked = body.component ?? undefined;
  const place = placesOf(map)(["component"]);
  if (asked === undefined) {
    if (fallback !== undefined) return { component: fallback };
    if (map?.component === undefined) return {};
    return { warning: `${place}: nothing is there; the alert was taken without a component` };
  }
  const found = components.find((component) => component.id === asked);
  if (found !== undefined) return { component: found.id };
  const ids = components.map((component) => component.id);
  return {
    warning: `${place}: there is no component "${oneLine(asked, 64)}"; ${suggest(asked, ids)}; the alert was taken without it`,
  };
}

function toAlert(source: SourceId, body: Body, now: Instant, component: ComponentId | undefined): Alert {
  const startsAt = Math.min(body.starts_at ?? now, now);
  const endsAt = Math.min(body.ends_at ?? now, now);
  const asked = body.component ?? undefined;
  const unknown = asked !== undefined && component === undefined ? { component: oneLine(asked, 64) } : {};
  return {
    key: alertKey(source, body.fingerprint),
    kind: body.kind ?? "other",
    status: body.status,
    severity: body.severity ?? "warning",
    ...(component === undefined ? {} : { component }),
    summary: oneLine(body.summary, 500),
    labels: { ...body.labels, ...unknown },
    startsAt: body.status === "resolved" ? Math.min(startsAt, endsAt) : startsAt,
    ...(body.status === "resolved" ? { endsAt } : {}),
    observedAt: now,
    ...(body.link === null || body.link === undefined ? {} : { link: body.link }),
  };
}

function timeWarnings(body: Body, now: Instant, placeOf: PlaceOf): readonly string[] {
  const times = [
    ["starts_at", body.starts_at],
    ["ends_at", body.ends_at],
  ] as const;
  return times.flatMap(([name, at]) =>
    typeof at === "number" && at > now + skew
      ? [`${placeOf([name])}: that is in the future; the time of receipt was taken`]
      : [],
  );
}

/** What a source knows of the bodies that it takes. */
export type PlainForm = {
  readonly source: SourceId;
  readonly components: readonly Named[];
  /** The component of alerts that name none. */
  readonly component: ComponentId | undefined;
  readonly map: FieldMap | undefined;
  readonly words: WordMap;
};

export type PlainAlert = { readonly alert: Alert; readonly warnings: readonly string[] };

/** One alert, or what is wrong with it, each with its place. */
export function readPlain(raw: unknown, form: PlainForm, now: Instant): Result<PlainAlert, readonly string[]> {
  const read = readBody(raw, form.map, form.words);
  if (!read.ok) return read;
  const { body, warnings } = read.value;
  const { component, warning } = componentOf(body, form);
  const said = [
    ...warnings,
    ...(warning === undefined ? [] : [warning]),
    ...timeWarnings(body, now, placesOf(form.map)),
  ];
  return ok({ alert: toAlert(form.source, body, now, component), warnings: said });
}
