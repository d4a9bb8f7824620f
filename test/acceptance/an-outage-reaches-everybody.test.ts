// The story of the spine, by its own doors: a job table, IRC, the command line, the page, the mirror.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { minute, second } from "../../src/lib/clock.ts";
import { createPackit, insertPush, setBuilds } from "../peers/packit-db.ts";
import { freshDatabase, postgresMissing, type Database } from "../peers/postgres.ts";
import { ngircd } from "../peers/ngircd.ts";
import { skipped } from "../peers/install.ts";
import { hears, outageDesk, type Kind } from "../kit/outage-desk.ts";
import { random } from "../kit/job-stream.ts";

const missing = skipped(ngircd, "acceptance: an outage reaches everybody") || postgresMissing !== undefined;
const start = Date.parse("2026-11-22T10:00:00Z");
const projects = [
  "packit/ogr",
  "packit/hello",
  "rpm/dnf",
  "fedora/anaconda",
  "cockpit/cockpit",
  "oamg/leapp",
  "osbuild/osbuild",
  "teemtee/tmt",
  "teemtee/fmf",
  "storage/blivet",
];

/** A push of one project whose Copr builds ended at `at`. */
async function push(
  jobs: Database,
  project: string,
  at: number,
  statuses: readonly string[],
  srpm = "success",
): Promise<void> {
  const targets = statuses.map((status, i) => [`fedora-${43 + i}-x86_64`, status] as const);
  const made = await insertPush(jobs, { repository: project, at: at - 5 * minute, srpm, copr: targets });
  await setBuilds(jobs, "srpm_builds", [made.srpm], { started: at - 5 * minute, finished: at - 4 * minute });
  await setBuilds(jobs, "copr_build_targets", made.copr, { started: at - 3 * minute, finished: at });
}

/** Two days in which about a quarter of the builds fail, as they do. */
async function usualDays(jobs: Database): Promise<void> {
  const dice = random(7);
  for (let at = start - 48 * 60 * minute; at < start - 10 * minute; at += 12 * minute) {
    const project = projects[Math.floor(dice() * projects.length)] ?? "packit/ogr";
    await push(jobs, project, at, [dice() < 0.24 ? "failure" : "success"]);
  }
}

describe.skipIf(missing).each<Kind>(["sqlite", "postgres"])("on %s", (database) => {
  test(
    "an outage in the job table is found, told once, and its end reaches the same places",
    { timeout: 120_000 },
    async () => {
      await using jobs = await freshDatabase();
      await createPackit(jobs);
      await usualDays(jobs);
      await using desk = await outageDesk({
        database,
        sources: [
          `{ id: builds, type: jobs, every: 1m, preset: packit, database: "${jobs.url}", component: { copr_build: copr, srpm_build: copr, testing_farm: tests, "*": api } }`,
        ],
      });
      const { tocsin, team, users } = desk;
      await tocsin.start();
      await tocsin.until("it has read the past and is well", async () =>
        (await tocsin.get("/metrics")).body.includes('tocsin_look_seconds_count{source="builds",outcome="ok"}'),
      );
      await tocsin.advance(3 * minute);

      // One project that retries its broken build, one with 30 targets, and the targets of failed SRPMs are nobody's outage.
      for (let i = 0; i < 60; i++) await push(jobs, "packit/hello", tocsin.now() - second, ["failure"]);
      await push(
        jobs,
        "oamg/leapp",
        tocsin.now() - second,
        Array.from({ length: 30 }, () => "failure"),
      );
      for (const project of projects.slice(0, 2)) {
        await push(
          jobs,
          project,
          tocsin.now() - second,
          Array.from({ length: 20 }, () => "failure"),
          "failure",
        );
      }
      await tocsin.advance(2 * minute);
      await team.silent();
      expect((await tocsin.get("/status.txt")).body).toMatch(/^OK /);
      // Copr begins to fail for many.
      const began = tocsin.now();
      for (const project of projects.slice(0, 9)) {
        await push(jobs, project, tocsin.now() - second, ["failure"]);
        await tocsin.advance(minute);
      }
      const page = await hears(
        desk,
        "team",
        /^alice: Incident 1: Copr builds: (major|partial) outage\. \d+ of \d+ Copr builds from \d+ projects failed in the last \d+ min; usual is \d+ %\..* https:\/\/status\.example\.org\/team\/1\/[\w-]+$/u,
      );
      await users.silent();
      expect((await tocsin.get("/status.txt")).body).toMatch(/^OK /);
      expect((await tocsin.get("/incidents/1")).status).toBe(404);
      const evidence = await tocsin.get(new URL(/https:\S+/u.exec(page)?.[0] ?? "").pathname);
      expect(evidence.body).toContain("packit/ogr");
      const shown = await tocsin.cli("--json", "incident", "show", "1");
      const draft = JSON.parse(shown.out) as { clocks: { started: string }; impact: object };
      expect(Date.parse(draft.clocks.started)).toBeGreaterThanOrEqual(began - 6 * minute);
      expect(Date.parse(draft.clocks.started)).toBeLessThan(tocsin.now());
      // A human takes it from here.
      expect(await tocsin.cli("--as", "alice", "incident", "ack", "1")).toMatchObject({ code: 0 });
      await hears(desk, "team", /Incident 1\. Alice has acknowledged it/u);
      const wrong = await tocsin.cli("incident", "edit", "1", "--component", "corp=major_outage");
      expect(wrong).toMatchObject({ code: 1 });
      expect(wrong.err).toContain('did you mean "copr"');
      await tocsin.cli("incident", "edit", "1", "--alternative", "", "--retrigger", " ");
      await tocsin.cli("incident", "edit", "1", "--title", "Copr builds fail", "--component", "copr=major_outage");
      expect(await tocsin.cli("--as", "alice", "incident", "publish", "1")).toMatchObject({ code: 0 });
      await hears(
        desk,
        "users",
        /^Copr builds fail \(major outage\)\. .*Affected: Pull requests that build in Copr\. .*packit build in-koji.*Next update by .* https:\/\/status\.example\.org\/incidents\/1$/u,
      );
      await everywhere(desk, "OUTAGE Copr builds: major outage", /Investigating/u);

      await tocsin.cli("--as", "alice", "incident", "update", "1", "--phase", "identified", "Copr lost its storage.");
      await hears(desk, "users", /^Copr builds fail · identified\. Copr lost its storage\./u);
      await everywhere(desk, "OUTAGE Copr builds: major outage", /Copr lost its storage\./u);
      // The builds recover; the duty holder is asked, the public sees that it is watched.
      for (let i = 0; i < 24; i++) {
        await push(jobs, projects[i % projects.length] ?? "packit/ogr", tocsin.now() - second, ["success"]);
        await tocsin.advance(2 * minute);
      }
      await hears(desk, "team", /^alice: Incident 1: the evidence has ended\..*resolve 1/u);
      await everywhere(desk, "OUTAGE Copr builds: major outage", /Monitoring/u);

      await tocsin.cli("--as", "alice", "incident", "resolve", "1", "Copr works again.");
      await hears(desk, "users", /^Copr builds fail · resolved\. Copr works again\. .*It lasted/u);
      await everywhere(desk, "OK", /Copr works again\./u);
      const kept = (await tocsin.get("/incidents/1")).body;
      for (const clock of ["Started", "Detected", "Acknowledged", "Published", "Mitigated", "Resolved"])
        expect(kept).toContain(clock);
      expect(kept).not.toContain("—");
      expect(await tocsin.stop()).toBe(0);
    },
  );
});

/** The live page, the mirror, the plain text and the JSON say the same. */
async function everywhere(
  { tocsin, mirror }: Awaited<ReturnType<typeof outageDesk>>,
  firstLine: string,
  words: RegExp,
): Promise<void> {
  const file = (path: string): string => readFileSync(join(mirror, path), "utf8");
  const live = await tocsin.get("/incidents/1.html");
  expect(live.body).toMatch(words);
  expect((await tocsin.get("/status.txt")).body.split("\n")[0]).toContain(firstLine);
  const sequence = (text: string): unknown => {
    const { epoch, seq } = JSON.parse(text) as { epoch: number; seq: number };
    return [epoch, seq];
  };
  await tocsin.until("the mirror has caught up", async () => {
    const state = await tocsin.get("/state.json");
    try {
      return JSON.stringify(sequence(file("state.json"))) === JSON.stringify(sequence(state.body));
    } catch {
      return false;
    }
  });
  // The card, the timeline and the clocks; above and below them stands how old the copy is.
  const told = (html: string): string => /<section[\s\S]*<\/section>/u.exec(html)?.[0] ?? "nothing";
  expect(told(file("incidents/1.html"))).toBe(told((await tocsin.get("/incidents/1.html")).body));
  expect(file("status.txt").split("\n")[0]).toContain(firstLine);
  const incidents = (text: string): unknown =>
    (JSON.parse(text) as { incidents: { status: string; incident_updates: { body: string }[] }[] }).incidents.map(
      (one) => [one.status, one.incident_updates.map((update) => update.body)],
    );
  expect(incidents(file("api/v2/summary.json"))).toEqual(incidents((await tocsin.get("/api/v2/summary.json")).body));
}
