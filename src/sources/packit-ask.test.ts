import { describe, expect, test } from "vitest";
import { createPackit, insertPush, setTests } from "../../test/peers/packit-db.ts";
import { startUpstreams, type Upstreams } from "../../test/peers/packit-upstreams.ts";
import { freshDatabase, postgresMissing } from "../../test/peers/postgres.ts";
import type { Job } from "../jobs/job.ts";
import { faultOf, sayWord } from "../jobs/upstream-word.ts";
import { minute } from "../lib/clock.ts";
import { silentLog } from "../lib/log.ts";
import { packitAsk } from "./packit-ask.ts";
import { packitFeed } from "./packit.ts";

const now = Date.parse("2026-11-20T12:00:00Z");
const never = new AbortController().signal;
const request = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`;

const redTest = (n: number): { job: Job; request: string } => ({
  job: {
    id: `testing_farm:${n}`,
    type: "testing_farm",
    project: "a/b",
    status: "error",
    createdAt: now,
    finishedAt: now,
  },
  request: request(n),
});

const askOf = ({ testingFarm, copr }: Upstreams) => packitAsk({ testing_farm: testingFarm, copr });

describe("a test that the table calls an error", () => {
  test("was Testing Farm's trouble when its state is one, and the project's when it had completed", async () => {
    await using upstreams = await startUpstreams();
    upstreams.requests.set(request(1), {
      state: "error",
      result: { overall: "unknown", summary: "Guest couldn't be provisioned" },
    });
    upstreams.requests.set(request(2), {
      state: "complete",
      result: { overall: "error", summary: "no tests found\u202e" },
    });
    upstreams.requests.set(request(3), { state: "running", result: null });
    const settled = await askOf(upstreams).settle([1, 2, 3, 4].map(redTest), now, never);
    expect(settled.map(({ id, status, message }) => [id, status, message])).toEqual([
      ["testing_farm:1", "error", "Guest couldn't be provisioned"],
      ["testing_farm:2", "failure", "no tests found"],
      ["testing_farm:3", "error", undefined],
    ]);
  });

  test("stays as it is when Testing Farm does not answer, which is then left alone for five minutes", async () => {
    await using upstreams = await startUpstreams();
    upstreams.mood = "fails";
    const ask = askOf(upstreams);
    expect(
      await ask.settle(
        Array.from({ length: 12 }, (_, n) => redTest(n)),
        now,
        never,
      ),
    ).toEqual([]);
    expect(upstreams.asked).toHaveLength(5);
    upstreams.mood = "well";
    upstreams.requests.set(request(1), { state: "complete", result: null });
    expect(await ask.settle([redTest(1)], now + 4 * minute, never)).toEqual([]);
    expect(await ask.settle([redTest(1)], now + 5 * minute, never)).toHaveLength(1);
  });

  test("is one of at most twenty that a look asks about", async () => {
    await using upstreams = await startUpstreams();
    await askOf(upstreams).settle(
      Array.from({ length: 300 }, (_, n) => redTest(n)),
      now,
      never,
    );
    expect(upstreams.asked).toHaveLength(20);
  });
});

describe("of builds that hang", () => {
  const builds = ["11", "12", "13"].map((id) => ({ id, target: "fedora-43-x86_64" }));

  test("most ended at Copr: the trouble is ours", async () => {
    await using upstreams = await startUpstreams();
    upstreams.builds.set("11:fedora-43-x86_64", "succeeded");
    upstreams.builds.set("12:fedora-43-x86_64", "failed");
    upstreams.builds.set("13:fedora-43-x86_64", "running");
    const word = await askOf(upstreams).word("copr_build", builds, never);
    expect(word).toEqual({ name: "Copr", ended: 2, open: 1, missing: 0 });
    expect(word && [faultOf(word), sayWord(word)]).toEqual([
      "ours",
      "of 3 jobs that Copr was asked about 2 ended there, 1 still open there: the trouble looks like ours",
    ]);
  });

  test("most are open at Copr: it hangs there; an SRPM is asked for without a chroot, one never submitted not at all", async () => {
    await using upstreams = await startUpstreams();
    for (const id of ["11", "12"]) upstreams.builds.set(id, "pending");
    const jobs = ["11", "12", undefined].map((id) => ({ id, target: undefined }));
    const word = await askOf(upstreams).word("srpm_build", jobs, never);
    expect(word).toEqual({ name: "Copr", ended: 0, open: 2, missing: 1 });
    expect(word && sayWord(word)).toBe("of 3 jobs that Copr was asked about 2 still open there, 1 unknown there: it looks like Copr's"); // prettier-ignore
    expect(upstreams.asked).toEqual(["/api_3/build/11", "/api_3/build/12"]);
  });

  test.each([
    ["resets", /could not be asked about them \(127\.0\.0\.1:\d+/u],
    ["fails", /answers 503/u],
    ["lies", /could not be asked/u],
    ["floods", /longer than 4 MB/u],
  ] as const)("nothing is known when Copr %s, and it is said why", async (mood, why) => {
    await using upstreams = await startUpstreams();
    upstreams.mood = mood;
    const word = await askOf(upstreams).word("copr_build", builds, never);
    expect(word && faultOf(word)).toBe("unknown");
    expect(word && sayWord(word)).toMatch(why);
  });

  test("nobody is asked when no address is configured", async () => {
    expect(await packitAsk({}).word("copr_build", builds, never)).toBeUndefined();
    expect(packitAsk({}).settles).toBe(false);
  });
});

describe.skipIf(postgresMissing)("the packit preset", () => {
  test("asks about tests by their requests: those that turn red, and the oldest of those that hang", async () => {
    await using database = await freshDatabase();
    await using upstreams = await startUpstreams();
    await createPackit(database);
    const feed = packitFeed(database.url, silentLog, askOf(upstreams));
    const statuses = Array.from({ length: 8 }, () => ["fedora-43", "running"] as const);
    const { tests } = await insertPush(database, { repository: "ns/repo", at: now, tests: statuses });
    for (const id of tests)
      await database.query("UPDATE tft_test_run_targets SET pipeline_id = $2 WHERE id = $1", [id, request(id)]);
    const first = await feed.read(undefined, now, never);
    expect(upstreams.asked).toEqual([]);

    const [red = 0, ...others] = tests;
    upstreams.requests.set(request(red), {
      state: "complete",
      result: { overall: "error", summary: "plan not found" },
    });
    await setTests(database, [red], "error");
    const second = await feed.read(first.next, now + minute, never);
    expect(second.changed).toMatchObject([{ id: `testing_farm:${red}`, status: "failure", message: "plan not found" }]);

    for (const id of others) upstreams.requests.set(request(id), { state: "queued", result: null });
    expect(await feed.ask?.(second.next, "testing_farm", now + minute, never)).toMatchObject({ name: "Testing Farm", open: 5 }); // prettier-ignore
    expect(await feed.ask?.(second.next, "koji_build", now + minute, never)).toBeUndefined();
    await feed.close?.();
  });

  test("takes the first sight of a test that runs for its start, while it watches", async () => {
    await using database = await freshDatabase();
    await createPackit(database);
    const feed = packitFeed(database.url, silentLog);
    const { tests } = await insertPush(database, { repository: "ns/repo", at: now, tests: [["fedora-43", "queued"]] });
    let cursor = (await feed.read(undefined, now, never)).next;
    const look = async (status: string, at: number): Promise<Job | undefined> => {
      await setTests(database, tests, status);
      const read = await feed.read(cursor, at, never);
      cursor = JSON.parse(JSON.stringify(read.next)) as typeof cursor;
      return read.changed.find(({ type }) => type === "testing_farm");
    };
    expect(await look("running", now + 3 * minute)).toMatchObject({ status: "running", startedAt: now + 3 * minute });
    expect(await look("passed", now + 9 * minute)).toMatchObject({
      startedAt: now + 3 * minute,
      finishedAt: now + 9 * minute,
    });
    await feed.close?.();
  });
});
