// Asks a URL whether it is well, every so often; confirms before it alarms.
import { request as httpsRequest } from "node:https";
import { z } from "zod";
import { alertKey, type Alert } from "../alerts/alert.ts";
import { defineSource } from "../alerts/source.ts";
import { duration, idOf } from "../config/fields.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { isoSeconds, second, type Instant } from "../lib/clock.ts";
import { count, oneLine } from "../lib/text.ts";
import { request as httpRequest } from "../lib/node-http.ts";
import { failed, ok, reasonOf } from "../lib/result.ts";

/** A look is cut off after a minute; an answer that never comes must be called a failure before that. */
const longestTimeout = 50 * second;

const Config = z.strictObject({
  component: idOf<ComponentId>().describe("The component that is down when the probe fails."),
  url: z.url({ protocol: /^https?$/, error: "a URL begins with https:// or http://" }).describe("What to ask."),
  every: duration(second).prefault("30s").describe("How often."),
  timeout: duration(second)
    .refine((ms) => ms <= longestTimeout, `must be at most ${longestTimeout / second}s`)
    .prefault("5s")
    .describe("How long an answer may take."),
  expect: z
    .strictObject({
      status: z
        .union([z.int(), z.array(z.int()).min(1)])
        .default(200)
        .describe("The status, or those, that mean well."),
    })
    .default({ status: 200 })
    .describe("What a healthy answer looks like. Redirects are not followed: a 301 is a 301."),
  fail_after: z.int().min(1).max(100).default(2).describe("How many failures in a row make an alert."),
  blind_after: duration(second)
    .prefault("10m")
    .describe("How long the probe may be unable to look before that is an alert."),
});
type Config = z.output<typeof Config>;

const State = z.object({
  failures: z.int(),
  successes: z.int(),
  downSince: z.number().optional(),
  firing: z.boolean(),
});
type State = z.output<typeof State>;

type Answer = { readonly well: boolean; readonly because: string; readonly tookMs: number };

/** How many good answers in a row end the alarm. */
const wellAfter = 2;

function ask(url: string, timeoutMs: number, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith("https:") ? httpsRequest : httpRequest;
    const cut = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const request = send(
      url,
      { signal: cut, headers: { "User-Agent": "tocsin-probe", Accept: "*/*" }, agent: false },
      (response) => {
        // Headers are the answer; the body is dropped, however long it says it is.
        resolve(response.statusCode ?? 0);
        response.destroy();
      },
    );
    // A 101 is no response to node, but an upgrade; without a listener nothing more would be heard of the request.
    request.on("upgrade", (response, socket) => {
      resolve(response.statusCode ?? 0);
      socket.destroy();
    });
    request.on("error", (error) =>
      reject(cut.aborted && !signal.aborted ? new Error(`no answer within ${timeoutMs / 1_000} s`) : error),
    );
    request.end();
  });
}

async function probe(config: Config, signal: AbortSignal): Promise<Answer> {
  const started = performance.now();
  const wanted = [config.expect.status].flat();
  try {
    const status = await ask(config.url, config.timeout, signal);
    return {
      well: wanted.includes(status),
      because: `HTTP ${status}, expected ${wanted.join(" or ")}`,
      tookMs: performance.now() - started,
    };
  } catch (thrown) {
    return { well: false, because: reasonOf(thrown), tookMs: performance.now() - started };
  }
}

/** Pure: what one more answer makes of what we knew. */
export function judge(
  state: State,
  well: boolean,
  config: Pick<Config, "fail_after">,
  now: Instant,
): { readonly state: State; readonly turned?: "down" | "up" } {
  const failures = well ? 0 : state.failures + 1;
  const successes = well ? state.successes + 1 : 0;
  const { downSince: since, ...rest } = { ...state, failures, successes };
  // The trouble began with the first failure of the row, not with the one that confirmed it.
  const downSince = well && !state.firing ? undefined : (since ?? (well ? undefined : now));
  const next = { ...rest, ...(downSince === undefined ? {} : { downSince }) };
  if (!state.firing && failures >= config.fail_after) return { state: { ...next, firing: true }, turned: "down" };
  if (state.firing && successes >= wellAfter) return { state: { failures, successes, firing: false }, turned: "up" };
  return { state: next };
}

export const httpProbe = defineSource<typeof Config, State>(
  Config,
  (config) => [{ component: config.component, path: ["component"] }],
  ({ id, config }) => ({
    kind: "looking",
    everyMs: config.every,
    blindAfterMs: config.blind_after,
    components: [config.component],
    save: (state) => new TextEncoder().encode(JSON.stringify(state)),
    load: (bytes) => {
      try {
        return State.parse(JSON.parse(new TextDecoder().decode(bytes)));
      } catch {
        // Two looks, and as much is known again.
        return undefined;
      }
    },
    async reach(signal) {
      const { well, because, tookMs } = await probe(config, signal);
      const words = `${new URL(config.url).host}: ${because}`;
      return well ? ok(`${words}, in ${Math.round(tookMs)} ms`) : failed(words);
    },
    async look({ now, state }, signal) {
      const before = state ?? { failures: 0, successes: 0, firing: false };
      const answer = await probe(config, signal);
      signal.throwIfAborted();
      const { state: after, turned } = judge(before, answer.well, config, now);
      const since = after.downSince ?? before.downSince ?? now;
      const alerts = turned === undefined ? [] : [toAlert(id, config, turned, since, now, after, answer)];
      return {
        alerts,
        state: after,
        samples: [{ component: config.component, at: now, up: answer.well, tookMs: answer.tookMs }],
      };
    },
  }),
);

function toAlert(
  id: SourceId,
  config: Config,
  turned: "down" | "up",
  since: Instant,
  now: Instant,
  state: State,
  answer: Answer,
): Alert {
  const host = new URL(config.url).host;
  const summary =
    turned === "down"
      ? `${host} failed ${count(state.failures, "time")} in a row since ${isoSeconds(since)}: ${answer.because}`
      : `${host} answers again`;
  return {
    key: alertKey(id, "down"),
    kind: "down",
    status: turned === "down" ? "firing" : "resolved",
    severity: "critical",
    component: config.component,
    summary: oneLine(summary, 500),
    labels: { url: host },
    startsAt: since,
    ...(turned === "up" ? { endsAt: now } : {}),
    observedAt: now,
  };
}
