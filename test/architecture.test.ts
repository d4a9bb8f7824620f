// The rules of the house, read off the files as text. Each test lists all offences as sentences.
import { existsSync, globSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import {
  basenameOffences,
  clockOffences,
  documentOffences,
  houseFile,
  importOffences,
  importsOf,
  packageOffences,
  pureOffences,
  registryOffences,
  shapeOffences,
  sqlOffences,
  typeOffences,
  type Allowed,
  type HouseFile,
  type Repository,
} from "./kit/house-rules.ts";

/** A file may import its own folder and the folders above it; the plug-ins share one step. */
const steps = `lib clients shapes config mirrors db accounts delivery components jobs monitors alerts oncall incidents
  maintenance status subscribers verdicts detection sources|channels|publishers|histories
  engine http watch demo app cli main.js`
  .split(/\s+/)
  .map((step) => step.split("|"));

const registryPair = "a provider gets the entries that its own schema parsed; a list of providers cannot say so";
const casts: Allowed = {
  "src/alerts/source.ts": registryPair,
  "src/config/places.ts": "zod's own union of schemas, by which its documentation says to walk one",
  "src/delivery/channel.ts": registryPair,
  "src/delivery/publisher.ts": registryPair,
};

const clockReaders: Allowed = { "src/lib/clock.ts": "it is the wall clock" };

/** Our own SQL. Foreign databases are read in their source. */
const holdsSql = /^src\/(db\/|.+-store\.ts$)/;
const foreignSql: Allowed = {
  "src/sources/job-query.ts": "puts the operator's own query into its place",
  "src/histories/uptime-kuma.ts": "Uptime Kuma's own tables, only read",
  "src/sources/packit-tables.ts": "Packit's own tables, read in its words",
};
const asksTheTime: Allowed = { "src/db/database-clock.ts": "compares it with ours" };

/** The nouns decide; `*-store.ts` beside them keeps. */
const pure =
  /^src\/((shapes|components|jobs|monitors|alerts|oncall|incidents|maintenance|status|subscribers|verdicts|detection)\/(?!.*-store\.ts$)|delivery\/(delivery|message)\.ts$)/;
const impure: Allowed = {
  "src/status/read-charts.ts": "reads the store for chart-points.ts, which is pure",
  "src/status/read-days.ts": "reads the stores for day-record.ts, which is pure",
  "src/status/read-snapshot.ts": "reads the stores for make-snapshot.ts, which is pure",
  "src/status/read-affected.ts": "reads the store for affected.ts, which is pure",
  "src/status/read-feeds.ts": "reads the stores for feed.ts, which is pure",
  "src/status/read-site.ts": "reads the stores for the pages of the past, which are pure",
  "src/status/read-search.ts": "reads the stores for search.ts, which is pure",
  "src/status/page/copy-script.ts":
    "node:crypto, once, for the hash of a constant, and a script whose browser is asked",
  "src/status/page/style.ts": "node:crypto, once, for the hash of a constant",
};

const sameName: Allowed = {};
const mayBeLong: Allowed = {};

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, "utf8");
const glob = (pattern: string): readonly string[] =>
  globSync(pattern, { cwd: root, exclude: ["node_modules/**", "data/**", "dist/**"] }).toSorted();
const files = (...patterns: readonly string[]): readonly HouseFile[] =>
  patterns.flatMap(glob).map((path) => houseFile(path, read(path)));

const source = files("src/**/*.ts", "src/main.js");
const written = source.filter(({ path }) => !path.startsWith("src/lib/") && !path.endsWith(".test.ts"));
const others = files("test/**/*.ts", "bench/**/*.ts");
const manifest: { dependencies: object; scripts: object } = JSON.parse(read("package.json"));

test("enough files were seen for the rules to mean something", () => {
  expect(source.length).toBeGreaterThan(100);
  expect(source.flatMap(importsOf).length).toBeGreaterThan(400);
  expect(source.map(({ path }) => path)).toContain("src/main.js");
  expect(others.length).toBeGreaterThan(5);
});

describe("every file of src", () => {
  test("imports only its own folder and the folders above it, and plug-ins never each other", () => {
    expect(importOffences(source, steps)).toEqual([]);
  });

  test("leaves the plug-ins to their registries, and the registries to the composition root", () => {
    expect(registryOffences(source, ["app"])).toEqual([]);
  });

  test("needs at run time only what is a dependency", () => {
    expect(packageOffences(source, Object.keys(manifest.dependencies))).toEqual([]);
  });

  test("has a name of its own", () => {
    // Doors and views are called what they show; a protocol's client and shapes and its plug-ins are called the protocol.
    const apart =
      /^src\/(cli|http|status\/page|clients|shapes|sources|channels|publishers|histories)\/|\/registry\.ts$|\/migrations\//;
    expect(
      basenameOffences(
        source.map(({ path }) => path),
        apart,
        sameName,
      ),
    ).toEqual([]);
  });

  test("has no default export, no enum, no any, no ! and no cast", () => {
    expect(typeOffences(written, { casts })).toEqual([]);
  });

  test("is handed the time", () => {
    expect(clockOffences(source, clockReaders)).toEqual([]);
  });

  test("leaves SQL to the stores, and SQL never asks what time it is", () => {
    expect(sqlOffences(written, holdsSql, foreignSql, asksTheTime)).toEqual([]);
  });

  test("decides without acting where it decides", () => {
    expect(pureOffences(source, pure, impure)).toEqual([]);
  });
});

test("every file fits a head and opens with what it is for", () => {
  const all = [...source, ...others];
  const promises = all.filter(({ path }) => path.endsWith(".test.ts"));
  const code = all.filter(({ path }) => !path.endsWith(".test.ts"));
  // A list of promises is read one at a time.
  expect([...shapeOffences(code, 400, mayBeLong), ...shapeOffences(promises, 1_000, mayBeLong)]).toEqual([]);
});

test("the lists of exceptions name only files that there are", () => {
  const named = [casts, clockReaders, foreignSql, asksTheTime, impure, sameName, mayBeLong].flatMap((list) =>
    Object.keys(list),
  );
  expect(named.filter((path) => !existsSync(`${root}${path}`))).toEqual([]);
});

test("documents name only paths and scripts that exist", () => {
  const ofTheCode = /^(ARCHITECTURE|CONTRIBUTING)\.md$/;
  const repository = (document: string): Repository => ({
    has: (path) => (path.includes("*") ? glob(path).length > 0 : existsSync(`${root}${path}`)),
    scripts: Object.keys(manifest.scripts),
    // Others speak of the files of a site or of a folder of their own.
    folders: ofTheCode.test(document) ? steps.flat() : [],
  });
  // The change log and the decisions speak of what was.
  const documents = [...glob("*.md"), ...glob("docs/**/*.md")].filter((path) => !/^(CHANGELOG|docs\/adr\/)/.test(path));
  expect(documents.flatMap((path) => documentOffences(path, read(path), repository(path)))).toEqual([]);
});
