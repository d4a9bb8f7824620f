// GitLab and Forgejo keep an issue as GitHub does: the same promises, in their own words.
import { describe, expect, test } from "vitest";
import { z } from "zod";
import type { TargetId } from "../../src/config/names.ts";
import type { Published, Publisher } from "../../src/delivery/publisher.ts";
import { heldClock } from "../../src/lib/held-clock.ts";
import { brand } from "../../src/lib/ids.ts";
import { forgejoIssue } from "../../src/publishers/forgejo-issue.ts";
import { gitlabIssue } from "../../src/publishers/gitlab-issue.ts";
import { incidentPublishers } from "../../src/publishers/registry.ts";
import type { IncidentView } from "../../src/status/incident-view.ts";
import type { PublicIncident } from "../../src/status/snapshot.ts";
import { incident, noon, snapshot, update } from "../kit/snapshots.ts";
import { startForgejo } from "../peers/forgejo.ts";
import type { FakeForge, ForgeIssue } from "../peers/forge-server.ts";
import { startGitlab } from "../peers/gitlab.ts";
import { heardLog } from "../peers/heard-log.ts";

const never = new AbortController().signal;
const sequence = { epoch: 1, seq: 1 };
const first = { ...update(noon - 3_000, "investigating", "We are looking into it."), number: 1 };
const second = { ...update(noon - 2_000, "identified", "It is Copr's disk."), number: 2 };
const third = { ...update(noon - 1_000, "resolved", "The disk is back."), number: 3 };

function view(more: Partial<PublicIncident> = {}, number = 12): IncidentView {
  const { site, components, addresses } = snapshot();
  return { site, components, addresses, incident: incident(number, { updates: [first], ...more }) };
}
const over = (): IncidentView => view({ phase: "resolved", updates: [third, second, first] });

const refOf = (sent: Published): string | undefined => (sent.kind === "sent" ? sent.ref : undefined);
const noticedIn = (sent: Published): string | undefined => (sent.kind === "sent" ? sent.noticed : undefined);

async function published(publisher: Publisher<IncidentView>, what: IncidentView, ref?: string): Promise<Published> {
  const sent = await publisher.publish(what, sequence, ref, never);
  expect(sent.kind, JSON.stringify(sent)).toBe("sent");
  return sent;
}

const context = { clock: heldClock(noon), log: heardLog().log, folder: "/nowhere" };
const id = brand<TargetId>("issue");
const gitlab = (forge: FakeForge): Publisher<IncidentView> =>
  gitlabIssue.make({ id, config: gitlabIssue.config.parse({ url: forge.url, project: "packit/packit", token: forge.token, labels: ["outage", "infra"] }) }, context); // prettier-ignore
const forgejo = (forge: FakeForge): Publisher<IncidentView> =>
  forgejoIssue.make({ id, config: forgejoIssue.config.parse({ url: forge.url, repository: "packit/packit", token: forge.token, labels: ["outage", "infra"] }) }, context); // prettier-ignore

function issueIn(forge: FakeForge, number = 1): ForgeIssue {
  const issue = forge.issues.get(number);
  if (issue === undefined) throw new Error(`there is no issue ${number}`);
  return issue;
}

describe.each([
  { name: "gitlab-issue", start: startGitlab, make: gitlab, pins: false },
  { name: "forgejo-issue", start: startForgejo, make: forgejo, pins: true },
])("$name", ({ start, make, pins }) => {
  test("an outage is one issue, with a comment for each later update, closed at its end; twice is as once", async () => {
    await using forge = await start();
    const publisher = make(forge);
    const opened = await published(publisher, view());
    expect(issueIn(forge)).toMatchObject({ title: "Outage: Copr builds fail on all targets", open: true, labels: ["outage", "infra"] }); // prettier-ignore
    expect(forge.pins).toEqual(pins ? [1] : []);
    const told = await published(publisher, view({ updates: [second, first], phase: "identified" }), refOf(opened));
    expect(issueIn(forge).comments.map(({ body }) => body)).toEqual([expect.stringContaining("It is Copr's disk")]);
    const ended = await published(publisher, over(), refOf(told));
    expect(issueIn(forge)).toMatchObject({ title: "Resolved: Copr builds fail on all targets", open: false });
    expect(issueIn(forge).comments).toHaveLength(2);
    expect(forge.pins).toEqual([]);
    const before = forge.written.length;
    expect(await published(publisher, over(), refOf(ended))).toEqual(ended);
    expect(await publisher.audit?.(over(), sequence, refOf(ended), never)).toEqual({ kind: "equal" });
    expect(forge.written).toHaveLength(before);
    expect([opened, told, ended].map(noticedIn)).toEqual([undefined, undefined, undefined]);
  });

  test("after a crash the issue and its comments are found, and those of others are not ours", async () => {
    await using forge = await start();
    await published(make(forge), view());
    forge.add({ author: "somebody", body: issueIn(forge).body });
    const sent = await published(make(forge), view({ updates: [second, first] }));
    await published(make(forge), view({ updates: [second, first] }), refOf(sent));
    expect(forge.issues.size).toBe(2);
    expect(issueIn(forge).comments).toHaveLength(1);
  });

  test("what people alter is seen and put right, what they write around our text stays", async () => {
    await using forge = await start();
    const publisher = make(forge);
    const ref = refOf(await published(publisher, view()));
    const issue = issueIn(forge);
    const { body } = issue;
    issue.body = `Ask in #packit.\r\n\r\n${body.replace("Copr", "Nobody")}`;
    issue.open = false;
    issue.labels = ["infra"];
    expect(await publisher.audit?.(view(), sequence, ref, never)).toEqual({ kind: "differs", what: "packit/packit#1: its text, it is closed and its labels" }); // prettier-ignore
    expect(noticedIn(await published(publisher, view(), ref))).toMatch(/was closed while the outage goes on/u);
    expect(issue).toMatchObject({ body: `Ask in #packit.\n\n${body}`, open: true, labels: ["infra", "outage"] });
  });

  test("a deleted one is opened again, and the team is told", async () => {
    await using forge = await start();
    const publisher = make(forge);
    const ref = refOf(await published(publisher, view()));
    issueIn(forge).deleted = true;
    expect(noticedIn(await published(publisher, view(), ref))).toMatch(
      /was deleted; packit\/packit#2 takes its place/u,
    );
  });

  test("a limit is left to the queue, and a refused token is told without it", async () => {
    await using forge = await start();
    forge.instead.push((response) => void response.writeHead(429, { "Retry-After": "90" }).end("Retry later"));
    expect(await make(forge).publish(view(), sequence, undefined, never)).toMatchObject({ kind: "retry", afterMs: 90_000 }); // prettier-ignore
    const stranger = make({ ...forge, token: "an0ther-s3cret" });
    const refused = await stranger.publish(view(), sequence, undefined, never);
    expect(refused).toMatchObject({ kind: "retry", because: expect.stringMatching(/Unauthorized.*has the token/u) });
    expect(JSON.stringify(refused)).not.toContain("s3cret");
  });

  test("no update carries out a command, mentions somebody or leaves a note in another issue", async () => {
    await using forge = await start();
    const text = `/close\n\n/assign @root\n\nSee ${forge.url}/packit/packit/issues/7, !5 and ~bug`;
    await published(make(forge), view({ notice: { title: "x", scope: text, alternatives: [], links: [] } }));
    const { body } = issueIn(forge);
    expect(body).not.toMatch(/^\/(close|assign)/mu);
    expect(body.replaceAll(/`[^`\n]*`/gu, "")).not.toMatch(/@root|!5|~bug|issues\/7/u);
  });
});

test("a GitLab issue that was moved is opened again, and the team is told", async () => {
  await using forge = await startGitlab();
  const publisher = gitlab(forge);
  const ref = refOf(await published(publisher, view()));
  issueIn(forge).movedTo = 77;
  expect(noticedIn(await published(publisher, view(), ref))).toMatch(/was moved to another project \(id 77\)/u);
  expect(forge.issues.size).toBe(2);
});

test("on Forgejo the oldest outage of ours gives way, and pins of others never do", async () => {
  await using forge = await startForgejo();
  forge.pins.push(forge.add({ author: "somebody", title: "Read this" }).number);
  const publisher = forgejo(forge);
  for (const number of [1, 2, 3]) await published(publisher, view({}, number));
  expect(forge.pins).toEqual([1, 3, 4]);
});

/** The keys of a config that nothing is said about. */
function undescribed(schema: z.core.JSONSchema._JSONSchema): readonly string[] {
  if (typeof schema === "boolean") return [];
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => typeof value === "boolean" || value.description === undefined ? [key] : []); // prettier-ignore
}

describe.each(Object.entries(incidentPublishers))("the config of %s", (type, { config }) => {
  const place = { "github-issue": { repository: "a/b" }, "gitlab-issue": { project: "a/b/c" }, "forgejo-issue": { url: "https://forge.example", repository: "a/b" } }; // prettier-ignore
  const least = { ...Object.entries(place).find(([name]) => name === type)?.[1], token: "s3cret-of-the-fixture" };

  test("takes the least, and describes every key", () => {
    expect(config.safeParse(least).error).toBeUndefined();
    expect(undescribed(z.toJSONSchema(config, { io: "input", unrepresentable: "any" }))).toEqual([]);
  });

  test("refuses an unknown key and a strange place, and repeats no secret", () => {
    expect(JSON.stringify(config.safeParse({ ...least, lables: [] }).error?.issues)).toMatch(/lables/u);
    for (const wrong of [
      { ...least, repository: "just-a-name", project: "x" },
      { ...least, token: ["s3cret-of-the-fixture"] },
    ]) {
      // prettier-ignore
      const { error } = config.safeParse(wrong);
      expect(error).toBeDefined();
      expect(JSON.stringify(error?.issues)).not.toContain("s3cret");
    }
  });
});
