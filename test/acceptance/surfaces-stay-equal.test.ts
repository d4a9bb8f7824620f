// The auditor: an issue, a topic and a mirror that somebody altered are put right within 90 s; what cannot be is told, once.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { minute, second } from "../../src/lib/clock.ts";
import { alert, hookToken, withToken } from "../kit/outage-desk.ts";
import { tocsinProcess, type TocsinProcess } from "../kit/tocsin-process.ts";
import { startGithub, type FakeGithub, type FakeIssue } from "../peers/github.ts";
import { skipped } from "../peers/install.ts";
import { freePort, joinAs, ngircd, startNgircd, type Observer } from "../peers/ngircd.ts";
import { http, type Listening } from "../peers/servers.ts";

const missing = skipped(ngircd, "acceptance: surfaces stay equal");
const restoredWithin = 90 * second;

/** A host of pages in front of a folder, which may go on showing what it showed. */
async function mirrorHost(folder: () => string): Promise<Listening & { freeze(): void; thaw(): void }> {
  const shown = new Map<string, string>();
  let frozen = false;
  const server = await http((request, response) => {
    const path = (request.url ?? "/").replace(/\/$/u, "/index.html");
    try {
      const body = frozen ? shown.get(path) : readFileSync(join(folder(), path), "utf8");
      if (body !== undefined) shown.set(path, body);
      response.writeHead(body === undefined ? 404 : 200).end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  return { ...server, freeze: () => void (frozen = true), thaw: () => void (frozen = false), [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }; // prettier-ignore
}

function issueIn(hub: FakeGithub): FakeIssue {
  const issue = hub.issues.get(1);
  if (issue === undefined) throw new Error("there is no issue");
  return issue;
}

const topicSeen = (observer: Observer): string =>
  observer.lines.findLast((line) => / (?:TOPIC|332) /u.test(line))?.replace(/^.*? (?:TOPIC|332) [^:]*:/u, "") ?? "";

/** In steps of many seconds, where nothing is to be seen in between. */
async function inTime(tocsin: TocsinProcess, what: string, check: () => boolean): Promise<void> {
  const limit = performance.now() + 60_000;
  while (!check() && performance.now() < limit) {
    await tocsin.advance(15 * second);
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  await tocsin.until(what, check);
}

async function order(tocsin: TocsinProcess, what: string, body: object): Promise<void> {
  const answer = await tocsin.ask("POST", `/api/v1/incidents/1/${what}`, body, "as:alice");
  expect(answer.status, answer.body).toBeLessThan(300);
}

describe.skipIf(missing)("every surface says what the record says", () => {
  test("through kill -9, hands that alter it, and a host that shows an old state", { timeout: 120_000 }, async () => {
    await using server = await startNgircd();
    await using team = await joinAs(server, "watcher1", "#team");
    await using users = await joinAs(server, "watcher2", "#users");
    users.send("TOPIC #users :Packit: ask here");
    await users.sees(/TOPIC #users/u);
    await using hub = await startGithub();
    let folder = "";
    await using host = await mirrorHost(() => folder);
    const port = await freePort();
    const irc = `type: irc, host: ${server.host}, port: ${server.port}, tls: false, nick: tocsin, pace: { burst: 50, every: 1s }`;
    await using tocsin = await tocsinProcess(
      (home) => `
site: { name: Packit, url: "http://127.0.0.1:${port}" }
server: { port: ${port} }
components: [{ id: copr, name: Copr builds, notice: { affected: "PRs", alternatives: ["none known"], retrigger: "no" } }]
people: [{ id: alice, name: Alice }]
roles: [{ id: outage-master, people: [alice] }]
channels:
  - { id: team-irc, audience: team, ${irc}, join: "#team" }
  - { id: users-irc, type: irc, audience: users, same_connection_as: team-irc, join: "#users", topic: true }
sources: [{ id: hook, type: generic, token: ${hookToken} }]
github: { token: "${hub.token}", api_url: "${hub.url}" }
publish:
  targets:
    - { id: mirror, type: static-site, to: { directory: "${home}/mirror" }, public_url: "http://127.0.0.1:${host.port}" }
    - { id: issue, type: github-issue, repository: ${hub.repository}, labels: [outage] }
`,
    );
    folder = join(tocsin.folder, "mirror");
    const told = (pattern: RegExp): number => team.messages.filter((line) => pattern.test(line)).length;

    // Killed between opening the issue and writing that down; and again after the first comment.
    await tocsin.start("issue.created");
    await tocsin.post("/hooks/hook", alert("firing"), withToken);
    await tocsin.until(
      "the draft is there",
      async () => (await tocsin.ask("GET", "/api/v1/incidents/1")).status === 200,
    );
    await order(tocsin, "publish", {}).catch(() => {});
    await tocsin.until("it died", () => !tocsin.alive());
    expect(hub.issues.size).toBe(1);
    await tocsin.start("issue.commented");
    await order(tocsin, "update", { text: "It is Copr's disk.", phase: "identified" });
    await tocsin.until("it died again", () => !tocsin.alive());
    await tocsin.start();
    const settled = async (): Promise<boolean> =>
      JSON.parse((await tocsin.ask("GET", "/api/v1/deliveries?waiting=true")).body).length === 0;
    await tocsin.until("all is published", settled);
    expect(hub.issues.size).toBe(1);
    expect(issueIn(hub).comments).toHaveLength(1);
    expect(hub.pins).toEqual([1]);
    await tocsin.until("the topic says so", () => topicSeen(users).includes("OUTAGE"));
    expect(topicSeen(users)).toBe(`Packit: ask here | [status] OUTAGE: Copr builds: major outage, http://127.0.0.1:${port}/incidents/1.html`); // prettier-ignore
    const equal = async (): Promise<boolean> => {
      const lines = (await tocsin.get("/metrics")).body
        .split("\n")
        .filter((line) => line.startsWith("tocsin_surface_equal"));
      return lines.length === 4 && lines.every((line) => line.endsWith(" 1"));
    };
    await tocsin.until("the auditor finds all equal", equal, 30_000);

    // Altered by hand, all of it.
    const { body } = issueIn(hub);
    issueIn(hub).body = `Ask in #packit.\n\n${body.replace("Copr", "Nothing")}`;
    issueIn(hub).state = "closed";
    hub.pins.length = 0;
    users.send("TOPIC #users :Welcome, all");
    writeFileSync(join(folder, "index.html"), "defaced");
    const altered = tocsin.now();
    await tocsin.until("the issue is right", () => issueIn(hub).state === "open" && hub.pins.length === 1);
    await tocsin.until("the topic is right", () => topicSeen(users).startsWith("Welcome, all | [status] OUTAGE"));
    await tocsin.until("the mirror is right", () => readFileSync(join(folder, "index.html"), "utf8") !== "defaced");
    expect(tocsin.now() - altered).toBeLessThanOrEqual(restoredWithin);
    expect(issueIn(hub).body).toBe(`Ask in #packit.\n\n${body}`);
    await tocsin.until("the team hears", () => told(/packit\/packit#1 was closed while the outage goes on/u) === 1);
    await tocsin.until("all is equal again", equal, 30_000);
    expect(tocsin.output()).toMatch(/"surface":"issue\/incident:1".*"a surface is not as the record says"/u);
    const doctor = await tocsin.cli("doctor");
    expect(doctor.out).toMatch(
      /ok +surface +issue\/incident:1 +equal, seen .*; put right .*: packit\/packit#1: its text/u,
    );

    // What cannot be repaired: the host goes on showing what it had.
    host.freeze();
    await order(tocsin, "update", { text: "The disk is being replaced.", phase: "identified" });
    await inTime(tocsin, "the team hears of it", () => told(/mirror \(http\S+\) has not shown what the record says for \d min: it shows the state of/u) === 1); // prettier-ignore
    await tocsin.advance(10 * minute);
    host.thaw();
    await inTime(tocsin, "and of its end", () => told(/mirror says what the record says again, after/u) === 1);
    expect(told(/has not shown what the record says/u)).toBe(1);

    await order(tocsin, "resolve", { text: "The disk is back." });
    await tocsin.until("the issue is closed", () => issueIn(hub).state === "closed" && hub.pins.length === 0);
    expect(issueIn(hub).title).toMatch(/^Resolved: /u);
    expect(issueIn(hub).comments).toHaveLength(3);
    await tocsin.until("the topic is calm", () => topicSeen(users) === `Welcome, all | [status] OK | http://127.0.0.1:${port}/`); // prettier-ignore
  });
});
