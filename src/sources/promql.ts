// Asks a Prometheus what an expression is, every so often: each series that is beyond the threshold is an alert.
import { z } from "zod";
import { alertKinds, alertSeverities, type Labels } from "../alerts/alert.ts";
import { chooseComponent, componentChoice, componentsNamed, type ComponentChoice } from "../alerts/component-choice.ts";
import { defineSource, type SourceContext } from "../alerts/source.ts";
import { queryPrometheus, type Answer, type Series } from "../clients/prometheus-api.ts";
import { duration, idOf, webUrl } from "../config/fields.ts";
import type { ComponentId } from "../config/names.ts";
import { second, type Instant } from "../lib/clock.ts";
import { failed, ok, type Result } from "../lib/result.ts";
import { sha256 } from "../lib/signature.ts";
import { oneLine } from "../lib/text.ts";
import { parseThreshold } from "./threshold.ts";
import { isFiring, judgeRows, noRows, rowsState, type WrongRow, type WrongRows } from "./wrong-rows.ts";

/** A look is cut off after a minute; an answer that never comes must be called a failure before that. */
const longestTimeout = 50 * second;

const place = /^labels\.[a-zA-Z_][a-zA-Z0-9_]*$/u;
const placeForm = "labels.NAME";

const Component = z.union([idOf<ComponentId>(), componentChoice(place, placeForm)]);

const Config = z
  .strictObject({
    url: webUrl()
      .refine(
        (url) => new URL(url).username === "" && new URL(url).password === "",
        "write the user and the password as basic: { user, password }",
      ) // prettier-ignore
      .describe("The Prometheus, or what speaks like one; with its path prefix, without /api."),
    expr: z.string().trim().min(1).max(10_000).describe("The expression: PromQL."),
    threshold: z
      .string()
      .refine((text) => parseThreshold(text) !== undefined, "is a comparison with a number, such as > 5 or <= 0.5")
      .optional()
      .describe("What is wrong: > 5, < 0.9. Not written: every series that the expression answers with."),
    for: duration()
      .prefault("0s")
      .describe("How long a series must be wrong before it is an alert. 0s when not written."),
    summary: z.string().trim().min(1).max(200).optional().describe("What is wrong then, in a few words."),
    component: Component.optional().describe(
      "The component that is not right; or where to read it: { from: labels.service, map: {…}, default: ID }.",
    ),
    kind: z.enum(alertKinds).default("other").describe("What kind of trouble it is."),
    severity: z.enum(alertSeverities).default("warning").describe("How bad it is."),
    must_answer: z
      .boolean()
      .default(false)
      .describe("An answer without any series is blindness, not well: for an expression that always has one."),
    token: z.string().min(1).optional().describe("Shown to it as Authorization: Bearer."),
    basic: z
      .strictObject({ user: z.string().min(1).describe("The user."), password: z.string().describe("The password.") })
      .optional()
      .describe("Instead of a token: user and password."),
    every: duration(second).prefault("1m").describe("How often to ask."),
    timeout: duration(second)
      .refine((ms) => ms <= longestTimeout, `must be at most ${longestTimeout / second}s`)
      .prefault("10s")
      .describe("How long an answer may take."),
    blind_after: duration(second).prefault("10m").describe("How long asking may fail before that is an alert."),
  })
  .refine(({ token, basic }) => token === undefined || basic === undefined, "write token or basic, not both");
type Config = z.output<typeof Config>;

function choiceOf({ component }: Config): ComponentChoice | undefined {
  return typeof component === "string" ? { default: component } : component;
}

function namesIn(config: Config) {
  const { component } = config;
  return typeof component === "string" ? [{ component, path: ["component"] }] : componentsNamed(component);
}

const mostLabels = 30;

/** Labels come from whoever is scraped. */
function tame(labels: Labels): Labels {
  const given = Object.entries(labels).slice(0, mostLabels);
  return Object.fromEntries(given.map(([name, value]) => [oneLine(name, 100), oneLine(value, 200)]));
}

function naming(labels: Labels): string {
  const named = Object.entries(labels).filter(([name]) => name !== "__name__");
  return named.length === 0 ? "" : ` for ${named.map(([name, value]) => `${name}=${value}`).join(", ")}`;
}

const rounded = (value: number): string => (Number.isFinite(value) ? String(Number(value.toPrecision(4))) : String(value)); // prettier-ignore

function rowOf({ labels, value }: Series, config: Config, { components }: SourceContext): WrongRow {
  const tamed = tame(labels);
  const order = Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const limit = config.threshold === undefined ? "" : ` (alert ${parseThreshold(config.threshold)?.said ?? ""})`;
  const read = (path: string): string | undefined => labels[path.slice("labels.".length)];
  const { component } = chooseComponent(choiceOf(config), read, components);
  return {
    fingerprint: sha256(JSON.stringify(order)).slice(0, 16),
    summary: `${config.summary ?? oneLine(config.expr, 200)}: ${rounded(value)}${limit}${naming(tamed)}`,
    severity: config.severity,
    ...(component === undefined ? {} : { component }),
    labels: tamed,
  };
}

async function ask(config: Config, now: Instant, signal: AbortSignal): Promise<Result<Answer, string>> {
  const answer = await queryPrometheus({ ...config, timeoutMs: config.timeout }, config.expr, now, signal);
  if (!answer.ok || answer.value.series.length > 0 || !config.must_answer) return answer;
  return failed(`${new URL(config.url).host} answers without any series; is there such a metric?`);
}

export const promql = defineSource<typeof Config, WrongRows>(Config, namesIn, ({ id, config }, context) => {
  const usual = choiceOf(config)?.default;
  const about = usual === undefined ? {} : { component: usual };
  const holds = config.threshold === undefined ? () => true : (parseThreshold(config.threshold)?.holds ?? (() => true)); // prettier-ignore
  let warned = "";
  const warn = ({ partial, notes }: Answer): void => {
    const words = [...partial, ...notes].join("; ");
    if (words !== "" && words !== warned) context.log.warn({ source: id, reason: oneLine(words, 500) }, "Prometheus warns"); // prettier-ignore
    warned = words;
  };
  return {
    kind: "looking",
    everyMs: config.every,
    blindAfterMs: config.blind_after,
    components: [...new Set(namesIn(config).map(({ component }) => component))],
    ...rowsState,
    async reach(signal) {
      const answer = await ask(config, context.clock.now(), signal);
      if (!answer.ok) return answer;
      const { series } = answer.value;
      const wrong = series.filter(({ value }) => holds(value)).length;
      return ok(`${new URL(config.url).host}: ${series.length} series, ${wrong} wrong`);
    },
    async look({ now, state }, signal) {
      signal.throwIfAborted();
      const answer = await ask(config, now, signal);
      signal.throwIfAborted();
      if (!answer.ok) throw new Error(answer.error);
      warn(answer.value);
      const wrong = answer.value.series.filter(({ value }) => holds(value)).map((each) => rowOf(each, config, context)); // prettier-ignore
      const terms = { source: id, kind: config.kind, forMs: config.for, ...about };
      const incomplete = answer.value.partial.length > 0;
      const judged = judgeRows(state ?? noRows, wrong, now, { ...terms, incomplete });
      return { ...judged, samples: [{ ...about, at: now, up: !isFiring(judged.state) }] };
    },
  };
});
