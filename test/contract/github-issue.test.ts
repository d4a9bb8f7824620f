// One issue for each incident, made equal to the record, against a GitHub that checks each request by its published schemas.
import { generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { TargetId } from "../../src/config/names.ts";
import type { Published } from "../../src/delivery/publisher.ts";
import type { Publisher } from "../../src/delivery/publisher.ts";
import { heldClock } from "../../src/lib/held-clock.ts";
import { brand } from "../../src/lib/ids.ts";
import { githubIssue } from "../../src/publishers/github-issue.ts";
import type { IncidentView } from "../../src/status/incident-view.ts";
import type { PublicIncident } from "../../src/status/snapshot.ts";
import { hostileMarkdown } from "../kit/hostile.ts";
import { incident, noon, snapshot, update } from "../kit/snapshots.ts";
import { heardLog } from "../peers/heard-log.ts";
import { startGithub, type FakeGithub, type FakeIssue } from "../peers/github.ts";

const never = new AbortController().signal;

function publisherOn(hub: FakeGithub, config: object = {}, app = false): Publisher<IncidentView> {
  const key = (): string => generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({ type: "pkcs1", format: "pem" }); // prettier-ignore
  const github = { api_url: hub.url, ...(app ? { app_id: 1, private_key: key() } : { token: hub.token }) };
  const entry = {
    id: brand<TargetId>("issue"),
    config: githubIssue.config.parse({ repository: hub.repository, labels: ["outage"], ...config }),
  };
  return githubIssue.make(entry, { clock: heldClock(noon), log: heardLog().log, folder: "/nowhere", github });
}

const first = { ...update(noon - 3_000, "investigating", "We are looking into it."), number: 1 };
const second = { ...update(noon - 2_000, "identified", "It is Copr's disk."), number: 2 };
const third = { ...update(noon - 1_000, "resolved", "The disk is back."), number: 3 };

function view(more: Partial<PublicIncident> = {}, number = 12): IncidentView {
  const { site, components, addresses } = snapshot();
  return { site, components, addresses, incident: incident(number, { updates: [first], ...more }) };
}

const over = (more: Partial<PublicIncident> = {}): IncidentView =>
  view({ phase: "resolved", updates: [third, second, first], ...more });

const refOf = (sent: Published): string | undefined => (sent.kind === "sent" ? sent.ref : undefined);
const noticedIn = (sent: Published): string | undefined => (sent.kind === "sent" ? sent.noticed : undefined);

async function published(publisher: Publisher<IncidentView>, what: IncidentView, ref?: string): Promise<Published> {
  const sent = await publisher.publish(what, { epoch: 1, seq: 1 }, ref, never);
  expect(sent.kind, JSON.stringify(sent)).toBe("sent");
  return sent;
}

const writes = (hub: FakeGithub): readonly string[] => hub.asked.filter((said) => !said.startsWith("GET ") && !said.includes("access_tokens")); // prettier-ignore

function issueIn(hub: FakeGithub, number = 1): FakeIssue {
  const issue = hub.issues.get(number);
  if (issue === undefined) throw new Error(`there is no issue ${number}`);
  return issue;
}

describe.each([
  ["a token", false],
  ["an App", true],
] as const)("with %s", (_, app) => {
  test("an outage is one pinned issue, with a comment for each later update, closed and unpinned at its end", async () => {
    await using hub = await startGithub();
    const publisher = publisherOn(hub, {}, app);
    const opened = await published(publisher, view());
    expect(issueIn(hub)).toMatchObject({ title: "Outage: Copr builds fail on all targets", state: "open", labels: ["outage"], comments: [] }); // prettier-ignore
    expect(issueIn(hub).body).toMatch(/Copr builds: \*\*major outage\*\*/u);
    expect(issueIn(hub).body).toContain("(<https://packit.example.net/status/incidents/12.html>)");
    expect(issueIn(hub).body).toContain("We are looking into it");
    expect(hub.pins).toEqual([1]);
    const told = await published(publisher, view({ updates: [second, first], phase: "identified" }), refOf(opened));
    expect(issueIn(hub).comments.map(({ body }) => body)).toEqual([expect.stringContaining("It is Copr's disk")]);
    const ended = await published(publisher, over(), refOf(told));
    expect(issueIn(hub)).toMatchObject({ title: "Resolved: Copr builds fail on all targets", state: "closed", state_reason: "completed" }); // prettier-ignore
    expect(issueIn(hub).comments).toHaveLength(2);
    expect(hub.pins).toEqual([]);
    const before = writes(hub).length;
    expect(await published(publisher, over(), refOf(ended))).toEqual(ended);
    expect(writes(hub)).toHaveLength(before);
    expect(hub.issues.size).toBe(1);
    expect([opened, told, ended].map(noticedIn)).toEqual([undefined, undefined, undefined]);
  });
});

describe("after a crash", () => {
  test("an issue that was opened and not written down is found by its mark, not opened again", async () => {
    await using hub = await startGithub();
    await published(publisherOn(hub), view());
    // As after kill -9: nothing is remembered.
    const sent = await published(publisherOn(hub), view({ updates: [second, first] }));
    expect(hub.issues.size).toBe(1);
    expect(issueIn(hub).comments).toHaveLength(1);
    await published(publisherOn(hub), view({ updates: [second, first] }), refOf(sent));
    expect(issueIn(hub).comments).toHaveLength(1);
  });

  test("the mark in somebody else's issue is not ours, nor is their comment", async () => {
    await using hub = await startGithub();
    await published(publisherOn(hub), view());
    const { body } = issueIn(hub);
    hub.issues.clear();
    hub.pins.length = 0;
    hub.foreign({ body });
    const sent = await published(publisherOn(hub), view());
    expect(hub.issues.size).toBe(2);
    issueIn(hub, 2).comments.push({ id: 1, body: `<!-- tocsin update=${second.code} -->`, author: "somebody" });
    await published(publisherOn(hub), view({ updates: [second, first] }), refOf(sent));
    expect(issueIn(hub, 2).comments).toHaveLength(2);
  });

  test("what ended before it was ever shown opens nothing", async () => {
    await using hub = await startGithub();
    await published(publisherOn(hub), over());
    expect(hub.issues.size).toBe(0);
  });
});

describe("what people do to it", () => {
  test("what they write above and below our text stays, with the line breaks of a browser too", async () => {
    await using hub = await startGithub();
    const publisher = publisherOn(hub);
    const opened = await published(publisher, view());
    const issue = issueIn(hub);
    issue.body = `Ask in #packit.\n\n${issue.body}\n\nThanks, all!`.replaceAll("\n", "\r\n");
    expect(await publisher.audit?.(view(), { epoch: 1, seq: 1 }, refOf(opened), never)).toEqual({ kind: "equal" });
    await published(publisher, over(), refOf(opened));
    expect(issue.body).toMatch(
      /^Ask in #packit\.\n\n<!-- tocsin[\s\S]*The disk is back[\s\S]*<!-- \/tocsin -->\n\nThanks, all!$/u,
    );
  });

  test.each<readonly [string, (issue: FakeIssue) => void, RegExp, RegExp | undefined]>([
    ["a changed text", (issue) => (issue.body = issue.body.replace("Copr", "Nobody")), /its text/u, undefined],
    ["a changed title", (issue) => (issue.title = "hello"), /its title/u, undefined],
    ["a text without our marks", (issue) => (issue.body = "all gone"), /its text/u, undefined],
    ["a label taken off", (issue) => (issue.labels = ["bug"]), /its labels/u, undefined],
    ["a closed one", (issue) => (issue.state = "closed"), /it is closed/u, /packit#1 was closed while the outage goes on; it is open again/u], // prettier-ignore
    ["a deleted comment", (issue) => void issue.comments.pop(), /its comments/u, undefined],
  ])("%s is seen by the audit and put right", async (_, alter, what, noticed) => {
    await using hub = await startGithub();
    const publisher = publisherOn(hub);
    const now = view({ updates: [second, first] });
    const ref = refOf(await published(publisher, now, refOf(await published(publisher, view()))));
    expect(await publisher.audit?.(now, { epoch: 1, seq: 1 }, ref, never)).toEqual({ kind: "equal" });
    alter(issueIn(hub));
    expect(await publisher.audit?.(now, { epoch: 1, seq: 1 }, ref, never)).toEqual({ kind: "differs", what: expect.stringMatching(what) }); // prettier-ignore
    const mended = await published(publisher, now, ref);
    if (noticed === undefined) expect(noticedIn(mended)).toBeUndefined();
    else expect(noticedIn(mended)).toMatch(noticed);
    expect(await publisher.audit?.(now, { epoch: 1, seq: 1 }, refOf(mended), never)).toEqual({ kind: "equal" });
    expect(issueIn(hub).body).toContain("Copr");
    expect(issueIn(hub).labels).toContain("outage");
  });

  test.each([
    ["deleted", "deleted", /issue 1 was deleted; packit\/packit#2 takes its place/u],
    ["moved", "packit/elsewhere#7", /was moved to packit\/elsewhere#7, where it is no longer kept equal; packit\/packit#2 takes its place/u], // prettier-ignore
  ])("a %s one is opened again, and the team is told", async (_, gone, words) => {
    await using hub = await startGithub();
    const publisher = publisherOn(hub);
    const opened = await published(publisher, view());
    issueIn(hub).gone = gone;
    expect(await publisher.audit?.(view(), { epoch: 1, seq: 1 }, refOf(opened), never)).toMatchObject({ kind: "differs" }); // prettier-ignore
    expect(noticedIn(await published(publisher, view(), refOf(opened)))).toMatch(words);
    expect(issueIn(hub, 2).state).toBe("open");
  });

  test("a locked one is told of once", async () => {
    await using hub = await startGithub();
    const publisher = publisherOn(hub);
    const opened = await published(publisher, view());
    issueIn(hub).locked = true;
    const noticed = await published(publisher, view(), refOf(opened));
    expect(noticedIn(noticed)).toMatch(/is locked/u);
    expect(noticedIn(await published(publisher, view(), refOf(noticed)))).toBeUndefined();
  });
});

describe("pins", () => {
  test("of four outages the newest three are pinned, and none takes turns", async () => {
    await using hub = await startGithub();
    const publisher = publisherOn(hub);
    const refs: (string | undefined)[] = [];
    for (const number of [1, 2, 3, 4]) refs.push(refOf(await published(publisher, view({}, number))));
    expect(hub.pins).toEqual([2, 3, 4]);
    for (const [i, number] of [1, 2, 3, 4].entries()) {
      await published(publisher, view({}, number), refs[i]);
      expect(await publisher.audit?.(view({}, number), { epoch: 1, seq: 1 }, refs[i], never)).toEqual({
        kind: "equal",
      });
    }
    expect(hub.pins).toEqual([2, 3, 4]);
    await published(publisher, view({ phase: "resolved" }, 4), refs[3]);
    expect(await publisher.audit?.(view({}, 1), { epoch: 1, seq: 1 }, refs[0], never)).toMatchObject({ kind: "differs" }); // prettier-ignore
  });

  test("pins of others are never touched, and the team hears once that there is no room", async () => {
    await using hub = await startGithub();
    for (const _ of [1, 2, 3]) hub.pins.push(hub.foreign({ title: "Read this first" }).number);
    const publisher = publisherOn(hub);
    const opened = await published(publisher, view());
    expect(noticedIn(opened)).toBe("packit/packit#4 is not pinned: 3 issues of others are pinned");
    expect(noticedIn(await published(publisher, view(), refOf(opened)))).toBeUndefined();
    expect(hub.pins).toEqual([1, 2, 3]);
    expect(hub.asked.filter((said) => said.endsWith("Issue"))).toEqual([]);
  });
});

describe("what it says", () => {
  test("nobody is mentioned, nothing is referred to and no HTML comes through, whatever an update says", async () => {
    await using hub = await startGithub();
    const text = `Hi @alice, see #12, packit/packit#3, GH-4 and https://github.com/fedora-copr/copr/issues/5 <img src=x> <!-- /tocsin -->\n\n${hostileMarkdown}`;
    await published(publisherOn(hub), view({ notice: { title: "x", scope: text, alternatives: [], links: [] } }));
    const { body } = issueIn(hub);
    const prose = body.replaceAll(/```[\s\S]*?```|`[^`\n]*`/gu, "").replaceAll(/\(<[^>\n]*>\)/gu, "");
    expect(prose).not.toMatch(/@[a-z]/iu);
    expect(prose).not.toMatch(/#\d|GH-\d/u);
    expect(prose.replaceAll(/<!-- \/?tocsin[^>]*-->/gu, "")).not.toMatch(/<(?!https?:|\u200b)/u);
    expect(body).not.toMatch(/[\u202a-\u202e]/u);
    expect(body).toContain("https://redirect.github.com/fedora-copr/copr/issues/5");
    expect(body.match(/<!-- \/tocsin -->/gu)).toHaveLength(1);
  });

  test("what was wrong is closed as not planned, and says so", async () => {
    await using hub = await startGithub();
    const publisher = publisherOn(hub);
    const ref = refOf(await published(publisher, view()));
    await published(publisher, over({ withdrawn: { at: noon, correction: "Copr was fine all the time." } }), ref);
    expect(issueIn(hub)).toMatchObject({ state: "closed", state_reason: "not_planned" });
    expect(issueIn(hub).title).toMatch(/^Withdrawn: /u);
    expect(issueIn(hub).body).toContain("Copr was fine all the time");
  });
});

describe("when GitHub says no", () => {
  const answering = (status: number, headers: Readonly<Record<string, string>>, message: string) => async () => {
    const hub = await startGithub();
    hub.instead.push((said, response) => {
      if (!said.startsWith("POST /repos")) return false;
      response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify({ message }));
      return true;
    });
    return hub;
  };
  // https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit
  test.each([
    ["a secondary limit with a time", answering(403, { "retry-after": "90" }, "You have exceeded a secondary rate limit"), { kind: "retry", afterMs: 90_000 }], // prettier-ignore
    ["a secondary limit without one", answering(403, {}, "You have exceeded a secondary rate limit"), { kind: "retry", afterMs: 60_000 }], // prettier-ignore
    ["the hour's limit", answering(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(noon / 1_000 + 600) }, "API rate limit exceeded"), { kind: "retry", afterMs: 600_000 }], // prettier-ignore
    ["too many requests", answering(429, { "retry-after": "5" }, "slow down"), { kind: "retry", afterMs: 5_000 }],
    ["no right to write", answering(403, {}, "Resource not accessible by integration"), { kind: "retry", because: expect.stringMatching(/Issues: read and write/u) }], // prettier-ignore
    ["issues that are turned off", answering(410, {}, "Issues are disabled for this repo"), { kind: "retry", because: expect.stringMatching(/turned on/u) }], // prettier-ignore
    ["what it will never take", answering(422, {}, "Validation Failed"), { kind: "reject" }],
    ["a bad day", answering(502, {}, "Bad Gateway"), { kind: "retry" }],
  ])("%s is left to the queue, without waiting inside", async (_, start, wanted) => {
    await using hub = await start();
    const sent = await publisherOn(hub).publish(view(), { epoch: 1, seq: 1 }, undefined, never);
    expect(sent).toMatchObject(wanted);
    expect(JSON.stringify(sent)).not.toContain(hub.token);
    await published(publisherOn(hub), view());
    expect(hub.issues.size).toBe(1);
  });

  test("a token that is no good, and a GitHub that is not there, are told without it", async () => {
    const hub = await startGithub();
    const wrong = publisherOn(hub, { token: "ghp_an0ther-s3cret" });
    const refused = await wrong.publish(view(), { epoch: 1, seq: 1 }, undefined, never);
    expect(refused).toMatchObject({ kind: "retry", because: expect.stringMatching(/Bad credentials.*still good/u) });
    const publisher = publisherOn(hub);
    await hub[Symbol.asyncDispose]();
    const unreached = await publisher.publish(view(), { epoch: 1, seq: 1 }, undefined, never);
    expect(unreached).toMatchObject({ kind: "retry", because: expect.stringMatching(/^GitHub: /u) });
    expect(JSON.stringify([refused, unreached])).not.toMatch(/s3cret/u);
    expect(await publisher.audit?.(view(), { epoch: 1, seq: 1 }, "1 told=1", never)).toMatchObject({
      kind: "unreachable",
    });
  });
});
