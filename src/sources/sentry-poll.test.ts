import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { eventAlert, issue, metricAlert, type Sent } from "../../test/kit/sentry-bodies.ts";
import { heardLog } from "../../test/peers/heard-log.ts";
import { fakeSentry, type FakeSentry } from "../../test/peers/sentry.ts";
import type { Alert } from "../alerts/alert.ts";
import type { LookingSource, WebhookSource } from "../alerts/source.ts";
import type { ComponentId, SourceId } from "../config/names.ts";
import { isoSeconds, minute, second } from "../lib/clock.ts";
import { heldClock, type HeldClock } from "../lib/held-clock.ts";
import { brand } from "../lib/ids.ts";
import { reasonOf } from "../lib/result.ts";
import { sentry } from "./sentry.ts";

const start = Date.parse("2026-11-22T12:00:00Z");
const never = new AbortController().signal;
let peer: FakeSentry;
let clock: HeldClock;

beforeEach(async () => {
  peer = await fakeSentry();
  clock = heldClock(start);
});
afterEach(async () => {
  await peer[Symbol.asyncDispose]();
});

type Both = { readonly source: WebhookSource; readonly poll: LookingSource<unknown> };

function both(more: object = {}, api: object = {}): Both {
  const { url, organization, token } = peer;
  const config = sentry.config.parse({
    secret: "it-is-a-secret",
    component: { from: "tags.component", default: "api" },
    api: { url, organization, token, ...api },
    ...more,
  });
  const components = ["api", "copr"].map((id) => ({ id: brand<ComponentId>(id), name: id }));
  const source = sentry.make({ id: brand<SourceId>("sentry"), config }, { clock, log: heardLog().log, components });
  if (source.kind !== "webhook" || source.looks === undefined) throw new Error("with an API it looks, too");
  return { source, poll: source.looks };
}

function hear({ source }: Both, sent: Sent): Alert {
  const parsed = source.parse(sent.body, clock.now(), sent.headers);
  return (parsed.ok ? parsed.value.alerts[0] : undefined) ?? expect.fail("not understood");
}

async function look(
  { poll }: Both,
  known: readonly Alert[] = [],
  state?: unknown,
): Promise<{ readonly alerts: readonly Alert[]; readonly state: unknown }> {
  const question = { now: clock.now(), state, feedback: { dismissed: [] }, known: () => Promise.resolve(known) };
  return poll.look(question, never);
}

function put(id: string, more: object = {}): void {
  peer.issues.set(id, { ...issue, status: "unresolved", ...more, id });
}

describe("what fires", () => {
  test.each([
    ["resolved", "resolved in Sentry"],
    ["ignored", "archived in Sentry"],
  ])("ends when Sentry has it as %s, though no webhook came", async (status, words) => {
    const made = both();
    const firing = hear(made, eventAlert());
    put("7001", { status });
    const { alerts } = await look(made, [firing]);
    expect(alerts).toEqual([{ ...firing, status: "resolved", endsAt: start, summary: `${firing.summary}: ${words}` }]);
  });

  test("fires on while Sentry has it as unresolved, and nothing is said again", async () => {
    const made = both();
    put("7001");
    expect((await look(made, [hear(made, eventAlert())])).alerts).toEqual([]);
  });

  test("ends when Sentry has it no more, and follows an issue that it was put into", async () => {
    const made = both();
    const [deleted, merged] = [hear(made, eventAlert({ issue_id: "1" })), hear(made, eventAlert({ issue_id: "2" }))];
    put("3", { status: "resolved" });
    peer.merged.set("2", "3");
    const { alerts } = await look(made, [deleted, merged]);
    expect(alerts.map(({ key, status, summary }) => [key, status, summary.split(": ").at(-1)])).toEqual([
      ["sentry/issue:1", "resolved", "no longer in Sentry"],
      ["sentry/issue:2", "resolved", "resolved in Sentry"],
    ]);
  });

  test("is asked for by the hundred", async () => {
    const made = both();
    const firing = Array.from({ length: 250 }, (_, n) => hear(made, eventAlert({ issue_id: String(n + 1) })));
    firing.forEach((_, n) => put(String(n + 1), n === 249 ? { status: "resolved" } : {}));
    const { alerts } = await look(made, firing);
    expect(alerts.map(({ key }) => key)).toEqual(["sentry/issue:250"]);
    expect(peer.asked.filter((path) => path.includes("group="))).toHaveLength(3);
  });

  test("of a metric ends when its alert is closed, at the time that Sentry says", async () => {
    const made = both();
    const firing = hear(made, metricAlert("critical"));
    peer.incidents.set("17", { id: "311", identifier: "17", status: 20, dateClosed: null });
    expect((await look(made, [firing])).alerts).toEqual([]);
    peer.incidents.set("17", { id: "311", identifier: "17", status: 2, dateClosed: "2026-11-22T11:55:00Z" });
    expect((await look(made, [firing])).alerts).toMatchObject([
      { key: firing.key, status: "resolved", endsAt: Date.parse("2026-11-22T11:55:00Z") },
    ]);
  });
});

describe("what has ended", () => {
  const over = (made: Both): Alert => ({ ...hear(made, eventAlert()), status: "resolved", endsAt: start - minute });

  test("fires again when Sentry has seen it since and calls it unresolved", async () => {
    const made = both();
    put("7001", { substatus: "regressed", lastSeen: isoSeconds(start - 10 * second) });
    const { alerts } = await look(made, [over(made)]);
    expect(alerts).toMatchObject([{ status: "firing", startsAt: start - 10 * second }]);
    expect(alerts[0]).not.toHaveProperty("endsAt");
  });

  test("stays over without an event since, and where new issues are ignored", async () => {
    put("7001", { lastSeen: isoSeconds(start - 2 * minute) });
    const made = both();
    expect((await look(made, [over(made)])).alerts).toEqual([]);
    put("7001", { lastSeen: isoSeconds(start) });
    const ignoring = both({ new_issues: "ignore" });
    expect((await look(ignoring, [over(ignoring)])).alerts).toEqual([]);
  });
});

describe("new issues", () => {
  const fresh = { firstSeen: "2026-11-22T12:00:30Z", lastSeen: "2026-11-22T12:00:30Z" };

  test("that no webhook told of are found; those of before the first look are not", async () => {
    const made = both();
    put("1", { firstSeen: "2026-11-22T09:00:00Z" });
    const first = await look(made);
    put("2", fresh);
    put("3", { ...fresh, status: "resolved" });
    await clock.advance(minute);
    const { alerts } = await look(made, [], first.state);
    expect(alerts).toMatchObject([
      { key: "sentry/issue:2", status: "firing", startsAt: Date.parse(fresh.firstSeen), component: "api" },
    ]);
    expect([...first.alerts]).toEqual([]);
  });

  test("that were told of already are not told of again", async () => {
    const made = both();
    put("7001", fresh);
    await clock.advance(minute);
    expect((await look(made, [hear(made, eventAlert())], { since: start })).alerts).toEqual([]);
  });

  test("are found on every page, by the cursor alone, whatever address the answer names", async () => {
    const made = both();
    peer.pageSize = 2;
    for (let n = 1; n <= 5; n++) put(String(n), fresh);
    await clock.advance(minute);
    expect((await look(made, [], { since: start })).alerts).toHaveLength(5);
    expect(peer.asked).toHaveLength(3);
  });

  test("are looked for in the projects of the config, and not at all where they are ignored", async () => {
    put("1", fresh);
    put("2", { ...fresh, project: { slug: "docs" } });
    await clock.advance(minute);
    const some = await look(both({}, { projects: ["workers", "api"] }), [], { since: start });
    expect(some.alerts.map(({ key }) => key)).toEqual(["sentry/issue:1"]);
    peer.asked.length = 0;
    expect((await look(both({ new_issues: "ignore" }), [], { since: start })).alerts).toEqual([]);
    expect(peer.asked.filter((path) => path.includes("firstSeen"))).toEqual([]);
  });

  test("of the time in which the program was away are found when it is back", async () => {
    const first = both();
    const { state } = await look(first);
    const bytes = first.poll.save(state);
    put("1", fresh);
    await clock.advance(60 * minute);
    const second = both();
    expect((await look(second, [], second.poll.load(bytes))).alerts).toHaveLength(1);
  });
});

describe("a Sentry that will not answer", () => {
  const reason = async (made: Both): Promise<string> => look(made).then(() => "it looked", reasonOf);

  test("for a while is left alone for so long", async () => {
    const made = both();
    peer.instead.push((response) => void response.writeHead(429, { "Retry-After": "30" }).end("{}"));
    expect(await reason(made)).toMatch(/limits our rate \(429\)/u);
    expect(await reason(made)).toMatch(/is asked again in 30\s?s/u);
    expect(peer.asked).toHaveLength(1);
    await clock.advance(30 * second);
    expect(await reason(made)).toBe("it looked");
  });

  test("more in this window is asked on in the next one, within the same look", async () => {
    const made = both();
    peer.pageSize = 1;
    for (const id of ["1", "2"]) put(id, { firstSeen: isoSeconds(start) });
    peer.headers = { "X-Sentry-Rate-Limit-Remaining": "0", "X-Sentry-Rate-Limit-Reset": String(start / second + 3) };
    const looking = look(made, [], { since: start });
    await expect.poll(() => peer.asked.length).toBe(1);
    await clock.advance(2 * second);
    expect(peer.asked).toHaveLength(1);
    await clock.advance(second);
    expect((await looking).alerts).toHaveLength(2);
  });

  test.each([
    [401, /does not know the token/u],
    [403, /may not read that/u],
    [404, /no such organization/u],
    [302, /sends us elsewhere/u],
    [500, /answers 500/u],
  ])("says why: %s", async (status, words) => {
    peer.instead.push((response) => void response.writeHead(status, { Location: "http://127.0.0.1:1/" }).end("{}"));
    const told = await reason(both());
    expect(told).toMatch(words);
    expect(told).not.toContain(peer.token);
  });

  test("is found out also while nothing fires and new issues are ignored", async () => {
    peer.instead.push((response) => void response.writeHead(401).end("{}"));
    expect(await reason(both({ new_issues: "ignore" }))).toMatch(/401/u);
  });

  test("in JSON, or with what is no list of issues, cannot be looked through", async () => {
    for (const body of ["<html>", '{"detail":"maintenance"}', '[{"id":null}]']) {
      peer.instead.push((response) => void response.writeHead(200).end(body));
      expect(await reason(both()), body).toMatch(/answers (?:what is not JSON|something else)/u);
    }
  });

  test("is found out by doctor; one that answers, too", async () => {
    const { source } = both();
    expect(await source.reach?.(never)).toMatchObject({ ok: true, value: expect.stringMatching(/waits at POST \/hooks\/sentry; its secret is set; the API answers for acme/u) }); // prettier-ignore
    const wrong = both({}, { token: "another-token-of-nobody" });
    expect(await wrong.source.reach?.(never)).toMatchObject({ ok: false, error: expect.stringMatching(/401/u) });
  });
});
