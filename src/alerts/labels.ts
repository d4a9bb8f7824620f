// What an alert is matched by, in silences and routes: its labels, and what Tocsin knows of it under names of their own.
import { pattern, patternTrouble } from "../lib/pattern.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { sourceOf, type Alert, type Labels } from "./alert.ts";

/** `=` and `!=` compare, `=~` and `!~` match a regular expression against the whole value (RE2: linear time). */
export const comparisons = ["=", "!=", "=~", "!~"] as const;
export type Comparison = (typeof comparisons)[number];

export type Matcher = { readonly name: string; readonly how: Comparison; readonly value: string };

function labelsOf(alert: Alert): Labels {
  const { key, kind, severity, component = "" } = alert;
  return { ...alert.labels, alert: key, source: sourceOf(key), component, kind, severity };
}

/**
 * Whether matchers fit an alert. Where its sender has a label of a name that is ours, such as severity, either may be meant:
 * what is written for one of them fits, and what excludes one of them does not.
 */
export function matcherOf(alert: Alert): (matcher: Matcher) => boolean {
  const ours = labelsOf(alert);
  return (matcher) => {
    const fits = matches(matcher, ours);
    const own = Object.hasOwn(alert.labels, matcher.name) ? alert.labels[matcher.name] : undefined;
    if (own === undefined || own === ours[matcher.name]) return fits;
    const theirs = matches(matcher, alert.labels);
    return matcher.how === "=" || matcher.how === "=~" ? fits || theirs : fits && theirs;
  };
}

/** `component=copr`, `alertname=~"Api.*"`: as Alertmanager and amtool write them. */
export function parseMatcher(text: string): Result<Matcher, string> {
  const [, name, how, given] =
    /^\s*([A-Za-z_][A-Za-z0-9_.-]*|"(?:[^"\\]|\\.)+")\s*(=~|!~|!=|=)\s*(.*?)\s*$/su.exec(text) ?? [];
  const known = comparisons.find((each) => each === how);
  if (name === undefined || known === undefined || given === undefined)
    return failed(`"${text}" is no matcher; write NAME=VALUE, NAME!=VALUE, NAME=~REGEX or NAME!~REGEX`);
  const matcher = { name: unquoted(name), how: known, value: unquoted(given) };
  const trouble = badPattern(matcher);
  return trouble === undefined ? ok(matcher) : failed(trouble);
}

/** A value in quotes may have escapes; where they make no sense, as in `"Api\\d"`, it is taken as it stands. */
function unquoted(given: string): string {
  const inside = /^"(.*)"$/su.exec(given)?.[1];
  if (inside === undefined) return given;
  try {
    return String(JSON.parse(given));
  } catch {
    return inside;
  }
}

/** Why its regular expression is none; undefined when it is, or needs not be. */
export function badPattern({ how, value }: Matcher): string | undefined {
  return how === "=" || how === "!=" ? undefined : patternTrouble(value);
}

export function sayMatcher({ name, how, value }: Matcher): string {
  const shown = /^[A-Za-z_][A-Za-z0-9_.-]*$/u.test(name) ? name : JSON.stringify(name);
  return `${shown}${how}${/^[\w./-]+$/u.test(value) ? value : JSON.stringify(value)}`;
}

/** A label that is not there is as an empty one: https://prometheus.io/docs/alerting/latest/alertmanager/#matchers */
export function matches({ name, how, value }: Matcher, labels: Labels): boolean {
  const is = Object.hasOwn(labels, name) ? (labels[name] ?? "") : "";
  if (how === "=") return is === value;
  if (how === "!=") return is !== value;
  return pattern(value).matches(is) === (how === "=~");
}
