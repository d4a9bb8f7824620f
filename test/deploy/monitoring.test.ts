// Alert rules and the dashboard: they parse, they fire when they should, and they name only what /metrics tells.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse, stringify } from "yaml";
import { z } from "zod";
import { makeMetrics } from "../../src/http/metrics.ts";
import { repositoryFile } from "../kit/containerfile.ts";
import { findProgram, skipped } from "../peers/install.ts";

const ruleFiles = ["deploy/prometheus/tocsin.rules.yaml", "deploy/prometheus/jobs.rules.yaml"];
const Rules = z.object({
  groups: z.array(
    z.object({
      name: z.string(),
      rules: z.array(
        z.object({
          alert: z.string(),
          expr: z.string(),
          labels: z.object({ severity: z.enum(["critical", "warning"]) }),
          annotations: z.object({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});
const rules = ruleFiles.flatMap((path) =>
  Rules.parse(parse(repositoryFile(path))).groups.flatMap((group) => group.rules),
);

const Position = z.object({ x: z.int().min(0), y: z.int().min(0), w: z.int().min(1), h: z.int().min(1) });
const Target = z.object({
  refId: z.string(),
  expr: z.string(),
  datasource: z.object({ uid: z.literal("${datasource}") }),
});
const Dashboard = z.object({
  uid: z.string(),
  title: z.string(),
  schemaVersion: z.int(),
  templating: z.object({ list: z.array(z.object({ name: z.string(), type: z.string() })) }),
  panels: z.array(
    z.object({
      id: z.int(),
      type: z.string(),
      title: z.string(),
      gridPos: Position,
      targets: z.array(Target).optional(),
    }),
  ),
});
const dashboard = Dashboard.parse(JSON.parse(repositoryFile("deploy/grafana/tocsin.json")));
const queries = dashboard.panels.flatMap(({ title, targets }) => (targets ?? []).map(({ expr }) => ({ title, expr })));

/** Every metric that there is, with its labels. */
function known(): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, readonly string[]>([["up", []]]);
  for (const metric of makeMetrics().registry.getMetricsAsArray()) {
    const labels = "labelNames" in metric && Array.isArray(metric.labelNames) ? metric.labelNames.map(String) : [];
    const parts = String(metric.type) === "histogram" ? ["_bucket", "_sum", "_count"] : [""];
    for (const part of parts) names.set(`${metric.name}${part}`, part === "_bucket" ? [...labels, "le"] : labels);
  }
  return names;
}

/** What a query names that is not there: metrics, and labels of their selectors and of `by (…)`. */
function unknownIn(expr: string): readonly string[] {
  const metrics = known();
  const named = [...expr.matchAll(/\b(up|(?:tocsin|process|nodejs)_\w+)(?:\{([^}]*)\})?/gu)];
  const given = new Set(["job", "instance", ...named.flatMap(([, name = ""]) => metrics.get(name) ?? [])]);
  const wrong = named.flatMap(([, name = "", selector = ""]) => {
    const labels = [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/gu)].map(([, label = ""]) => label);
    const strange = labels.filter((label) => !["job", "instance", ...(metrics.get(name) ?? [])].includes(label));
    return metrics.has(name) ? strange.map((label) => `${name}{${label}}`) : [name];
  });
  const grouped = [...expr.matchAll(/\b(?:by|on)\s*\(([^)]*)\)/gu)].flatMap(([, list = ""]) => list.split(/\s*,\s*/u));
  return [...wrong, ...grouped.filter((label) => !given.has(label)).map((label) => `by (${label})`)];
}

describe("the alert rules", () => {
  test("name only metrics and labels that /metrics tells", () => {
    expect(unknownIn("sum by (colour) (tocsin_inbox{state='x', shape=\"y\"}) / tocsin_nothing")).toEqual([
      "tocsin_inbox{shape}",
      "tocsin_nothing",
      "by (colour)",
    ]);
    expect(rules.length).toBeGreaterThan(15);
    expect(rules.flatMap(({ alert, expr }) => unknownIn(expr).map((what) => `${alert}: ${what}`))).toEqual([]);
  });

  test("each have their page in the runbook, and the runbook has no other", () => {
    const headings = [...repositoryFile("docs/runbook.md").matchAll(/^## (\S+)$/gmu)].map(([, name]) => name);
    expect(headings).toEqual(expect.arrayContaining(rules.map(({ alert }) => alert)));
    expect(headings).toHaveLength(rules.length);
    expect(
      rules.filter(({ alert, annotations }) => annotations.runbook !== `docs/runbook.md#${alert.toLowerCase()}`),
    ).toEqual([]);
  });

  test("each are seen to fire, and to be quiet, by promtool's cases", () => {
    const cases = repositoryFile("test/deploy/rules.promtool.yaml");
    const Case = z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) });
    const Cases = z.object({ tests: z.array(z.object({ alert_rule_test: z.array(Case) })) });
    const all = Cases.parse(parse(cases)).tests.flatMap((each) => each.alert_rule_test);
    const fired = new Set(all.filter((each) => each.exp_alerts.length > 0).map(({ alertname }) => alertname));
    expect(rules.map(({ alert }) => alert).filter((alert) => !fired.has(alert))).toEqual([]);
  });
});

describe("the dashboard", () => {
  test("names only metrics and labels that /metrics tells", () => {
    expect(queries.length).toBeGreaterThan(25);
    expect(queries.flatMap(({ title, expr }) => unknownIn(expr).map((what) => `${title}: ${what}`))).toEqual([]);
  });

  test("asks for its data source, and gives each panel an id and a place of its own", () => {
    expect(dashboard.templating.list.map(({ name, type }) => `${name}: ${type}`)).toEqual([
      "datasource: datasource",
      "job: query",
    ]);
    expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
    const overlaps = dashboard.panels.flatMap((one, i) =>
      dashboard.panels
        .slice(i + 1)
        .filter(({ gridPos: b }) => {
          const a = one.gridPos;
          return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
        })
        .map((other) => `${one.title} and ${other.title}`),
    );
    expect(overlaps).toEqual([]);
    expect(dashboard.panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([]);
  });
});

const promtool = findProgram("promtool", "prometheus");
describe.skipIf(skipped(promtool, "promtool on the rules and the dashboard"))("promtool", () => {
  const run = (...args: readonly string[]): string => {
    if ("missing" in promtool) return promtool.missing;
    const cwd = new URL("../..", import.meta.url).pathname;
    const ran = spawnSync(promtool.path, args, { cwd, encoding: "utf8" });
    return ran.status === 0 ? "" : `${ran.stdout}${ran.stderr}`;
  };

  test("accepts the rules", () => expect(run("check", "rules", ...ruleFiles)).toBe(""));

  test("sees each alert fire and a well desk quiet", () =>
    expect(run("test", "rules", "test/deploy/rules.promtool.yaml")).toBe(""));

  test("understands every query of the dashboard", () => {
    const folder = mkdtempSync(join(tmpdir(), "tocsin-dashboard-"));
    try {
      // What Grafana puts in.
      const filled = queries.map(({ expr }, i) => ({
        record: `query:${i}`,
        expr: expr.replaceAll("$__rate_interval", "5m").replaceAll("$job", "tocsin"),
      }));
      expect(filled.filter(({ expr }) => expr.includes("$"))).toEqual([]);
      const file = join(folder, "queries.yaml");
      writeFileSync(file, stringify({ groups: [{ name: "dashboard", rules: filled }] }));
      expect(run("check", "rules", file)).toBe("");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
