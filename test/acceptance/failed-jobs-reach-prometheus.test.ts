// What the research document missed: a metric of failed jobs, by which Prometheus alerts.
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { tocsinProcess, type TocsinProcess } from "../kit/tocsin-process.ts";
import { skipped } from "../peers/install.ts";
import { checkMetrics, prometheus, promtool, startPrometheus } from "../peers/prometheus.ts";

const rules = readFileSync(new URL("../../deploy/prometheus/jobs.rules.yaml", import.meta.url), "utf8");

let next = 0;
const jobs = (tocsin: TocsinProcess, n: number, status: string, type = "build"): string =>
  Array.from({ length: n }, () => {
    const [created_at, finished_at] = [tocsin.now() - 60_000, tocsin.now() - 5_000];
    return `${JSON.stringify({ id: ++next, type, project: `p${next % 3}`, status, created_at, finished_at })}\n`;
  }).join("");

async function desk(): Promise<TocsinProcess & { readonly file: string }> {
  const tocsin = await tocsinProcess(
    (folder) => `
site: { name: CI, url: "http://127.0.0.1:8080" }
server: { port: 0 }
components: [{ id: ci, name: CI }]
sources: [{ id: builds, type: jobs, file: "${folder}/jobs.jsonl", every: 1s, component: ci }]
`,
  );
  const file = join(tocsin.folder, "jobs.jsonl");
  writeFileSync(file, jobs(tocsin, 40, "failure"));
  return { ...tocsin, file };
}

/** The value of each series of a metric. */
async function counted(tocsin: TocsinProcess): Promise<Readonly<Record<string, number>>> {
  const { body } = await tocsin.get("/metrics");
  const lines = [...body.matchAll(/^tocsin_jobs_finished_total\{type="(.*?)",result="(.*?)"\} (\d+)$/gmu)];
  return Object.fromEntries(lines.map(([, type, result, value]) => [`${type} ${result}`, Number(value)]));
}

const missing = [skipped(prometheus, "failed jobs reach Prometheus"), skipped(promtool, "promtool")].includes(true);

describe.skipIf(missing)("with a real Prometheus", () => {
  test("the rule that the documents show fires when most jobs of a type fail", { timeout: 120_000 }, async () => {
    await using tocsin = await desk();
    await tocsin.start();
    await tocsin.until(
      "the history is read, and not counted",
      async () => (await counted(tocsin))["build failure"] === 0,
    );
    // Only its patience is taken from it: five minutes are long for a test.
    const impatient = rules.replace("for: 5m", "for: 0s");
    expect(impatient).not.toBe(rules);
    await using server = await startPrometheus(new URL(tocsin.url()).host, impatient);
    const scrapes = async (): Promise<boolean> =>
      (await server.query('tocsin_jobs_finished_total{result="failure"}')).size > 0;
    await tocsin.until("Prometheus has seen zeros", scrapes);
    appendFileSync(
      tocsin.file,
      jobs(tocsin, 40, "failure") + jobs(tocsin, 5, "success") + jobs(tocsin, 30, "success", "test"),
    );
    await tocsin.until("it counted", async () => (await counted(tocsin))["build failure"] === 40);
    expect(await counted(tocsin)).toMatchObject({ "build failure": 40, "build success": 5, "test success": 30 });
    const alert = await server.fires("JobsFail", 60_000);
    expect(alert).toMatchObject({
      type: "build",
      severity: "warning",
      summary: expect.stringMatching(/of the build jobs/u),
    });
  });

  test(
    "nothing is counted twice over restarts and kills, and promtool has no complaint",
    { timeout: 120_000 },
    async () => {
      await using tocsin = await desk();
      await tocsin.start();
      await tocsin.until("the history is read", async () => (await counted(tocsin))["build failure"] === 0);
      appendFileSync(tocsin.file, jobs(tocsin, 7, "error"));
      await tocsin.until("seven are counted", async () => (await counted(tocsin))["build error"] === 7);
      for (const end of [() => tocsin.stop(), () => tocsin.kill()]) {
        await end();
        appendFileSync(tocsin.file, jobs(tocsin, 3, "error"));
        await tocsin.start();
        await tocsin.until("what ended meanwhile is counted", async () => (await counted(tocsin))["build error"] === 3);
      }
      // Nothing ended since this start, and yet there are zeros to count from.
      await tocsin.stop();
      await tocsin.start();
      await tocsin.until("it shows zeros", async () => (await counted(tocsin))["build error"] === 0);
      const types = Array.from({ length: 80 }, (_, n) => jobs(tocsin, 1, "success", `type-${n}`)).join("");
      appendFileSync(tocsin.file, types + jobs(tocsin, 1, "success", 'odd"\\u001b type'));
      await tocsin.until("the many types are counted", async () => (await counted(tocsin))["other success"] === 32);
      expect(new Set(Object.keys(await counted(tocsin)).map((key) => key.split(" ")[0])).size).toBe(51);
      const { body } = await tocsin.get("/metrics");
      expect(body).toMatch(/^tocsin_jobs_finish_lag_seconds_count\{source="builds"\} \d+$/mu);
      expect(checkMetrics(body)).toBe("");
    },
  );
});
