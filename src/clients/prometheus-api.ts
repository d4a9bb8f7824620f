// Asks a Prometheus, or what speaks like one. https://prometheus.io/docs/prometheus/latest/querying/api/
import { boundedText } from "./bounded-text.ts";
import { z } from "zod";
import { isoSeconds, type Instant } from "../lib/clock.ts";
import { failed, ok, reasonOf, type Result } from "../lib/result.ts";
import { oneLine } from "../lib/text.ts";

export type Series = { readonly labels: Readonly<Record<string, string>>; readonly value: number };

export type Answer = {
  readonly series: readonly Series[];
  /** Parts of the answer may be missing. */
  readonly partial: readonly string[];
  /** What it has to say of the expression. */
  readonly notes: readonly string[];
};

export type PrometheusAccess = {
  readonly url: string;
  readonly token?: string | undefined;
  readonly basic?: { readonly user: string; readonly password: string } | undefined;
  readonly timeoutMs: number;
};

/** Ten thousand series are about two megabytes. */
const largestAnswer = 20_000_000;

const point = z.tuple([z.number(), z.string()]);
const labels = z.record(z.string(), z.string());
const Data = z.discriminatedUnion("resultType", [
  z.looseObject({ resultType: z.literal("vector"), result: z.array(z.looseObject({ metric: labels, value: point.optional() })) }), // prettier-ignore
  z.looseObject({ resultType: z.literal("scalar"), result: point }),
  z.looseObject({ resultType: z.literal("matrix") }),
  z.looseObject({ resultType: z.literal("string") }),
]);
const Success = z.looseObject({
  status: z.literal("success"),
  data: Data,
  warnings: z.array(z.string()).optional(),
  infos: z.array(z.string()).optional(),
});
const Failure = z.looseObject({ status: z.literal("error"), errorType: z.string(), error: z.string() });

/** As Prometheus writes figures: `+Inf`, `NaN`. */
function figure(text: string): number {
  const infinite = /^([+-]?)Inf$/u.exec(text);
  return infinite === null ? Number(text) : infinite[1] === "-" ? -Infinity : Infinity;
}

function understood(body: string, status: number, host: string): Result<Answer, string> {
  const json = parsed(body);
  const wrong = Failure.safeParse(json);
  if (wrong.success) return failed(`${host}: ${oneLine(`${wrong.data.errorType}: ${wrong.data.error}`, 200)}`);
  const right = Success.safeParse(json);
  if (!right.success || status !== 200) return failed(`${host} answers ${status}, and not as Prometheus's API does`);
  const { data, warnings = [], infos = [] } = right.data;
  if (data.resultType === "matrix" || data.resultType === "string")
    return failed(`the expression answers with a ${data.resultType}; it must be one value for each series`);
  const series =
    data.resultType === "scalar"
      ? [{ labels: {}, value: figure(data.result[1]) }]
      : data.result.flatMap(({ metric, value }) => (value === undefined ? [] : [{ labels: metric, value: figure(value[1]) }])); // prettier-ignore
  // What begins so is about the expression; any other warning is of a store that did not answer.
  const isNote = (text: string): boolean => text.startsWith("PromQL ");
  return ok({
    series,
    partial: warnings.filter((text) => !isNote(text)).map((text) => oneLine(text, 200)),
    notes: [...warnings.filter(isNote), ...infos].map((text) => oneLine(text, 200)),
  });
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** What an expression is at a moment. Never rejects; what is said of a failure holds nothing of the URL but its host. */
export async function queryPrometheus(
  { url, token, basic, timeoutMs }: PrometheusAccess,
  expr: string,
  now: Instant,
  signal: AbortSignal,
): Promise<Result<Answer, string>> {
  const { host } = new URL(url);
  const login = basic === undefined ? undefined : Buffer.from(`${basic.user}:${basic.password}`).toString("base64");
  const authorization = token === undefined ? (login === undefined ? undefined : `Basic ${login}`) : `Bearer ${token}`;
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const response = await fetch(`${url}/api/v1/query`, {
      method: "POST",
      headers: { Accept: "application/json", ...(authorization === undefined ? {} : { Authorization: authorization }) },
      body: new URLSearchParams({ query: expr, time: isoSeconds(now), timeout: `${timeoutMs}ms` }),
      redirect: "error",
      signal: AbortSignal.any([signal, late]),
    });
    return understood(await boundedText(response, largestAnswer), response.status, host);
  } catch (thrown) {
    if (signal.aborted) return failed("stopped");
    if (late.aborted) return failed(`${host}: no whole answer within ${timeoutMs / 1_000} s`);
    const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
    return failed(oneLine(`${host}: ${reasonOf(cause).replaceAll(url, host)}`, 200));
  }
}
