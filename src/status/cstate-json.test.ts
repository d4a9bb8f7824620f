import { expect, test } from "vitest";
import { z } from "zod";
import { maintained, maintainedByAnybody } from "../../test/kit/maintenance-snapshots.ts";
import { everySnapshot, noon, outage, unknown } from "../../test/kit/snapshots.ts";
import { bodyOf } from "../../test/kit/sites.ts";
import { readCstate } from "../shapes/upstream-cstate.ts";

// Key by key as cState's template writes it: https://github.com/cstate/cstate/blob/master/layouts/index.json
const goTime = z.string().regex(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC$/u);
const Issue = z.strictObject({
  is: z.literal("issue"),
  title: z.string(),
  createdAt: goTime,
  lastMod: goTime,
  permalink: z.url(),
  severity: z.enum(["notice", "disrupted", "down"]),
  resolved: z.literal(false),
  informational: z.boolean(),
  resolvedAt: z.union([goTime, z.literal("<no value>")]),
  affected: z.array(z.string()),
  filename: z.string().regex(/\.md$/u),
});
const Status = z.enum(["ok", "notice", "disrupted", "down"]);
const Index = z.strictObject({
  is: z.literal("index"),
  cStateVersion: z.string(),
  apiVersion: z.literal("2.0"),
  title: z.string(),
  languageCodeHTML: z.string(),
  languageCode: z.string(),
  baseURL: z.url(),
  description: z.string(),
  summaryStatus: Status,
  categories: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string().optional(),
      hideTitle: z.boolean(),
      closedByDefault: z.boolean(),
    }),
  ),
  pinnedIssues: z.array(Issue),
  systems: z.array(
    z.strictObject({
      name: z.string(),
      description: z.string().optional(),
      category: z.string(),
      status: Status,
      unresolvedIssues: z.array(Issue),
    }),
  ),
  buildDate: z.iso.date(),
  buildTime: z.string().regex(/^\d\d:\d\d$/u),
  buildTimezone: z.literal("UTC"),
  colorBrand: z.string(),
  colorOk: z.string(),
  colorDisrupted: z.string(),
  colorDown: z.string(),
  colorNotice: z.string(),
  alwaysKeepBrandColor: z.string(),
  logo: z.string(),
  googleAnalytics: z.string(),
});

test.each(Object.entries({ ...everySnapshot, maintained, maintainedByAnybody }))(
  "%s: index.json is JSON of cState's shape, and every category of a system is listed",
  async (_, of) => {
    const { categories, systems } = Index.parse(JSON.parse(await bodyOf(of, "index.json")));
    const names = categories.map(({ name }) => name);
    expect(systems.map(({ category }) => category).filter((name) => !names.includes(name))).toEqual([]);
  },
);

test("who reads cState reads the outage in it, and the planned work that goes on", async () => {
  const read = readCstate(await bodyOf(outage, "index.json"), "https://status.packit.example/index.json", noon);
  expect(read).toMatchObject({
    ok: true,
    value: {
      components: expect.arrayContaining([
        { id: "Copr builds", name: "Copr builds", group: "External services", status: "major_outage" },
      ]),
      incidents: [
        {
          name: "Copr builds fail on all targets",
          status: "major_outage",
          components: ["Copr builds"],
          startedAt: Date.parse("2026-11-22T10:42:00Z"),
          url: "https://status.packit.example/incidents/112.html",
        },
      ],
    },
  });
  const { value } = z
    .object({ value: z.unknown() })
    .parse(readCstate(await bodyOf(maintained, "index.json"), "https://x.example/index.json", noon));
  expect(value).toMatchObject({
    incidents: [],
    maintenances: [
      { name: "Copr moves to new hardware", state: "in_progress", until: Date.parse("2026-11-22T13:30:00Z") },
    ],
  });
});

test("unknown is not ok", async () => {
  const { summaryStatus, systems } = Index.parse(JSON.parse(await bodyOf(unknown, "index.json")));
  expect([summaryStatus, systems.find(({ name }) => name === "Tests")?.status]).toEqual(["disrupted", "disrupted"]);
});
