// What readers find, from a server whose files the test chooses: settled, late, altered.
import { createServer } from "node:http";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { calm, outage } from "../../test/kit/snapshots.ts";
import { siteWith } from "../../test/kit/sites.ts";
import { minute, type Instant } from "../lib/clock.ts";
import type { PublicSnapshot } from "../status/snapshot.ts";
import { publicCopy, type PublicCopy } from "./public-copy.ts";

const never = new AbortController().signal;
const settle = 5 * minute;
let files: Record<string, string> = {};
let address = "";
const server = createServer((request, response) => {
  const body = files[request.url ?? ""];
  response.writeHead(body === undefined ? 404 : 200).end(body);
});

beforeAll(async () => {
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("no TCP port");
  address = `http://127.0.0.1:${bound.port}`;
});
afterAll(() => server.close());
beforeEach(() => void (files = {}));

const at = (snapshot: PublicSnapshot, generatedAt: Instant, seq: number): PublicSnapshot => ({
  ...snapshot,
  generatedAt,
  sequence: { epoch: 1, seq },
});

async function shows(snapshot: PublicSnapshot): Promise<string> {
  const site = siteWith(snapshot, [], false);
  const home = (await site.file("index.html"))?.body ?? "";
  files = { "/index.html": home, "/state.json": (await site.file("state.json"))?.body ?? "" };
  return home;
}

async function push(copy: PublicCopy, snapshot: PublicSnapshot): Promise<void> {
  const before = files;
  const home = await shows(snapshot);
  files = before;
  const { generatedAt, sequence } = snapshot;
  copy.pushed({ at: generatedAt, generatedAt, sequence, home });
}

const start = calm.generatedAt;
const [first, second] = [at(calm, start, 1), at(outage, start + minute, 2)];

test("what came is settled; what has not come is late only after the settle time, by when it was first missed", async () => {
  const copy = publicCopy(address, settle);
  await push(copy, first);
  expect(await copy.look(start + settle, never)).toEqual({ kind: "equal" });
  await shows(first);
  expect(await copy.look(start + 1, never)).toEqual({ kind: "equal" });
  expect(copy.lagMs()).toBe(0);
  await push(copy, second);
  // Heartbeats do not begin the wait anew.
  for (const n of [2, 3, 4, 5, 6]) await push(copy, at(outage, start + n * minute, 2));
  expect(await copy.look(start + 6 * minute, never)).toEqual({ kind: "equal" });
  expect(copy.lagMs()).toBe(5 * minute);
  expect(await copy.look(start + 7 * minute, never)).toEqual({
    kind: "differs",
    what: `${address} has shown an old state for 6 min: that of 2026-11-22T12:00:04Z`,
  });
  await shows(at(outage, start + 6 * minute, 2));
  expect(await copy.look(start + 8 * minute, never)).toEqual({ kind: "equal" });
  expect(copy.lagMs()).toBe(0);
});

test("a page that is none of ours is seen at once, and so is a newer state", async () => {
  const copy = publicCopy(address, settle);
  await push(copy, first);
  const home = await shows(first);
  files = { ...files, "/index.html": home.replace("operational", "fine") };
  expect(await copy.look(start + 1, never)).toMatchObject({
    kind: "differs",
    what: expect.stringMatching(/index\.html/u),
  });
  await shows(at(calm, start, 9));
  expect(await copy.look(start + 1, never)).toMatchObject({ kind: "differs", what: expect.stringMatching(/newer/u) });
});

test("an address that does not answer is unreachable, once it should have come", async () => {
  const copy = publicCopy(address, settle);
  expect(await copy.look(start, never)).toEqual({ kind: "equal" });
  await push(copy, first);
  expect(await copy.look(start + settle, never)).toEqual({ kind: "equal" });
  expect(await copy.look(start + settle + 1, never)).toMatchObject({
    kind: "unreachable",
    because: expect.stringMatching(/404/u),
  });
});
