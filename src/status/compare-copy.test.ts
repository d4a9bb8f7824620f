import { describe, expect, test } from "vitest";
import { minute, second } from "../lib/clock.ts";
import { stampOf } from "../lib/codes.ts";
import { compareCopy, comparePage, type Copy, type Fetched } from "./compare-copy.ts";

const now = Date.UTC(2026, 10, 22, 12);
const copy = (madeAt: number, body: string, sentAt?: number): Copy => ({
  madeAt,
  files: new Map([["state.json", stampOf(body)]]),
  ...(sentAt === undefined ? {} : { sentAt }),
});
const got = (body: string, status = 200): readonly Fetched[] => [{ path: "state.json", status, body }];

describe("a mirror", () => {
  const older = copy(now - 10 * minute, "a", now - 10 * minute);
  const newest = copy(now - 2 * minute, "b", now - 2 * minute);

  test.each<readonly [string, readonly Fetched[], readonly Copy[], number, object]>([
    ["that shows the newest state is equal", got("b"), [newest, older], minute, { kind: "equal" }],
    ["that shows what is being written is settling no more", got("c"), [copy(now, "c"), newest, older], minute, { kind: "equal" }], // prettier-ignore
    ["that shows the state before may settle", got("a"), [newest, older], 5 * minute, { kind: "settling" }],
    ["that shows it for too long differs since it should not", got("a"), [newest, older], minute, { kind: "differs", what: "it shows the state of 2026-11-22T11:50:00Z", since: now - 2 * minute }], // prettier-ignore
    ["that shows what we never wrote differs", got("x"), [newest, older], 5 * minute, { kind: "differs", what: "state.json is not as it was written" }], // prettier-ignore
    ["without the file differs", got("", 404), [newest], minute, { kind: "differs", what: "state.json answers 404" }],
    ["that does not answer is unreachable", [{ path: "state.json", unreached: "host does not answer" }], [newest], minute, { kind: "unreachable", because: "host does not answer" }], // prettier-ignore
    ["is not judged before we wrote to it", got("x"), [copy(now, "c")], minute, { kind: "settling" }],
  ])("%s", (_, fetched, copies, settle, wanted) => {
    expect(compareCopy(fetched, copies, settle, now)).toEqual(wanted);
  });
});

describe("the live page", () => {
  const page = (title: string): string => `<html><head><title>${title}</title></head></html>`;
  const state = (seq: number, at = now - 5 * second): string =>
    JSON.stringify({ epoch: 1, seq, generated_at: new Date(at).toISOString().replace(".000", "") });
  const fetched = (change: Readonly<Record<string, string>> = {}): readonly Fetched[] =>
    Object.entries({ "state.json": state(5), "index.html": page("well"), "history.atom": "<id>a</id><id>b</id>", ...change }).map(([path, body]) => ({ path, status: 200, body })); // prettier-ignore
  const expected = {
    sequence: { epoch: 1, seq: 5 },
    changedAt: now - 10 * minute,
    files: new Map([["index.html", page("well")], ["history.atom", "<id>a</id>x<id>b</id>"]]), // prettier-ignore
  };

  test.each<readonly [string, readonly Fetched[], object]>([
    ["that says the same is equal", fetched(), { kind: "equal" }],
    ["that a proxy keeps differs since the record changed", fetched({ "state.json": state(4) }), { kind: "differs", since: now - 10 * minute }], // prettier-ignore
    ["that nobody renews differs", fetched({ "state.json": state(5, now - 10 * minute) }), { kind: "differs", since: now - 7 * minute }], // prettier-ignore
    ["with another banner differs", fetched({ "index.html": page("broken") }), { kind: "differs", what: "index.html does not say what the record says" }], // prettier-ignore
    ["with another feed differs", fetched({ "history.atom": "<id>a</id>" }), { kind: "differs", what: "history.atom does not say what the record says" }], // prettier-ignore
    ["that is somebody else's differs", fetched({ "state.json": "<html>" }), { kind: "differs", what: "state.json is none of ours" }], // prettier-ignore
  ])("%s", (_, got, wanted) => {
    expect(comparePage(got, expected, now)).toMatchObject(wanted);
  });

  test("right after a change it may still say what was", () => {
    const fresh = { ...expected, changedAt: now - 10 * second };
    expect(comparePage(fetched({ "state.json": state(4) }), fresh, now)).toEqual({ kind: "settling" });
  });
});
