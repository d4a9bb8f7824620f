// The pages in a real browser.
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { found, startChromium, type Chromium } from "../../../test/peers/chromium.ts";
import { skipped } from "../../../test/peers/install.ts";
import { drawn } from "../../../test/kit/charts.ts";
import { hostile, longName } from "../../../test/kit/hostile.ts";
import { maintained, maintainedByAnybody } from "../../../test/kit/maintenance-snapshots.ts";
import { edited, many } from "../../../test/kit/past-snapshots.ts";
import { calm, everySnapshot, full, outage } from "../../../test/kit/snapshots.ts";
import { bodyOf as body, siteWith } from "../../../test/kit/sites.ts";
import { affectedBy, type Question } from "../affected.ts";
import type { PublicIncident, PublicSnapshot } from "../snapshot.ts";
import { renderAffected, renderAsk } from "./affected.ts";
import { renderFound } from "./history.ts";
import { renderMissing } from "./missing.ts";
import { liveScript, timesScript } from "./scripts.ts";
import { pagePolicy, policyOf } from "./style.ts";

const foundIn = (incidents: readonly PublicIncident[], words: string): string =>
  renderFound({ words, incidents, page: 2, more: true }, full);

const askedOf = (of: PublicSnapshot, question: Question): string =>
  renderAffected(affectedBy(question, of, { coverage: new Map(), runsOn: new Map() }), of);

const pages: readonly (readonly [string, () => string | Promise<string>])[] = [
  ...Object.entries(everySnapshot)
    .filter(([name]) => !["overdue", "twenty"].includes(name))
    .map(([name, of]) => [`home, ${name}`, () => body(of, "")] as const),
  ["incident, open", () => body(outage, "incidents/112.html")],
  ["incident, over", () => body(outage, "incidents/109.html")],
  ["incident, withdrawn", () => body(outage, "incidents/110.html")],
  ["incident, hostile", () => body(full, "incidents/666.html")],
  ["home, edited", () => body(edited, "")],
  ["incident, edited", () => body(edited, "incidents/113.html")],
  ["home, maintenance", () => body(maintained, "")],
  ["home, maintenance, hostile", () => body(maintainedByAnybody, "")],
  ["maintenance, in progress", () => body(maintained, "maintenance/4.html")],
  ["maintenance, over", () => body(maintained, "maintenance/3.html")],
  ["component, hit", () => body(outage, "components/copr.html")],
  ["component, with charts", () => body(drawn(outage), "components/copr.html")],
  ["component, with a past", () => body(outage, "components/koji.html")],
  ["component, hostile", () => body(full, "components/c0.html")],
  ["history", () => body(outage, "history.html")],
  ["history, empty", () => body(everySnapshot["empty"] ?? calm, "history.html")],
  ["history, full, with its search", async () => (await siteWith(full, many, true).file("history"))?.body ?? ""],
  ["month", () => body(outage, "history/2026-11.html")],
  ["month, hostile, page 2", async () => (await siteWith(full, many).file("history/2026-11-p2.html"))?.body ?? ""],
  ["search", () => foundIn(full.past, `${"x".repeat(90)} <b>`)],
  ["search, nothing", () => foundIn([], "شبكة")],
  ["home, with its box", async () => (await siteWith(outage, [], true).file(""))?.body ?? ""],
  ["affected, hit", () => askedOf(outage, { job: "copr", repository: "packit/hello" })],
  ["affected, perhaps, hostile", () => askedOf(full, { target: hostile, job: longName, repository: longName })],
  ["affected, nothing", () => askedOf(calm, { job: "api" })],
  ["affected, not asked", () => renderAsk(outage)],
  ["no such page", () => renderMissing(outage.site)],
];

/** As our server answers, with nobody to say that the record changed. */
async function serve(page: Page, body: string, policy: string): Promise<void> {
  await page.route("**/*", (route) =>
    route.request().url().endsWith("/events")
      ? route.fulfill({ status: 204 })
      : route.fulfill({
          contentType: "text/html; charset=utf-8",
          headers: { "content-security-policy": policy },
          body,
        }),
  );
}

describe.skipIf(skipped(found, "the pages in a browser"))("in Chromium", () => {
  let browser: Chromium;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser[Symbol.asyncDispose]());

  test.each(pages)(
    "%s: axe finds nothing, in light and dark, wide and narrow, and nothing scrolls sideways",
    async (_, html) => {
      await using it = await browser.open(await html(), { width: 1_000 });
      expect(await it.axe()).toEqual([]);
      await it.change({ width: 320, dark: true });
      expect(await it.overflow()).toBe(0);
      expect(await it.axe()).toEqual([]);
    },
  );

  test.each([
    ["home", ""],
    ["incident", "incidents/666.html"],
    ["incident, over", "incidents/667.html"],
    ["component", "components/c0.html"],
    ["component, hit", "components/c1.html"],
    ["history", "history.html"],
    ["month", "history/2026-11.html"],
    ["home, maintenance", "", maintainedByAnybody],
    ["maintenance", "maintenance/8.html", maintainedByAnybody],
  ] as const)("%s: no text of others becomes an element, an attribute or a script", async (_, path, of = full) => {
    await using it = await browser.open(await body(of, path));
    expect(await it.page.evaluate("window.pwned === undefined")).toBe(true);
    expect(
      await it.page.evaluate(
        "document.querySelectorAll('main script, head script, img, iframe, main ~ svg, h1 ~ h1, b > b').length",
      ),
    ).toBe(0);
    // Ours, which is the same on every page.
    const scripts = await it.page.evaluate("[...document.scripts].map((one) => one.textContent)");
    expect(scripts).toSatisfy((all: string[]) => all.every((one) => one === timesScript || one === liveScript));
    const attributes =
      "[...document.querySelectorAll('*')].flatMap((e) => e.getAttributeNames()).filter((n) => n.startsWith('on') || n === 'style').length";
    expect(await it.page.evaluate(attributes)).toBe(0);
    const links =
      "[...document.querySelectorAll('a')].map((a) => a.getAttribute('href')).filter((h) => /^[a-z]+:/i.test(h) && !/^https?:/.test(h))";
    expect(await it.page.evaluate(links)).toEqual([]);
    expect(
      await it.page.evaluate("document.querySelectorAll('main').length + document.querySelectorAll('h1').length"),
    ).toBe(2);
  });

  test("the page works under its own policy, without scripts and without a second request", async () => {
    await using it = await browser.open("<p>", { js: false });
    const asked: string[] = [];
    it.page.on("request", (request) => {
      if (!request.url().startsWith("data:")) asked.push(request.url());
    });
    const answer = await body(outage, "");
    const complaints: string[] = [];
    it.page.on("console", (message) => complaints.push(message.text()));
    await serve(it.page, answer, pagePolicy);
    await it.page.goto("http://status.example/under/any/path/");
    expect(asked).toEqual(["http://status.example/under/any/path/"]);
    expect(complaints).toEqual([]);
    const colour = await it.page.evaluate("getComputedStyle(document.querySelector('.say')).borderLeftColor");
    expect(colour).toBe("rgb(217, 66, 63)");
  });

  test("a reader elsewhere sees the times of their own zone beside the others, under the policy of the page", async () => {
    await using it = await browser.open("<p>", { zone: "America/New_York" });
    const complaints: string[] = [];
    it.page.on("console", (message) => complaints.push(message.text()));
    const answer = await body(outage, "");
    await serve(it.page, answer, pagePolicy);
    await it.page.goto("http://status.example/");
    expect(await it.page.textContent(".say p")).toContain("Since 10:42 UTC (11:42 Prague, 05:42 New York)");
    expect(await it.page.textContent(".said li:first-child .at")).toMatch(/11:31 UTC\s*12:31 Prague, 06:31 New York/u);
    expect(complaints).toEqual([]);
  });

  test("colours, a logo and links of the operator work under the policy of their page, in light and dark", async () => {
    const look = {
      logo: "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 4 1'%3E%3Cpath d='M0 0h4v1z'/%3E%3C/svg%3E",
      colours: { light: { link: "#7a1f5c", paper: "#ffffff" }, dark: { link: "#ff9ad5" } },
      header: [{ name: "Documentation", url: "https://docs.example" }],
      footer: [{ name: "Imprint", url: "https://www.example/imprint" }],
    };
    const own = { ...outage, site: { ...outage.site, look } };
    await using it = await browser.open("<p>", { width: 360 });
    const complaints: string[] = [];
    it.page.on("console", (message) => complaints.push(message.text()));
    const answer = await body(own, "");
    await serve(it.page, answer, policyOf(own.site));
    await it.page.goto("http://status.example/");
    const colour = "getComputedStyle(document.querySelector('.foot a')).color";
    expect(await it.page.evaluate(colour)).toBe("rgb(122, 31, 92)");
    expect(await it.page.evaluate("document.querySelector('.top img').complete && document.querySelector('.top img').naturalWidth > 0")).toBe(true); // prettier-ignore
    expect(await it.page.textContent(".top nav")).toContain("Documentation");
    expect(await it.axe()).toEqual([]);
    expect(await it.overflow()).toBe(0);
    await it.change({ dark: true });
    expect(await it.page.evaluate(colour)).toBe("rgb(255, 154, 213)");
    expect(await it.axe()).toEqual([]);
    expect(complaints).toEqual([]);
  });

  test.each([1_000, 700, 360])(
    "a row of bars shows as many days as %i pixels have room for, and says how many",
    async (width) => {
      await using it = await browser.open(await body(outage, ""), { width });
      const shown =
        "(() => { const box = document.querySelector('details[open] .bars').getBoundingClientRect(), svg = document.querySelector('details[open] .bars svg').getBoundingClientRect(); return Math.round(90 * box.width / svg.width); })()";
      const days = { 1_000: 90, 700: 60, 360: 30 }[width];
      expect(await it.page.evaluate(shown)).toBe(days);
      expect(await it.page.innerText("details[open] .ago")).toBe(`${days} days ago`);
      // Today is what is never cut off.
      const today =
        "(() => { const box = document.querySelector('details[open] .bars').getBoundingClientRect(), svg = document.querySelector('details[open] .bars svg').getBoundingClientRect(); return Math.round(box.right - svg.right); })()";
      expect(await it.page.evaluate(today)).toBe(0);
    },
  );

  test("a bar of trouble is another height than a calm one, and each says its days and what they were", async () => {
    await using it = await browser.open(await body(outage, "components/koji.html"));
    const bars = await it.page.evaluate(
      "[...document.querySelectorAll('.bars path:not(.g)')].map((e) => [e.getAttribute('class'), e.getBoundingClientRect().height, e.textContent])",
    );
    const heights = new Map(
      (bars as [string, number, string][]).map(([status, height]) => [status, Math.round(height)]),
    );
    expect(new Set(heights.values()).size).toBe(heights.size);
    expect((bars as [string, number, string][]).map(([, , title]) => title)).toContain("Mon 16 Nov: Major outage, 1 d");
    expect(await it.page.getAttribute(".bars svg", "aria-label")).toMatch(
      /^Koji, last 90 days\. .* up, .* watched\. .*Mon 16 Nov: Major outage, 1 d/u,
    );
  });

  test("what a thumb must hit on a phone is 44 pixels high", async () => {
    await using it = await browser.open(await body(outage, ""), { width: 390 });
    const low =
      "[...document.querySelectorAll('summary, header a, footer nav a, h2 a, .days a')].map((e) => [e.textContent.trim(), Math.round(e.getBoundingClientRect().height)]).filter(([, height]) => height < 44)";
    expect(await it.page.evaluate(low)).toEqual([]);
  });

  test("the keyboard goes to the content first, and the focus is seen", async () => {
    await using it = await browser.open(await body(outage, ""));
    await it.page.keyboard.press("Tab");
    expect(await it.page.evaluate("document.activeElement.textContent")).toBe("Skip to the content");
    const left = Number(await it.page.evaluate("document.activeElement.getBoundingClientRect().left"));
    expect(left).toBeGreaterThanOrEqual(0);
    await it.page.keyboard.press("Tab");
    expect(await it.page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe("solid");
  });
});
