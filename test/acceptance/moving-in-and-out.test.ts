// A team moves in with its cState page, and out again: by the real command line, killed on the way, and built by the real Hugo.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { findProgram, skipped } from "../peers/install.ts";
import { runTocsin, type Ran } from "../kit/tocsin-process.ts";

const hugo = findProgram("hugo", "hugo");

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tocsin-moving-"));
  writeFileSync(
    join(folder, "tocsin.yaml"),
    `site: { name: Packit, url: "https://status.example.org" }
components:
  - { id: copr, name: Copr builds, group: External, description: "RPM \\"builds\\"" }
  - { id: api, name: API }
`,
  );
  const issues = join(folder, "page", "content", "issues");
  mkdirSync(issues, { recursive: true });
  for (let i = 0; i < 120; i++) {
    const day = new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10);
    const text = `---\ntitle: "Outage: \\"${i}\\" {{< x >}}"\ndate: ${day}T10:00:00Z\nresolved: true\nresolvedWhen: ${day}T11:00:00Z\nseverity: ${i % 10 === 0 ? "notice" : "down"}\naffected: [${i % 2 === 0 ? "Copr builds" : "GitHub"}]\n---\n\n*Resolved* - Over, see {{</* ref */>}}. {{< track "${day} 11:00:00" >}}\n\nIt *broke*.\n`; // prettier-ignore
    writeFileSync(join(issues, `${day}-outage.md`), i === 7 ? text.slice(4) : text);
  }
  writeFileSync(join(issues, "2024-09-01-words.md"), "Only words.\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const tocsin = (data: string, args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<Ran> =>
  runTocsin(["--data", join(folder, data), ...args], {
    cwd: folder,
    env: { PATH: process.env["PATH"], HOME: folder, COLUMNS: "200", TOCSIN_TEST: "1", ...more },
  });

test("a page moves in whole, though it is killed on the way, and out again, so that Hugo builds it", async () => {
  const source = ["import", "cstate", "page"];
  const dry = await tocsin("data", [...source, "--dry-run"]);
  expect(dry.code).toBe(1);
  expect(dry.out).toMatch(/GitHub +\? +unknown, in 60 entries[\s\S]*2024-09-01-words\.md:1: it has no front matter[\s\S]*--alias GitHub=-\n/u); // prettier-ignore

  const known = [...source, "--alias", "GitHub=-"];
  const killed = await tocsin("data", known, { TOCSIN_FAULT: "imported.committed" });
  expect(killed.code).toBe(-1);
  const done = await tocsin("data", known);
  expect([done.code, done.out]).toEqual([0, expect.stringMatching(/Came in: 18 outages, 2 maintenances[^\n]*100 came before\. 1 could not be read\./u)]); // prettier-ignore
  expect(done.out).not.toContain("before the front matter is missing");

  const list = await tocsin("data", ["--json", "incident", "list"]);
  const listed: readonly { number: number; title: string }[] = JSON.parse(list.out);
  expect(listed[0]).toMatchObject({ number: 108, title: 'Outage: "119" {{< x >}}' });

  expect(await tocsin("data", ["export", "archive", "out/archive"])).toMatchObject({ code: 0 });
  const archive = join(folder, "out/archive/tocsin-archive.json");
  expect(statSync(archive).mode & 0o777).toBe(0o600);
  const back = await tocsin("other", ["--json", "import", "archive", archive]);
  expect([back.code, JSON.parse(back.out)]).toMatchObject([
    0,
    { there: 0, parts: { incidents: 108, maintenances: 12 } },
  ]);
  expect(await tocsin("other", ["export", "archive", "out/again"])).toMatchObject({ code: 0 });
  expect(readFileSync(join(folder, "out/again/tocsin-archive.json"), "utf8")).toBe(readFileSync(archive, "utf8"));

  expect(await tocsin("data", ["export", "cstate", "out/cstate"])).toMatchObject({ code: 0 });
  expect(readdirSync(join(folder, "out/cstate/content/issues"))).toHaveLength(120);
  if (skipped(hugo, "what Hugo makes of an export")) return;
  const layouts = join(folder, "out/cstate/themes/cstate/layouts");
  mkdirSync(join(layouts, "_default"), { recursive: true });
  mkdirSync(join(layouts, "shortcodes"), { recursive: true });
  writeFileSync(join(layouts, "index.html"), "{{ range .Site.RegularPages }}<p>{{ .Title }}: {{ .Params.resolved }}, {{ .Params.affected }}</p>{{ end }}"); // prettier-ignore
  writeFileSync(join(layouts, "_default/single.html"), "{{ .Content }}");
  writeFileSync(join(layouts, "shortcodes/track.html"), "<time>{{ .Get 0 }}</time>");
  const built = spawnSync(hugo.path, ["--source", join(folder, "out/cstate")], { encoding: "utf8" });
  expect([built.status, built.stdout + built.stderr]).toEqual([0, expect.stringMatching(/Aliases +\| +120/u)]);
  const site = join(folder, "out/cstate/public");
  expect(readFileSync(join(site, "index.html"), "utf8")).toContain("<p>Outage: &#34;118&#34; {{&lt; x &gt;}}: true, [Copr builds]</p>"); // prettier-ignore
  expect(readFileSync(join(site, "issues/2024-04-28-outage-107/index.html"), "utf8")).toContain("<time>2024-04-28 11:00:00</time>"); // prettier-ignore
  expect(readFileSync(join(site, "incidents/107.html"), "utf8")).toContain("/issues/2024-04-28-outage-107/");
}, 120_000);
