// Before one trusts a detector: a history of jobs replayed through it, from a file, by the command line alone.
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Job } from "../../src/jobs/job.ts";
import { day, hour, isoSeconds } from "../../src/lib/clock.ts";
import { jobStream } from "../kit/job-stream.ts";
import { runTocsin, type Ran } from "../kit/tocsin-process.ts";
import { found as browser, startChromium, type Chromium } from "../peers/chromium.ts";

const start = Date.parse("2026-03-02T00:00:00Z");
const outage = { type: "copr_build", from: start + 8 * day + 9 * hour, to: start + 8 * day + 12 * hour, share: 0.95 };

/** As the exchange form has it: ids are numbers, what is not there is null. */
function lineOf(job: Job, at: number): string {
  const iso = (time: number | undefined): string | null => (time === undefined ? null : isoSeconds(time));
  return JSON.stringify({
    id: at + 1,
    type: job.type,
    project: job.project,
    target: job.target ?? null,
    trigger: job.trigger ?? null,
    status: job.status,
    created_at: iso(job.createdAt),
    started_at: iso(job.startedAt),
    finished_at: iso(job.finishedAt),
    ...(job.message !== undefined && { message: job.message }),
  });
}

const folder = mkdtempSync(join(tmpdir(), "tocsin-backtest-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const env = { PATH: process.env["PATH"], NO_COLOR: "1", COLUMNS: "200", NODE_COMPILE_CACHE: join(tmpdir(), "tocsin-test-compile-cache") }; // prettier-ignore
const backtest = (...args: readonly string[]): Promise<Ran> => runTocsin(["backtest", ...args], { cwd: folder, env });

const Alarms = z.array(
  z.strictObject({
    start: z.iso.datetime(),
    end: z.iso.datetime().nullable(),
    type: z.string(),
    kind: z.enum(["failing", "stuck", "slow", "silent"]),
    target: z.string().optional(),
  }),
);

let ran: Ran;
beforeAll(async () => {
  const jobs = jobStream({ seed: 5, start, days: 10, pushesPerHour: 8, outages: [outage] });
  const lines = jobs.toSorted((a, b) => a.createdAt - b.createdAt).map(lineOf);
  writeFileSync(join(folder, "jobs.jsonl"), `${lines.join("\n")}\n`);
  const label = {
    id: "o1",
    kind: "total",
    type: outage.type,
    target: null,
    start: isoSeconds(outage.from),
    end: isoSeconds(outage.to),
  };
  writeFileSync(
    join(folder, "labels.json"),
    JSON.stringify({ meta: {}, outages: [{ ...label, affects: ["testing_farm"] }] }),
  );
  const asked = ["--after", "copr_build=srpm_build", "--after", "testing_farm=copr_build", "--labels", "labels.json"];
  ran = await backtest("--jobs", "jobs.jsonl", ...asked, "--alarms", "alarms.json", "--report", "report.html");
});

describe("a history in a file", () => {
  test("needs no config, touches no data directory, and says what would have been told", () => {
    expect([ran.code, ran.err]).toEqual([0, ""]);
    expect(readdirSync(folder).toSorted()).toEqual(["alarms.json", "jobs.jsonl", "labels.json", "report.html"]);
    expect(ran.out).toMatch(/jobs \(.*copr_build.*\) from 2026-03-02T00:\d\d:00Z to 2026-03-12T/u);
    expect(ran.out).toMatch(/failing +copr_build .*Copr builds/u);
    expect(ran.out).toMatch(/found 1 of 1 outage that could be seen/u);
  });

  test("leaves its alarms as JSON, in whole seconds of UTC, and the outage is among them", () => {
    const alarms = Alarms.parse(JSON.parse(readFileSync(join(folder, "alarms.json"), "utf8")));
    const hits = alarms.filter(({ start: at }) => at >= isoSeconds(outage.from) && at <= isoSeconds(outage.to));
    expect(hits.map(({ type, kind }) => `${kind} ${type}`)).toContain("failing copr_build");
    expect(alarms.every(({ start: at }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:00Z$/u.test(at))).toBe(true);
  });

  test("is replayed up to --to and told of from --from", async () => {
    const window = ["--from", isoSeconds(outage.from - hour), "--to", isoSeconds(outage.to - hour)];
    const early = await runTocsin(["--json", "backtest", "--jobs", "jobs.jsonl", ...window], {
      cwd: folder,
      env,
    });
    const Data = z.object({
      to: z.string(),
      settings: z.array(z.object({ alarms: z.array(z.object({ end: z.string().nullable() })) })),
    });
    const data = Data.parse(JSON.parse(early.out));
    expect(data.to).toBe(isoSeconds(outage.to - hour));
    expect(data.settings[0]?.alarms).toContainEqual(expect.objectContaining({ end: null }));
  });
});

test("another setting is shown side by side with what the detector does", async () => {
  const tried = await backtest("--jobs", "jobs.jsonl", "--labels", "labels.json", "--set", "false_alarms=5");
  expect([tried.code, tried.err]).toEqual([0, ""]);
  expect(tried.out).toMatch(/^as it is +\d+ +\d+ .*precision/mu);
  expect(tried.out).toMatch(/^false_alarms=5 +\d+ +\d+ .*precision/mu);
});

describe("what is wrong with a history", () => {
  test("is told with its line, the rest is replayed all the same, and the exit code says no", async () => {
    const good = readFileSync(join(folder, "jobs.jsonl"), "utf8").split("\n").slice(0, 40);
    writeFileSync(join(folder, "broken.jsonl"), [...good.slice(0, 2), "{", '{"id":1}', ...good.slice(2)].join("\n"));
    const broken = await backtest("--jobs", "broken.jsonl", "--after", "copr_bild=srpm_build");
    expect(broken.code).toBe(1);
    expect(broken.out).toMatch(/^40 jobs/u);
    expect(broken.err.split("\n").slice(0, 4)).toEqual([
      "broken.jsonl:3: is not JSON",
      "broken.jsonl:4: type: is missing; project: is missing; status: is missing",
      'after: no job is of the type copr_bild; did you mean "copr_build"?',
      "tocsin: 2 jobs of broken.jsonl were left out",
    ]);
    rmSync(join(folder, "broken.jsonl"));
  });

  test.each([
    [2, ["--jobs", "jobs.jsonl", "--from", "yesterdy"], /--from: "yesterdy" is no time/u],
    [2, ["--jobs", "jobs.jsonl", "--after", "copr_build"], /--after copr_build: write CHILD=PARENT/u],
    [
      2,
      ["--jobs", "jobs.jsonl", "--set", "false_alarm=2"],
      /there is no setting "false_alarm"; did you mean "false_alarms"\?/u,
    ],
    [3, ["--jobs", "none.jsonl"], /cannot read none.jsonl/u],
    [1, ["--jobs", "jobs.jsonl", "--labels", "jobs.jsonl"], /jobs.jsonl: is not JSON/u],
  ])("ends it with %d when it cannot begin: %j", async (code, args, words) => {
    const wrong = await backtest(...args);
    expect([wrong.code, wrong.out]).toEqual([code, ""]);
    expect(wrong.err).toMatch(words);
  });
});

describe.skipIf("missing" in browser)("the page", () => {
  let chromium: Chromium;
  beforeAll(async () => void (chromium = await startChromium()));
  afterAll(() => chromium[Symbol.asyncDispose]());

  test("reads well wide, on a phone and in the dark, without script or anything from elsewhere", async () => {
    const page = readFileSync(join(folder, "report.html"), "utf8");
    expect(page).not.toMatch(/<script|https?:\/\//u);
    await using opened = await chromium.open(page);
    expect(await opened.overflow()).toBe(0);
    expect(await opened.axe()).toEqual([]);
    await opened.change({ width: 360, dark: true });
    expect(await opened.overflow()).toBe(0);
    expect(await opened.axe()).toEqual([]);
    // The picture in words, for who cannot see it.
    const words = await opened.page.locator("svg desc").first().textContent();
    expect(words).toMatch(/jobs ended, \d+ % of them red\. \d+ alarms?\. .*failing at 2026-03-10/u);
  });
});
