// Against a real Prometheus; and against a server that answers as one does not.
import { createServer, type RequestListener } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { prometheus, startPrometheus, type Prometheus } from "../../test/peers/prometheus.ts";
import type { LookingSource } from "../alerts/source.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { minute, wallClock, type Instant } from "../lib/clock.ts";
import { brand } from "../lib/ids.ts";
import { silentLog } from "../lib/log.ts";
import { promql } from "./promql.ts";

const missing = "missing" in prometheus ? prometheus.missing : undefined;
if (missing !== undefined) process.stderr.write(`SKIPPED promql: ${missing}\n`);

const t0 = Date.parse("2026-11-22T10:00:00Z");
const never = new AbortController().signal;
const components = ["api", "tests"].map((id) => ({ id: brand<ComponentId>(id), name: id }));

function source(config: object): LookingSource<unknown> {
  const id = brand<SourceId>("tasks");
  const made = promql.make(
    { id, config: promql.config.parse(config) },
    { clock: wallClock, log: silentLog, components },
  );
  if (made.kind !== "looking") throw new Error("it must look");
  return made;
}

const look = (of: LookingSource<unknown>, now: Instant, state?: unknown) =>
  of.look({ now, state, feedback: { dismissed: [] } }, never);

describe.skipIf(missing !== undefined)("a real Prometheus", () => {
  let peer: Prometheus | undefined;
  const url = (): string => peer?.url ?? "";
  beforeAll(async () => {
    peer = await startPrometheus("127.0.0.1:1", "groups: []\n");
  });
  afterAll(async () => peer?.[Symbol.asyncDispose]());

  const series = (target: string, value: string): string =>
    `label_replace(vector(${value}), "target", "${target}", "", "")`;

  test("each series beyond the threshold is an alert, with its labels, until it is no longer", async () => {
    const expr = `${series("fedora", `time() - ${t0 / 1_000}`)} or ${series("epel", "9.33333")} or ${series("none", "0/0")}`;
    const of = source({ url: url(), expr, threshold: "> 100", summary: "Tasks fail", component: { from: "labels.target", map: { fedora: "tests" }, default: "api" } }); // prettier-ignore
    const first = await look(of, t0);
    expect([first.alerts, first.samples]).toMatchObject([[], [{ up: true, component: "api" }]]);
    const then = await look(of, t0 + 3 * minute, first.state);
    expect(then).toMatchObject({
      alerts: [{ status: "firing", component: "tests", labels: { target: "fedora" }, summary: "Tasks fail: 180 (alert > 100) for target=fedora" }], // prettier-ignore
      samples: [{ up: false }],
    });
    const over = await look(of, t0, then.state);
    expect(over.alerts.map(({ key, status }) => [key, status])).toEqual([[then.alerts[0]?.key, "resolved"]]);
  });

  test("without a threshold whatever the expression answers with is wrong", async () => {
    const of = source({ url: url(), expr: `${series("fedora", "1")} > 0`, for: "1m" });
    const first = await look(of, t0);
    expect(first.alerts).toEqual([]);
    expect((await look(of, t0 + minute, first.state)).alerts).toMatchObject([{ status: "firing", startsAt: t0 }]);
    expect((await look(source({ url: url(), expr: "vector(1) > 2" }), t0)).alerts).toEqual([]);
    expect((await look(source({ url: url(), expr: "1 + 1", threshold: "== 2" }), t0)).alerts).toHaveLength(1);
  });

  test("an expression that is wrong, or answers with a range, is blindness with its reason", async () => {
    await expect(look(source({ url: url(), expr: "sum(" }), t0)).rejects.toThrow(
      /127\.0\.0\.1:\d+: bad_data: .*parse error/u,
    );
    await expect(look(source({ url: url(), expr: "up[5m]" }), t0)).rejects.toThrow(/answers with a matrix/u);
    const absent = source({ url: url(), expr: "no_such_metric", threshold: "> 5", must_answer: true });
    await expect(look(absent, t0)).rejects.toThrow(/without any series/u);
    expect(await absent.reach?.(never)).toMatchObject({ ok: false });
    expect(await source({ url: url(), expr: "vector(7)", threshold: "> 5" }).reach?.(never)).toMatchObject({ ok: true, value: expect.stringContaining("1 series, 1 wrong") }); // prettier-ignore
  });
});

describe("whatever else answers", () => {
  async function against<T>(answer: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
    const server = createServer(answer);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    try {
      return await use(`http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  }
  const vector = (result: readonly object[], more: object = {}): string =>
    JSON.stringify({ status: "success", data: { resultType: "vector", result }, ...more });

  test("is blindness that says what it was, and never an alert", async () => {
    const answers: readonly (readonly [RegExp, RequestListener])[] = [
      [/answers 502, and not as/u, (_, response) => void response.writeHead(502).end("<html>")],
      [/answers 200, and not as/u, (_, response) => void response.end("{}")],
      [/answers 500, and not as/u, (_, response) => void response.writeHead(500).end(vector([]))],
      [/timeout: query timed out/u, (_, response) => void response.writeHead(503).end(JSON.stringify({ status: "error", errorType: "timeout", error: "query timed out" }))], // prettier-ignore
      [/redirect/u, (_, response) => void response.writeHead(302, { Location: "http://127.0.0.1:1/" }).end()],
      [/no whole answer within 1 s/u, (_, response) => void response.write("{")],
      [/closed|terminated|hang up|ECONNRESET/u, (_, response) => void response.destroy()],
      [/longer than 20 MB/u, (_, response) => void response.end(Buffer.alloc(21_000_000))],
    ];
    for (const [reason, answer] of answers)
      await against(answer, async (url) => {
        await expect(look(source({ url, expr: "up", timeout: "1s" }), t0)).rejects.toThrow(reason);
      });
  });

  test("is asked with the token that it wants, at its own path", async () => {
    const heard: string[] = [];
    const answer: RequestListener = ({ url, headers }, response) => {
      heard.push(`${url} ${headers.authorization}`);
      response.end(vector([]));
    };
    await against(answer, async (url) => {
      await look(source({ url: `${url}/prom`, expr: "up", token: "the-token" }), t0);
      await look(source({ url, expr: "up", basic: { user: "me", password: "s:t" } }), t0);
    });
    expect(heard).toEqual(["/prom/api/v1/query Bearer the-token", "/api/v1/query Basic bWU6czp0"]);
  });

  test("ends nothing while it says that a part is missing, but may when it only speaks of the expression", async () => {
    const bodies = [
      vector([{ metric: { job: "a" }, value: [1, "7"] }]),
      vector([], { warnings: ["store gateway 2 did not answer"] }),
      vector([], { warnings: ["PromQL warning: something"], infos: ["PromQL info: something"] }),
    ];
    await against(
      (_, response) => void response.end(bodies.shift()),
      async (url) => {
        // prettier-ignore
        const of = source({ url, expr: "up" });
        const first = await look(of, t0);
        expect(first.alerts).toHaveLength(1);
        const second = await look(of, t0 + minute, first.state);
        expect([second.alerts, second.samples]).toMatchObject([[], [{ up: false }]]);
        expect((await look(of, t0 + 2 * minute, second.state)).alerts).toMatchObject([{ status: "resolved" }]);
      },
    );
  });
});
