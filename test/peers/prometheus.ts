// Starts a real Prometheus that scrapes what a test says each second, with rules of its own; and its promtool.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { findProgram, type Found } from "./install.ts";
import { freePort } from "./ngircd.ts";

export const prometheus: Found = findProgram("prometheus", "prometheus");
export const promtool: Found = findProgram("promtool", "prometheus");

export type Prometheus = AsyncDisposable & {
  readonly url: string;
  /** The values of an instant query, by their labels as JSON. */
  query(promql: string): Promise<ReadonlyMap<string, number>>;
  /** Waits until an alert of this name fires; its labels and annotations. */
  fires(alert: string, timeoutMs?: number): Promise<Readonly<Record<string, string>>>;
};

const Vector = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});
const Alerts = z.object({
  data: z.object({
    alerts: z.array(
      z.object({
        labels: z.record(z.string(), z.string()),
        annotations: z.record(z.string(), z.string()),
        state: z.string(),
      }),
    ),
  }),
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** `target` is host:port; `rules` the text of a rule file; `alertmanagers` as in its config. */
export async function startPrometheus(
  target: string,
  rules: string,
  alertmanagers: readonly object[] = [],
): Promise<Prometheus> {
  if ("missing" in prometheus) throw new Error(prometheus.missing);
  const folder = mkdtempSync(join(tmpdir(), "tocsin-prometheus-"));
  const port = await freePort();
  const config = {
    global: { scrape_interval: "1s", evaluation_interval: "1s" },
    rule_files: [join(folder, "rules.yaml")],
    scrape_configs: [{ job_name: "tocsin", static_configs: [{ targets: [target] }] }],
    alerting: { alertmanagers },
  };
  writeFileSync(join(folder, "rules.yaml"), rules);
  writeFileSync(join(folder, "prometheus.yml"), JSON.stringify(config));
  const child = spawn(
    prometheus.path,
    [
      `--config.file=${folder}/prometheus.yml`,
      `--storage.tsdb.path=${folder}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said = `${said}${text}`.slice(-4_000)));
  const url = `http://127.0.0.1:${port}`;
  const get = async (path: string): Promise<unknown> => (await fetch(`${url}${path}`)).json();
  for (let turn = 0; ; turn++) {
    if (child.exitCode !== null || turn > 300) throw new Error(`Prometheus did not start:\n${said}`);
    const ready = await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) break;
    await pause(100);
  }
  return {
    url,
    query: async (promql) => {
      const { data } = Vector.parse(await get(`/api/v1/query?query=${encodeURIComponent(promql)}`));
      return new Map(data.result.map(({ metric, value }) => [JSON.stringify(metric), Number(value[1])]));
    },
    fires: async (alert, timeoutMs = 30_000) => {
      const limit = performance.now() + timeoutMs;
      for (;;) {
        const { data } = Alerts.parse(await get("/api/v1/alerts"));
        const found = data.alerts.find(({ labels, state }) => labels["alertname"] === alert && state === "firing");
        if (found !== undefined) return { ...found.labels, ...found.annotations };
        if (performance.now() > limit)
          throw new Error(`${alert} does not fire: ${JSON.stringify(data.alerts)}\n${said}`);
        await pause(250);
      }
    },
    async [Symbol.asyncDispose]() {
      const gone = new Promise((resolve) => child.once("exit", resolve));
      if (child.exitCode === null && child.kill("SIGKILL")) await gone;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What promtool finds wrong with a text in Prometheus' format; nothing when it is well. */
export function checkMetrics(text: string): string {
  if ("missing" in promtool) throw new Error(promtool.missing);
  const { status, stdout, stderr } = spawnSync(promtool.path, ["check", "metrics"], { input: text, encoding: "utf8" });
  return status === 0 ? "" : `${stdout}${stderr}`;
}
