import { describe, expect, test } from "vitest";
import {
  basenameOffences,
  clockOffences,
  documentOffences,
  houseFile,
  importOffences,
  packageOffences,
  pureOffences,
  registryOffences,
  shapeOffences,
  sqlOffences,
  typeOffences,
} from "./house-rules.ts";

const steps = [["lib"], ["jobs"], ["sources", "channels"], ["engine"], ["app"]];
const one = (text: string, path = "src/jobs/job.ts") => [houseFile(path, text)];

describe("imports", () => {
  test.each([
    ["a value from below", `import { a } from "../engine/a.ts";`],
    ["a type from below", `import type { A } from "../engine/a.ts";`],
    ["a type named in passing", `type A = import("../engine/a.ts").A;`],
    ["a module loaded later", `const a = await import("../engine/a.ts");`],
    ["a side effect", `import "../engine/a.ts";`],
    ["a re-export", `export * from "../engine/a.ts";\nexport { a } from "../engine/b.ts";`],
    ["a name that only running it tells", `await import(name);`],
    ["no .ts", `import { a } from "../lib/a";`],
    ["something outside src", `import { a } from "../../test/kit/a.ts";`],
    ["a test", `import { a } from "../lib/a.test.ts";`],
    ["an unknown folder", `import { a } from "../stuff/a.ts";`, "src/stuff/b.ts"],
    ["another plug-in", `import { a } from "../channels/a.ts";`, "src/sources/b.ts"],
  ])("%s is an offence", (_what, text, path = "src/jobs/job.ts") => {
    expect(importOffences(one(text, path), steps)).not.toEqual([]);
  });

  test("the own folder, the folders above and packages are fine", () => {
    const text = `import { a } from "./a.ts"; import type { B } from "../lib/b.ts"; import { z } from "zod"; a.from("../engine/x.ts");`;
    expect(importOffences(one(text), steps)).toEqual([]);
    expect(importOffences(one(`import { a } from "../../test/kit/a.ts";`, "src/jobs/a.test.ts"), steps)).toEqual([]);
  });

  test("only a registry imports a plug-in, and only the composition root a registry", () => {
    const registry = houseFile("src/sources/registry.ts", `import { a } from "./a.ts";`);
    const direct = houseFile("src/sources/b.ts", `import { a } from "./a.ts";`);
    const engine = houseFile("src/engine/b.ts", `import { sources } from "../sources/registry.ts";`);
    const app = houseFile("src/app/b.ts", `import { sources } from "../sources/registry.ts";`);
    expect(registryOffences([registry, direct, engine, app], ["app"])).toEqual([
      "src/sources/b.ts:1 imports the plug-in src/sources/a.ts; only its registry does",
      "src/engine/b.ts:1 imports src/sources/registry.ts; only app may",
    ]);
  });

  test("what is there for developing is not there at run time", () => {
    expect(packageOffences(one(`import fc from "fast-check";`), ["zod"])).toHaveLength(1);
    expect(packageOffences(one(`import "zod/v4"; import "node:fs";`), ["zod"])).toEqual([]);
    expect(packageOffences(one(`import "@a/b/c";`), ["@a/b"])).toEqual([]);
  });
});

describe("types", () => {
  test.each([
    ["a default export", `export default 1;`],
    ["a default export by renaming", `export { a as default };`],
    ["an enum", `export enum A { b }`],
    ["a const enum", `const enum A { b }`],
    ["any", `const a: any = 1;`],
    ["any within", `const a: Map<string, any> = b;`],
    ["any in a template's hole", "const a = `${f<any>()}`;"],
    ["a value taken for there", `const a = b!;`],
    ["a call taken for there", `const a = b()!.c;`],
    ["an element taken for there", `const a = b[0]!;`],
    ["a cast", `const a = b as string;`],
    ["a cast of a call", `const a = b() as { c: string };`],
    ["a cast of an object", `const a = { b: 1 } as A;`],
    ["a cast through unknown", `const a = b as unknown as string;`],
  ])("%s is an offence", (_what, text) => {
    expect(typeOffences(one(text), { casts: {} })).not.toEqual([]);
  });

  test("what only looks like one is none", () => {
    const text = [
      `import { a as b } from "x"; import * as c from "y"; import type { d as e } from "z"; export { f as g };`,
      `// as any! enum\nconst h = "as any!"; const i = [1] as const; if (!i) return !h;`,
      `AbortSignal.any([]); z.enum([]); query.select("a").as("b"); const { as } = flags; const j = { as: 1, any: 2 };`,
      "const k = `as ${h} any!`; const l = m !== n && !o; const p = /as any!/u;",
    ].join("\n");
    expect(typeOffences(one(text), { casts: {} })).toEqual([]);
  });

  test("a cast on the list is allowed, an any beside it is not", () => {
    expect(typeOffences(one(`const a = b as any;`), { casts: { "src/jobs/job.ts": "reason" } })).toEqual([
      "src/jobs/job.ts:1 says any",
    ]);
  });
});

describe("time", () => {
  test.each([`Date.now()`, `new Date()`, `new Date`, `Temporal.Now.instant()`, `const now = Date.now;`])(
    "%s is an offence",
    (text) => {
      expect(clockOffences(one(text), {})).toHaveLength(1);
      expect(clockOffences(one(text), { "src/jobs/job.ts": "reason" })).toEqual([]);
    },
  );

  test("clocks, given times and performance.now are fine", () => {
    expect(clockOffences(one(`clock.now(); new Date(at); performance.now(); "Date.now()"`), {})).toEqual([]);
  });
});

describe("SQL", () => {
  test.each([
    ["a builder", `db.selectFrom("a")`],
    ["a template", "sql`x`"],
    ["a typed template", "sql<number>`x`"],
    ["text", `db.exec("DELETE FROM a")`],
  ])("%s is for stores", (_what, text) => {
    expect(sqlOffences(one(text), /-store\.ts$/, {})).toHaveLength(1);
    expect(sqlOffences(one(text, "src/jobs/job-store.ts"), /-store\.ts$/, {})).toEqual([]);
    expect(sqlOffences(one(text), /-store\.ts$/, { "src/jobs/job.ts": "reason" })).toEqual([]);
  });

  test.each(["now()", "CURRENT_TIMESTAMP", "datetime('now')", "clock_timestamp()", "strftime('%s', 'now')"])(
    "%s is an offence even in a store",
    (text) => {
      expect(sqlOffences(one(`sql\`select \${a} where b < ${text}\``, "src/a/b-store.ts"), /-store/, {})).toHaveLength(
        1,
      );
    },
  );

  test("a sentence is no SQL", () => {
    expect(sqlOffences(one(`say("Update the page"); say("select one"); clock.now()`), /-store/, {})).toEqual([]);
  });
});

describe("purity", () => {
  test.each([
    `async function a() {}`,
    `await a;`,
    `import { readFileSync } from "node:fs";`,
    `import { readJob } from "./job-store.ts";`,
    `import type { Db } from "../db/connect.ts";`,
    `Math.random();`,
    `process.env["A"];`,
    `fetch("x");`,
    `setTimeout(a, 1);`,
  ])("%s is an offence", (text) => {
    expect(pureOffences(one(text), /^src\/jobs\//, {})).toHaveLength(1);
    expect(pureOffences(one(text, "src/engine/a.ts"), /^src\/jobs\//, {})).toEqual([]);
    expect(pureOffences(one(text), /^src\/jobs\//, { "src/jobs/job.ts": "reason" })).toEqual([]);
  });

  test("a promise in a port's type is fine", () => {
    expect(pureOffences(one(`type A = { read(): Promise<B>; process: "x" };`), /^src\/jobs\//, {})).toEqual([]);
  });
});

describe("files", () => {
  test("two of one name are an offence, unless they stand apart", () => {
    expect(basenameOffences(["src/a/x.ts", "src/b/x.ts"], /^src\/http\//, {})).toHaveLength(1);
    expect(basenameOffences(["src/a/x.ts", "src/http/x.ts", "src/b/x.test.ts"], /^src\/http\//, {})).toEqual([]);
    expect(basenameOffences(["src/a/readJobs.ts"], /^$/, {})).toHaveLength(1);
  });

  test("too long, no opening and too long an opening are offences", () => {
    expect(shapeOffences(one("// a\n\nb\nc\n"), 4, {})).toEqual([]);
    expect(shapeOffences(one("// a\n\nb\nc\n"), 3, {})).toHaveLength(1);
    expect(shapeOffences(one("b\n"), 3, {})).toHaveLength(1);
    expect(shapeOffences(one("// 1\n// 2\n// 3\n// 4\nb\n"), 9, {})).toHaveLength(1);
    expect(shapeOffences(one("b\n", "src/jobs/a.test.ts"), 3, {})).toEqual([]);
  });
});

describe("documents", () => {
  const there = ["src/lib/clock.ts", "docs/intro.md", "CONTRIBUTING.md", "bin/tocsin", "src/lib"];
  const repository = { has: (path: string) => there.includes(path), scripts: ["check"], folders: ["lib", "engine"] };
  const offences = (text: string) => documentOffences("README.md", text, repository);

  test.each([
    "see `src/lib/watch.ts`",
    "run node bench/jobs.ts now",
    "[guide](docs/guide.md)",
    "[guide](guide.md)",
    "`npm run build`",
    "`lib/watch.ts`",
    "`engine/`",
  ])("%s is an offence", (text) => {
    expect(offences(text)).toHaveLength(1);
  });

  test.each([
    "`src/lib/clock.ts`, `lib/clock`, `lib/clock.ts`, `bin/tocsin incident list`",
    "[intro](docs/intro.md#start), [up](CONTRIBUTING.md), [web](https://example.org/docs/x), [here](#here)",
    "https://example.org/src/x.ts and ../other/src/x.ts",
    "`src/sources/NAME.ts` and `npm run check`",
    "GET `/docs/x` and data/public/index.html",
  ])("%s is fine", (text) => {
    expect(offences(text)).toEqual([]);
  });
});
