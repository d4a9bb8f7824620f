// What Alertmanager sends (webhook version 4) and takes (API v2). Read by hand: a validator costs more than all the rest of
// taking fifty alerts. Unknown fields are let pass. https://prometheus.io/docs/alerting/latest/configuration/#webhook_config
import type { Instant } from "../lib/clock.ts";
import { oneLine } from "../lib/text.ts";

type LabelSet = Readonly<Record<string, string>>;

export type SentAlert = {
  readonly labels: LabelSet;
  readonly annotations: LabelSet;
  readonly startsAt?: Instant;
  readonly endsAt?: Instant;
  readonly generatorUrl?: string;
  /** Only in a webhook. */
  readonly status?: "firing" | "resolved";
  /** Where the sender gives it; else it is made of the labels. */
  readonly fingerprint?: string;
};

export type SentWebhook = {
  readonly status: "firing" | "resolved";
  readonly receiver: string;
  readonly groupKey: string;
  /** Members of the group that it did not list. */
  readonly truncated: number;
  readonly externalUrl?: string;
  readonly alerts: readonly SentAlert[];
};

/** What could be read, and why the rest could not. */
export type Read<T> = { readonly value: T; readonly problems: readonly string[] };

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** After each of them was looked at. */
const areTexts = (raw: Readonly<Record<string, unknown>>): raw is LabelSet => Object.getPrototypeOf(raw) !== null;

const mostLabels = 200;
const longestValue = 10_000;
/** More is a mistake, or an attack; Prometheus sends 64 at a time. */
const mostAlerts = 10_000;
const mostProblems = 50;

/** Names that were right once are right again; a sender has few. */
const goodNames = new Set<string>();

function isName(name: string): boolean {
  if (goodNames.has(name)) return true;
  if (name === "" || name.length > 1_000 || !name.isWellFormed()) return false;
  if (goodNames.size < 1_000) goodNames.add(name);
  return true;
}

/** The rule of Prometheus 3 and of Alertmanager since 0.27, any text in UTF-8; or whatever the sender takes for a name. */
type Names = "checked" | "free";

/** Returns what is wrong where it is, else how many of them are empty. */
function lookAt(raw: Readonly<Record<string, unknown>>, names: Names): number | string {
  let [count, empty] = [0, 0];
  for (const name in raw) {
    const value = raw[name];
    if (typeof value !== "string") return `.${oneLine(name, 100)}: must be a text`;
    if (names === "checked" && !isName(name))
      return `: "${oneLine(name, 100)}" is no label name; it is a text in UTF-8 of 1 to 1,000 characters`;
    if (name === "__proto__") return ': "__proto__" is no label name';
    if (value.length > longestValue) return `.${oneLine(name, 100)}: is longer than ${longestValue} characters`;
    if ((count += 1) > mostLabels) return `: more than ${mostLabels} of them`;
    if (value === "") empty += 1;
  }
  return empty;
}

const none: LabelSet = {};

/** As Alertmanager does: a label with an empty value is none. What is right is not copied. */
function readLabels(raw: unknown, names: Names): LabelSet | string {
  if (raw === undefined || raw === null) return none;
  if (!isObject(raw)) return ": must be an object of texts";
  const empty = lookAt(raw, names);
  if (typeof empty === "string") return empty;
  if (!areTexts(raw)) return ": must be texts";
  if (empty === 0 || names === "free") return raw;
  return Object.fromEntries(Object.entries(raw).filter(([, value]) => value !== ""));
}

/** RFC 3339; Go's zero time and an empty text are no time. */
function readTime(raw: unknown): Instant | undefined | string {
  if (raw === undefined || raw === null || raw === "") return undefined;
  if (typeof raw !== "string" || raw.charCodeAt(10) !== 84) return "a time is written 2026-11-22T10:42:00Z";
  const at = Date.parse(raw);
  if (Number.isNaN(at)) return "a time is written 2026-11-22T10:42:00Z";
  return at < 0 ? undefined : at;
}

/** An alert, or what is wrong with it: the place after the alert's own, and why. */
function readAlert(raw: unknown, names: Names): SentAlert | string {
  if (!isObject(raw)) return ": an alert is an object";
  const labels = readLabels(raw["labels"], names);
  if (typeof labels === "string") return `.labels${labels}`;
  const annotations = readLabels(raw["annotations"], "free");
  if (typeof annotations === "string") return `.annotations${annotations}`;
  const startsAt = readTime(raw["startsAt"]);
  if (typeof startsAt === "string") return `.startsAt: ${startsAt}`;
  const endsAt = readTime(raw["endsAt"]);
  if (typeof endsAt === "string") return `.endsAt: ${endsAt}`;
  const { status, fingerprint, generatorURL } = raw;
  const given = typeof fingerprint === "string" && /^[\w.:-]{1,200}$/.test(fingerprint) ? fingerprint : undefined;
  if (given === undefined && isEmpty(labels)) return ".labels: an alert has at least one label";
  return {
    labels,
    annotations,
    ...(given === undefined ? {} : { fingerprint: given }),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(endsAt === undefined ? {} : { endsAt }),
    ...(typeof generatorURL === "string" && generatorURL !== "" ? { generatorUrl: generatorURL } : {}),
    ...(status === "firing" || status === "resolved" ? { status } : {}),
  };
}

function isEmpty(labels: LabelSet): boolean {
  for (const _ in labels) return false;
  return true;
}

function readList(
  raw: readonly unknown[],
  place: string,
  names: Names = "checked",
  most = mostAlerts,
): Read<readonly SentAlert[]> {
  if (raw.length > most)
    return { value: [], problems: [`${place}: at most ${most} alerts in one request, not ${raw.length}`] };
  const value: SentAlert[] = [];
  const problems: string[] = [];
  for (let i = 0; i < raw.length; i++) {
    const alert = readAlert(raw[i], names);
    if (typeof alert !== "string") value.push(alert);
    else if (problems.length < mostProblems) problems.push(`${place}[${i}]${alert}`);
  }
  return { value, problems };
}

/** `POST /api/v2/alerts`. What is right in it counts, as with Alertmanager. */
export function readPosted(raw: readonly unknown[]): Read<readonly SentAlert[]> {
  const { value, problems } = readList(raw, "$");
  const wrong = value.findIndex(({ startsAt = 0, endsAt = Infinity }) => startsAt > endsAt);
  if (wrong === -1) return { value, problems };
  const right = value.filter(({ startsAt = 0, endsAt = Infinity }) => startsAt <= endsAt);
  return {
    value: right,
    problems: [...problems, `$: an alert ends before it starts (${value.length - right.length})`],
  };
}

/** Members of a group that Alertmanager holds, however many they are. */
export function readHeld(raw: readonly unknown[]): readonly SentAlert[] {
  return readList(raw, "$", "free", Infinity).value;
}

/** Which alerts Alertmanager holds, whatever else it says of them; undefined when one of them does not tell which it is. */
export function heldIdentities(raw: readonly unknown[]): ReadonlySet<string> | undefined {
  const held = new Set<string>();
  for (const each of raw) {
    const fingerprint = isObject(each) ? each["fingerprint"] : undefined;
    if (typeof fingerprint !== "string" || fingerprint === "") return undefined;
    held.add(fingerprint);
  }
  return held;
}

const text = (raw: unknown): string => (typeof raw === "string" ? raw.slice(0, 2_000) : "");

/** The webhook; undefined when it is none. */
export function readWebhook(raw: unknown, names: Names = "checked"): Read<SentWebhook | undefined> {
  if (!isObject(raw) || !Array.isArray(raw["alerts"]))
    return { value: undefined, problems: ["$.alerts: must be a list of alerts, as Alertmanager's webhook has"] };
  const { status, truncatedAlerts, externalURL } = raw;
  if (status !== "firing" && status !== "resolved")
    return { value: undefined, problems: ['$.status: must be "firing" or "resolved"'] };
  const alerts: readonly unknown[] = raw["alerts"];
  const list = readList(alerts, "$.alerts", names);
  return {
    value: {
      status,
      receiver: text(raw["receiver"]),
      groupKey: text(raw["groupKey"]),
      truncated: typeof truncatedAlerts === "number" && truncatedAlerts > 0 ? Math.floor(truncatedAlerts) : 0,
      ...(typeof externalURL === "string" && externalURL !== "" ? { externalUrl: externalURL } : {}),
      alerts: list.value,
    },
    problems: list.problems,
  };
}

/** How its sender tells it from others. */
export function identityOf({ fingerprint, labels }: SentAlert): string {
  return fingerprint ?? labelFingerprint(labels);
}

/** Parts names and values; no character of any text. Stands for the byte 255, which is no part of UTF-8. */
const parting = "\uffff";

/**
 * The identity that Prometheus and Alertmanager give a set of labels: FNV-1a over the sorted pairs, 64 bits.
 * https://pkg.go.dev/github.com/prometheus/common/model#LabelSet.Fingerprint
 */
function labelFingerprint(labels: LabelSet): string {
  let joined = "";
  for (const name of Object.keys(labels).sort()) joined += name + parting + (labels[name] ?? "") + parting;
  return (
    fnv(joined) ?? fnv(Buffer.from(joined).toString("latin1").replaceAll("\u00ef\u00bf\u00bf", parting), 255) ?? ""
  );
}

/** The hash in two halves of 32 bits; undefined at a character that is more than `most` and does not part. */
function fnv(given: string, most = 127): string | undefined {
  let [high, low] = [0xcbf29ce4 | 0, 0x84222325 | 0];
  for (let i = 0; i < given.length; i++) {
    const code = given.charCodeAt(i);
    if (code > most && code !== 0xffff) return undefined;
    low ^= code & 255;
    // Times 2^40 + 0x1b3: the low half in two products of 16 bits, so that nothing leaves the whole numbers of 32.
    const bottom = (low & 0xffff) * 0x1b3;
    const top = (low >>> 16) * 0x1b3 + (bottom >>> 16);
    high = (Math.imul(high, 0x1b3) + (top >>> 16) + (low << 8)) | 0;
    low = (top << 16) | (bottom & 0xffff);
  }
  return (high >>> 0).toString(16).padStart(8, "0") + (low >>> 0).toString(16).padStart(8, "0");
}
