// A publish can be taken back for 20 seconds: the page says it at once, the messages wait.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { addSubscribers } from "../kit/subscribers.ts";
import { tocsinProcess, type TocsinProcess } from "../kit/tocsin-process.ts";
import { smtpSink, type SmtpSink } from "../peers/smtp-sink.ts";

const config = (sink: SmtpSink): string => `
site: { name: Packit, url: "https://status.example.org" }
server: { port: 0 }
components: [{ id: copr, name: Copr builds }, { id: api, name: Packit API }]
people: [{ id: alice, name: Alice }]
channels:
  - { id: team, type: stdout, audience: team }
  - { id: said, type: stdout, audience: users }
  - { id: mail, type: email, audience: users, smtp: "${sink.url}", from: status@example.org, starttls: never }
`;

describe("what was said to users", () => {
  let sink: SmtpSink;
  let tocsin: TocsinProcess;
  let n = 0;
  beforeAll(async () => {
    sink = await smtpSink();
    tocsin = await tocsinProcess(() => config(sink));
    await addSubscribers(`sqlite:${tocsin.dataDir}/tocsin.db`, 3, tocsin.now());
    await tocsin.start();
  });
  afterAll(async () => {
    await tocsin?.[Symbol.asyncDispose]();
    await sink?.[Symbol.asyncDispose]();
  });

  const act = async (name: string, body: object = {}): Promise<{ status: number; body: string }> =>
    tocsin.ask("POST", `/api/v1/incidents/${n}/${name}`, body, "as:alice");
  const page = async (): Promise<string> => (await tocsin.get("/")).body;
  const told = (title: string): boolean => tocsin.output().includes(`[said] ${title}`);

  async function draft(title: string): Promise<void> {
    const body = { title, impact: { copr: "major_outage" }, scope: "No build starts.", affected: "Everybody.", alternatives: ["wait"], eta: "unknown", retrigger: "no" }; // prettier-ignore
    const opened = await tocsin.ask("POST", "/api/v1/incidents", body, "as:alice");
    expect(opened.status, opened.body).toBe(201);
    n += 1;
  }

  test("is shown beforehand, to the word, with how many it reaches", async () => {
    await draft("First trouble");
    const seen = await tocsin.cli("incident", "publish", String(n), "--preview");
    expect(seen.out).toContain("said (stdout, users), after 20 s:");
    expect(seen.out).toContain("subscribers (email, users, 3 readers), after 20 s:");
    expect(seen.out).toContain("What is broken: No build starts.");
    expect(seen.out).toContain("Nothing was published.");
    expect(await page()).not.toContain("First trouble");
  });

  test("is on the page at once, and nobody hears of it when it is taken back in time", async () => {
    await act("publish");
    expect(await page()).toContain("First trouble");
    await tocsin.advance(12_000);
    expect((await tocsin.cli("incident", "show", String(n))).out).toMatch(
      /`undo 1` takes back what was said last; 8 s left/u,
    );
    const undone = await act("undo");
    expect(JSON.parse(undone.body)).toMatchObject({ visibility: "draft", clocks: { published: null }, undo: null });
    await tocsin.advance(60_000);
    expect(await page()).not.toContain("First trouble");
    expect(told("First trouble")).toBe(false);
    expect(sink.taken).toEqual([]);
    await tocsin.until("the team knows", () => tocsin.output().includes("It is a draft again"));
  });

  test("goes out after 20 seconds, and then it is too late", async () => {
    await act("publish");
    await tocsin.until("users hear it", () => told("First trouble") && sink.taken.length === 3);
    const late = await act("undo");
    expect(late.status).toBe(409);
    expect(late.body).toContain("has gone out");
  });

  test("an update that is taken back is not on the page, and what was before stands again", async () => {
    await act("update", { text: "It is the storage.", phase: "identified" });
    expect(await page()).toContain("It is the storage.");
    const undone = await act("undo");
    expect(JSON.parse(undone.body)).toMatchObject({ visibility: "published", phase: "investigating" });
    expect(await page()).not.toContain("It is the storage.");
    await tocsin.advance(60_000);
    expect(tocsin.output()).not.toContain("[said] First trouble · identified");
  });

  test("that is corrected in time is said once, in the corrected words", async () => {
    await draft("Second trouble");
    await act("publish");
    await tocsin.advance(5_000);
    await act("edit", { title: "Third trouble", impact: { copr: "partial_outage" } });
    await tocsin.until("users hear it", () => told("Third trouble"));
    expect(told("Second trouble")).toBe(false);
    expect(tocsin.output()).not.toContain("· corrected");
  });

  test("that is withdrawn in time is never said, nor that it was withdrawn", async () => {
    await draft("No trouble at all");
    await act("publish");
    await act("dismiss", { reason: "It was a drill." });
    await tocsin.advance(60_000);
    await tocsin.until("all is settled", async () => (await tocsin.ask("GET", "/api/v1/deliveries?waiting=true")).body === "[]"); // prettier-ignore
    expect(told("No trouble at all")).toBe(false);
  });
});
