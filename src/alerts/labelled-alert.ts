// Alerts that are told by labels and annotations, as Prometheus, Alertmanager and Grafana do: what they become, by the keys of
// their source.
import { z } from "zod";
import type { ComponentId, SourceId } from "../config/names.ts";
import type { Instant } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";
import { identityOf, type SentAlert } from "../shapes/alertmanager-body.ts";
import { alertKey, alertKinds, alertSeverities, type Alert, type Labels } from "./alert.ts";
import { chooseComponent, componentChoice } from "./component-choice.ts";

const place = /^(labels|annotations)\.\S{1,200}$/u;
const placeForm = "labels.NAME or annotations.NAME";

const mapped = <V extends z.ZodType>(value: V, what: string) =>
  z.strictObject({
    from: z.string().regex(place, `is written as ${placeForm}`).describe(`Where the sender writes ${what}.`),
    map: z.record(z.string(), value).default({}).describe("The sender's words for it, and ours. Ours need no entry."),
    default: value.optional().describe("Where the sender says nothing, or a word that is not known."),
  });

export const labelKeys = {
  component: componentChoice(place, placeForm)
    .optional()
    .describe("The component of all its alerts, or where to read it: { from: labels.component, default: ID }."),
  severity: mapped(z.enum(alertSeverities), "how bad it is")
    .optional()
    .describe(
      "From labels.severity when not written; critical, page and the like are critical, info and none are info.",
    ),
  kind: mapped(z.enum(alertKinds), "what kind of trouble it is").optional().describe("other when not written."),
};
type LabelConfig = z.output<z.ZodObject<typeof labelKeys>>;

/** What people call the two ends of the scale. What is between, or unheard of, is a warning. */
const usualSeverities: Readonly<Record<string, Alert["severity"]>> = Object.fromEntries([
  ...["page", "emergency", "fatal", "disaster"].map((word) => [word, "critical"] as const),
  ...["information", "informational", "none", "notice", "debug"].map((word) => [word, "info"] as const),
]);

type Reading = (alert: SentAlert) => string | undefined;

function reader(path: string): Reading {
  const [, where, name = ""] = /^(\w+)\.(.*)$/u.exec(path) ?? [];
  return ({ labels, annotations }) => {
    const from = where === "labels" ? labels : annotations;
    return Object.hasOwn(from, name) ? from[name] : undefined;
  };
}

function mapping<V extends string>(
  config: { readonly from: string; readonly map: Readonly<Record<string, V>>; readonly default?: V | undefined },
  known: readonly V[],
  usual: Readonly<Record<string, V>>,
  otherwise: V,
): (alert: SentAlert) => V {
  const read = reader(config.from);
  return (alert) => {
    const said = read(alert) ?? "";
    if (Object.hasOwn(config.map, said)) return config.map[said] ?? otherwise;
    const word = said.toLowerCase();
    const ours = known.find((each) => each === word) ?? (Object.hasOwn(usual, word) ? usual[word] : undefined);
    return ours ?? config.default ?? otherwise;
  };
}

/** Shown in chat and on terminals. Most labels are plain, and this is asked for each. */
const plain = /^[\x20-\x7e]*$/;

function tame(labels: Labels): Labels {
  let odd = false;
  for (const name in labels) odd ||= !plain.test(labels[name] ?? "") || !plain.test(name);
  if (!odd) return labels;
  return Object.fromEntries(
    Object.entries(labels).map(([name, value]) => [oneLine(name, name.length + 1), oneLine(value, value.length + 1)]),
  );
}

function wellFormed(texts: Labels): Labels {
  let odd = false;
  for (const name in texts) odd ||= !(texts[name] ?? "").isWellFormed();
  if (!odd) return texts;
  return Object.fromEntries(Object.entries(texts).map(([name, value]) => [name.toWellFormed(), value.toWellFormed()]));
}

/** The sentence for humans; where nobody wrote one, the labels tell it. */
function summaryOf({ labels, annotations }: SentAlert): string {
  for (const name of ["summary", "title", "message", "description"]) {
    const text = oneLine(annotations[name] ?? "", 500);
    if (text !== "") return text;
  }
  const { alertname = "an alert", ...rest } = labels;
  const told = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
  return oneLine(told.length === 0 ? alertname : `${alertname} (${told.slice(0, 6).join(", ")})`, 500) || "an alert";
}

export function linkOf(address: string | undefined): string | undefined {
  if (address === undefined || address.length > 2_000) return undefined;
  if (/^https?:\/\/[\w.:[\]-]+(\/[!-~]*)?$/.test(address)) return address;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.href : undefined;
}

export type Group = { readonly group: string; readonly truncated?: true };

/** Alertmanager's receiver and key of a group, as one word; the receiver can be read from it again. */
export function groupOf(receiver: string, groupKey: string): string {
  return `${oneLine(receiver, 200)}\n${oneLine(groupKey, 2_000)}`;
}

/** How one source reads an alert that it was sent. */
export function labelReader(id: SourceId, config: LabelConfig, components: readonly { readonly id: ComponentId }[]) {
  const { component: choice } = config;
  const severity = mapping(
    config.severity ?? { from: "labels.severity", map: {} },
    alertSeverities,
    usualSeverities,
    "warning",
  );
  const kind: (alert: SentAlert) => Alert["kind"] =
    config.kind === undefined ? () => "other" : mapping(config.kind, alertKinds, {}, "other");
  const readComponent = choice?.from === undefined ? undefined : reader(choice.from);

  /** `lives`: how long it fires without being said again; absent where the sender will say when it ends. */
  return function alertOf(
    sent: SentAlert,
    now: Instant,
    lives: number | undefined,
    group: Group | undefined,
    warn: (text: string) => void,
  ): Alert {
    const { labels, annotations, startsAt: begun, endsAt: end } = sent;
    const over = isOver(sent, now);
    const { component, warning } = chooseComponent(choice, () => readComponent?.(sent), components);
    if (warning !== undefined) warn(warning);
    const endsAt = Math.min(end ?? now, now);
    const startsAt = Math.min(begun ?? now, over ? endsAt : now);
    const link = linkOf(sent.generatorUrl);
    const expires = over || lives === undefined ? {} : expiryOf(end, now + lives);
    return {
      key: alertKey(id, identityOf(sent)),
      kind: kind(sent),
      status: over ? "resolved" : "firing",
      severity: severity(sent),
      ...(component === undefined ? {} : { component }),
      summary: summaryOf(sent),
      labels: tame(labels),
      annotations: wellFormed(annotations),
      startsAt,
      ...(begun === undefined ? {} : { saidStart: startsAt }),
      ...(over ? { endsAt } : expires),
      observedAt: now,
      ...(link === undefined ? {} : { link }),
      ...group,
    };
  };
}

function expiryOf(end: Instant | undefined, otherwise: Instant): Pick<Alert, "expiresAt" | "expiryGiven"> {
  return end === undefined ? { expiresAt: otherwise } : { expiresAt: end, expiryGiven: true };
}

/** By its word; where it says none, by its end. */
export function isOver({ status, endsAt }: SentAlert, now: Instant): boolean {
  return status === undefined ? endsAt !== undefined && endsAt <= now : status === "resolved";
}
