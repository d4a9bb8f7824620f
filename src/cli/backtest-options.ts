// What `tocsin backtest` was asked for, checked before anything is read.
import { parseWhen } from "../lib/when.ts";
import type { Instant } from "../lib/clock.ts";
import { suggest } from "../lib/nearest.ts";
import { Exit } from "./door.ts";

export type BacktestFlags = {
  readonly detector?: string;
  readonly jobs?: string;
  readonly from?: string;
  readonly to?: string;
  readonly after: readonly string[];
  readonly set: readonly string[];
  readonly alarms?: string;
  readonly labels?: string;
  readonly report?: string;
};

/** `testing_farm=copr_build`: which job type follows which. */
export function pairsIn(option: string, given: readonly string[]): Readonly<Record<string, string>> {
  const pairs = given.map((text): readonly [string, string] => {
    const [, left = "", right = ""] = /^([^=]+)=(.+)$/u.exec(text.trim()) ?? [];
    if (left === "")
      throw new Exit(2, `${option} ${text}: write ${option === "--after" ? "CHILD=PARENT" : "KEY=VALUE"}`);
    return [left.trim(), right.trim()];
  });
  for (const [at, [left]] of pairs.entries())
    if (pairs.findIndex(([other]) => other === left) !== at) throw new Exit(2, `${option} names ${left} twice`);
  return Object.fromEntries(pairs);
}

const settings = ["false_alarms"];

/** `false_alarms=0.5`: the one knob that a detector has; each given is a replay of its own. */
export function falseAlarmsIn(given: readonly string[]): readonly number[] {
  return given.map((text) => {
    const [key = "", value = ""] = text.split("=");
    if (!settings.includes(key))
      throw new Exit(2, `--set ${text}: there is no setting "${key}"; ${suggest(key, settings)}`);
    const wanted = Number(value);
    if (value.trim() !== "" && wanted >= 0.01 && wanted <= 100) return wanted;
    throw new Exit(2, `--set ${text}: must be a number between 0.01 and 100`);
  });
}

export type Window = { readonly from?: Instant; readonly to?: Instant };

export function windowOf(flags: Pick<BacktestFlags, "from" | "to">, now: Instant): Window {
  const when = (option: "from" | "to"): Instant | undefined => {
    const text = flags[option];
    if (text === undefined) return undefined;
    const at = parseWhen(text, now, "past");
    if (!at.ok) throw new Exit(2, `--${option}: ${at.error}`);
    return at.value;
  };
  const [from, to] = [when("from"), when("to")];
  if (from !== undefined && to !== undefined && from >= to) throw new Exit(2, "--from must be before --to");
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}
