import { expect, test } from "vitest";
import { look, lookerOf, said } from "../../test/kit/looking.ts";
import { http } from "../../test/peers/servers.ts";
import { minute } from "../lib/clock.ts";
import { canary } from "./canary.ts";

const start = Date.parse("2026-11-22T12:00:00Z");

/** A service that takes jobs, and shows them when it is let. */
async function service(): Promise<AsyncDisposable & { url: string; jobs: string[]; works: boolean; takes: boolean }> {
  const state = { jobs: Array<string>(), works: true, takes: true };
  const server = await http((request, response) => {
    const mark = new URL(request.url ?? "", "http://x").searchParams.get("mark") ?? "";
    if (request.method === "POST") {
      if (state.takes) state.jobs.push(mark);
      return void response.writeHead(state.takes ? 201 : 503).end();
    }
    response.end(JSON.stringify(state.works ? state.jobs.map((job) => ({ mark: job, status: "success" })) : []));
  });
  const url = `http://${server.host}:${server.port}/jobs`;
  return Object.assign(state, { url, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() });
}

const config = (url: string): object => ({
  component: "copr",
  trigger: { url: `${url}?mark={canary}`, method: "POST", expect: { status: 201 } },
  appears: { url, expect: { json: { path: "$[?@.mark=='{canary}'].status", is: "success" } } },
});

test("a canary that comes through is well, one that does not is silence, and the next that does ends it", async () => {
  await using ci = await service();
  const source = lookerOf(canary, config(ci.url));
  let state: unknown;
  const told: string[] = [];
  const samples: unknown[] = [];
  for (let at = 0; at <= 75; at++) {
    ci.works = at < 15 || at > 60;
    const seen = await look(source, start + at * minute, state);
    state = source.load(source.save(seen.state));
    told.push(...said(seen.alerts).map((text) => `${at} ${text}`));
    samples.push(...seen.samples.map(({ up }) => `${at} ${up}`));
  }
  expect(told).toEqual([
    expect.stringMatching(/^50 silent firing: the canary sent at 2026-11-22T12:20:00Z has not come through after 30 min: 127\.0\.0\.1:\d+ answered 200 in .* but there is no/u),
    expect.stringMatching(/^61 silent resolved: the canary came through within 10 min/u),
  ]);
  expect(samples).toEqual(["1 true", "11 true", "50 false", "61 true", "63 true", "73 true"]);
  expect(ci.jobs.length).toBe(6);
}); // prettier-ignore

test("a canary that is not taken is said at once", async () => {
  await using ci = await service();
  ci.takes = false;
  const { alerts } = await look(lookerOf(canary, config(ci.url)), start);
  expect(said(alerts)).toEqual([
    expect.stringMatching(/the canary could not be sent: 127\.0\.0\.1:\d+ answered 503 in .*, expected 201/u),
  ]);
});

test("a command sends it too, with its own mark; one that fails or does not end is said", async () => {
  const by = (...command: readonly string[]): Promise<readonly string[]> =>
    look(lookerOf(canary, { component: "copr", trigger: { command } }, { timeout: 300 }), start).then(({ alerts }) =>
      said(alerts),
    );
  expect(await by("sh", "-c", 'case "$0" in tocsin-?*) exit 0; esac; exit 1', "{canary}")).toEqual([]);
  expect(await by("sh", "-c", "echo no room; exit 3")).toEqual([expect.stringMatching(/the command ended with 3 after .*: no room/u)]);
  expect(await by("sleep", "20")).toEqual([expect.stringMatching(/the command was ended after 0\.3 s/u)]);
  await expect(by("/no/such/program")).rejects.toThrow(/the command of the canary cannot be run/u);
}); // prettier-ignore
