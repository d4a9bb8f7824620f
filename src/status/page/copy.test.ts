// A copy in a real browser whose clock is held: honest by itself, with scripts and without.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { found, startChromium, type Chromium } from "../../../test/peers/chromium.ts";
import { maintained } from "../../../test/kit/maintenance-snapshots.ts";
import { calm, noon, outage } from "../../../test/kit/snapshots.ts";
import { siteWith } from "../../../test/kit/sites.ts";
import { minute } from "../../lib/clock.ts";
import type { PublicMaintenance, PublicSnapshot } from "../snapshot.ts";

const missing = "missing" in found ? found.missing : undefined;
if (missing !== undefined) process.stderr.write(`skipped, copies in a browser: ${missing}\n`);

/** A reader of a copy. What the copy holds and who answers can change while they read. */
type Reader = AsyncDisposable & {
  holds: PublicSnapshot;
  answering: { mirror: boolean; origin: boolean };
  readonly complaints: string[];
  readonly asked: string[];
  at(instant: number): Promise<void>;
  readonly banner: () => Promise<string>;
  text(selector: string): Promise<string>;
};

async function read(browser: Chromium, holds: PublicSnapshot, path = "", js = true): Promise<Reader> {
  const it = await browser.open("<p>", { js });
  const { page } = it;
  await page.clock.install({ time: holds.generatedAt });
  await page.clock.pauseAt(holds.generatedAt + 1_000);
  const reader: Reader = {
    holds,
    answering: { mirror: true, origin: true },
    complaints: [],
    asked: [],
    async at(instant) {
      await page.clock.pauseAt(instant);
      // What it asked for is answered in real time.
      await page.waitForLoadState("networkidle");
      await page.clock.runFor(1);
    },
    banner: async () => (await page.locator("main .say").first().innerText()).replaceAll(/\s+/gu, " "),
    text: async (selector) => (await page.locator(selector).first().innerText()).replaceAll(/\s+/gu, " "),
    [Symbol.asyncDispose]: () => it[Symbol.asyncDispose](),
  };
  page.on("console", (message) => void reader.complaints.push(message.text()));
  await page.route("**/*", async (route) => {
    const url = new URL(route.request().url());
    reader.asked.push(url.href);
    if (url.href === "https://status.packit.example/healthz")
      return reader.answering.origin
        ? route.fulfill({ body: "{}", headers: { "access-control-allow-origin": "*" } })
        : route.abort("connectionrefused");
    if (!reader.answering.mirror) return route.abort("connectionrefused");
    const file = await siteWith(reader.holds, [], false).file(url.pathname.replace("/copy/", ""));
    return route.fulfill({ status: file ? 200 : 404, contentType: file?.contentType ?? "", body: file?.body ?? "" });
  });
  await page.goto(`http://mirror.example/copy/${path}`);
  return reader;
}

describe.skipIf(missing !== undefined)("a copy", () => {
  let browser: Chromium;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test("says what the page says while it is valid, under its own policy, and asks for nothing more", async () => {
    await using reader = await read(browser, outage);
    expect(await reader.banner()).toContain("Copr builds: major outage");
    expect(reader.complaints).toEqual([]);
    expect(reader.asked).toEqual(["http://mirror.example/copy/"]);
  });

  test("turns grey the moment it is no longer valid, and says which of the two cannot be reached", async () => {
    await using reader = await read(browser, outage);
    reader.answering.origin = false;
    await reader.at(outage.validUntil - 1_000);
    expect(await reader.banner()).toContain("Copr builds: major outage");
    await reader.at(outage.validUntil + 100);
    await expect
      .poll(reader.banner)
      .toBe(
        "No contact with the origin since 12:00 UTC This mirror shows what was known then: Copr builds: major outage. " +
          "Your browser cannot reach status.packit.example either, so the service itself may be down.",
      );
    reader.answering.origin = true;
    await reader.at(outage.validUntil + 70_000);
    await expect.poll(reader.banner).toContain("Your browser can reach status.packit.example: read the newest there.");
    reader.answering.mirror = false;
    await reader.at(outage.validUntil + 140_000);
    await expect.poll(reader.banner).toContain("your own connection may be down");
  });

  test("is itself again when the origin is back, and shows what changed since", async () => {
    await using reader = await read(browser, outage);
    await reader.at(outage.validUntil + 100);
    await expect.poll(reader.banner).toContain("No contact with the origin");
    const back = outage.validUntil + minute;
    reader.holds = { ...outage, generatedAt: back, validUntil: back + 3 * minute };
    await reader.at(back + minute);
    await expect.poll(reader.banner).toContain("Copr builds: major outage Since");
    const sequence = { epoch: outage.sequence.epoch, seq: outage.sequence.seq + 1 };
    const later = back + 3 * minute;
    reader.holds = { ...calm, sequence, generatedAt: later, validUntil: later + 3 * minute };
    await reader.at(later + minute);
    await expect.poll(reader.banner).toContain("All systems operational");
  });

  test("of the past reads state.json for its age", async () => {
    await using reader = await read(browser, outage, "history.html");
    expect(await reader.text("main")).not.toContain("No contact");
    await reader.at(outage.validUntil + 100);
    await expect.poll(reader.banner).toContain("No contact with the origin since 12:00 UTC");
    expect(await reader.text("main")).toContain("All outages");
  });

  test("says without scripts as of when it is", async () => {
    await using reader = await read(browser, outage, "", false);
    expect(await reader.text("main")).toMatch(/^This is a copy, as of .*12:00 UTC/u);
    expect(await reader.text("main")).toContain("Copr builds: major outage");
  });

  test("begins and ends planned work by the reader's clock", async () => {
    const [planned] = maintained.maintenance;
    const [hit] = calm.components;
    if (planned === undefined || hit === undefined) throw new Error("nothing is planned");
    const start = noon + 10 * minute;
    const window: PublicMaintenance = {
      ...planned,
      state: "scheduled",
      components: [hit.id],
      scheduledStart: start,
      scheduledEnd: start + 20 * minute,
    };
    const until = noon + 45 * minute;
    await using reader = await read(browser, { ...calm, validUntil: until, maintenance: [window] });
    expect(await reader.banner()).toContain("All systems operational");
    await reader.at(start + 100);
    await expect.poll(reader.banner).toBe(`${window.title} Planned work since 12:10 UTC, until 12:30 UTC.`);
    expect(await reader.text("article p.m")).toContain("in progress, by the clock");
    await reader.at(start + 20 * minute + 100);
    await expect.poll(reader.banner).toContain("All systems operational");
    expect(await reader.text("article p.m")).toContain("planned to be over since 12:30 UTC");
  });
});
