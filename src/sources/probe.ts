// What all probes share: the keys of their config, the second try, the confirmation, and the alert.
import { z } from "zod";
import { jsonState } from "../alerts/json-state.ts";
import { alertKey, type Alert, type Labels } from "../alerts/alert.ts";
import type { LookingSource } from "../alerts/source.ts";
import { duration, idOf } from "../config/fields.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { isoSeconds, second, type Clock, type Instant } from "../lib/clock.ts";
import { cutAfter } from "../lib/deadline.ts";
import { sayDuration } from "../lib/duration.ts";
import { isNetwork } from "../lib/networks.ts";
import type { Trouble } from "../lib/network-trouble.ts";
import { failed, ok } from "../lib/result.ts";
import { count, oneLine } from "../lib/text.ts";
import { confirm, Streak, unbroken, type Rule } from "../monitors/confirmation.ts";

/** A look is cut off after a minute; two tries, one after the other, must end before that. */
const longestTimeout = 25 * second;

export const timing = {
  component: idOf<ComponentId>().describe("The component that is down when the probe fails."),
  every: duration(second).prefault("30s").describe("How often."),
  timeout: duration(second)
    .refine((ms) => ms <= longestTimeout, `must be at most ${longestTimeout / second}s`)
    .prefault("5s")
    .describe("How long one try may take."),
  fail_after: z
    .int()
    .min(1)
    .max(100)
    .default(2)
    .describe("How many failures in a row make an alert. A failure is two tries, one right after the other."),
  recover_after: z.int().min(1).max(100).default(2).describe("How many good looks in a row end it."),
  blind_after: duration(second)
    .prefault("10m")
    .describe("How long the probe may be unable to look before that is an alert."),
};

export const reaching = {
  family: z
    .enum(["ipv4", "ipv6"])
    .optional()
    .describe("Only over this version of IP; whichever answers first when not written."),
  allow_private: z
    .union([z.boolean(), z.array(z.string().refine(isNetwork, "must be a network such as 10.0.0.0/8"))])
    .default(true)
    .describe(
      "Whether it may reach inside (loopback, private networks): true, false, or the networks that it may. Link-local addresses and those where clouds keep secrets only when they are in such a list.",
    ),
};

export function familyOf(family: "ipv4" | "ipv6" | undefined): { readonly family?: 4 | 6 } {
  return family === undefined ? {} : { family: family === "ipv4" ? 4 : 6 };
}

/** One try. */
export type Reading = {
  readonly well: boolean;
  /** What it did, after its name: `answered 502 in 0.3 s, expected 200`. */
  readonly words: string;
  /** Something of the other side came back, were it a refusal. */
  readonly reached: boolean;
  /** Well for now, but not for long: in words; "" when it is well for long. Not there when that was not seen. */
  readonly expiring?: string;
};

export type Asking = {
  readonly now: Instant;
  /** Aborts when the try has taken too long, too. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
};

export type Probe = {
  readonly id: SourceId;
  readonly config: {
    readonly component: ComponentId;
    readonly every: number;
    readonly timeout: number;
    readonly fail_after: number;
    readonly recover_after: number;
    readonly blind_after: number;
  };
  /** What it asks, as people call it. No secret is in it, nor in the labels. */
  readonly name: string;
  readonly labels: Labels;
  /** Throws `cannotLook` when the trouble is this machine's own. */
  readonly ask: (asking: Asking) => Promise<Reading>;
};

const State = z.object({ down: Streak, expiring: Streak.optional() });
type State = z.output<typeof State>;

/** What the network threw at us is a reading, unless it is our own trouble: then nothing was seen. */
export function misread({ of, words }: Trouble): Reading {
  if (of === "us") throw new Error(words);
  return { well: false, words, reached: of === "peer" };
}

/** `0.3 s`, `12 s`. */
export function sayTook(ms: number): string {
  return `${ms < 9_950 ? (ms / second).toFixed(ms < 95 ? 2 : 1) : Math.round(ms / second)} s`;
}

type Tried = Reading & { readonly tookMs: number };

async function attempt({ config, ask }: Probe, now: Instant, signal: AbortSignal): Promise<Tried> {
  signal.throwIfAborted();
  using cut = cutAfter(config.timeout, signal);
  const started = performance.now();
  const reading = await ask({ now, signal: cut.signal, timeoutMs: config.timeout });
  // What was cut off from outside is no reading.
  signal.throwIfAborted();
  return { ...reading, tookMs: performance.now() - started };
}

export function probing(probe: Probe, clock: Clock): LookingSource<State> {
  const { config, name } = probe;
  const rule: Rule = { failAfter: config.fail_after, recoverAfter: config.recover_after };
  return {
    kind: "looking",
    probes: true,
    everyMs: config.every,
    blindAfterMs: config.blind_after,
    components: [config.component],
    ...jsonState(State),
    async reach(signal) {
      const { well, words, expiring = "" } = await attempt(probe, clock.now(), signal);
      const said = `${name} ${words}${expiring === "" ? "" : `; ${expiring}`}`;
      return well && expiring === "" ? ok(said) : failed(said);
    },
    async look({ now, state = { down: unbroken } }, signal) {
      const first = await attempt(probe, now, signal);
      const reading = first.well ? first : await attempt(probe, now, signal);
      const down = confirm(state.down, reading.well, rule, now);
      const about = { probe, now };
      const alerts = down.turned === undefined ? [] : [downAlert(about, down.turned, down.since, rule, reading.words)];
      const sample = { component: config.component, at: now, up: reading.well, tookMs: reading.tookMs };
      const looked = { samples: [sample], reached: reading.reached };
      if (reading.expiring === undefined) return { ...looked, alerts, state: { ...state, down: down.streak } };
      // A date is no measurement: it needs no second one.
      const expiring = confirm(state.expiring ?? unbroken, reading.expiring === "", dated, now);
      if (expiring.turned !== undefined)
        alerts.push(expiringAlert(about, expiring.turned, expiring.since, reading.expiring));
      return { ...looked, alerts, state: { down: down.streak, expiring: expiring.streak } };
    },
  };
}

const dated: Rule = { failAfter: 1, recoverAfter: 1 };

type About = { readonly probe: Probe; readonly now: Instant };
type Turn = "firing" | "resolved";

function downAlert(about: About, turned: Turn, since: Instant, { failAfter }: Rule, words: string): Alert {
  const { id, name } = about.probe;
  const row = failAfter === 1 ? "" : `${count(failAfter, "look")} in a row, `;
  const summary =
    turned === "firing"
      ? `${name} ${words} (${row}since ${isoSeconds(since)})`
      : `${name} is well again after ${sayDuration(about.now - since)}: it ${words}`;
  return { ...alertOf(about, turned, since, summary), key: alertKey(id, "down"), kind: "down", severity: "critical" };
}

function expiringAlert(about: About, turned: Turn, since: Instant, words: string): Alert {
  const { id, name } = about.probe;
  const summary = turned === "firing" ? `${name} ${words}` : `${name} is no longer about to expire`;
  const what = { key: alertKey(id, "expiring"), kind: "expiring", severity: "warning" } as const;
  return { ...alertOf(about, turned, since, summary), ...what };
}

type Rest = Omit<Alert, "key" | "kind" | "severity">;

function alertOf({ probe, now }: About, turned: Turn, since: Instant, summary: string): Rest {
  return {
    status: turned,
    component: probe.config.component,
    summary: oneLine(summary, 500),
    labels: probe.labels,
    startsAt: since,
    ...(turned === "resolved" ? { endsAt: now } : {}),
    observedAt: now,
  };
}
