// A reader's page in a real browser: it follows the record by itself, colours the day, and is whole without a script.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { found, startChromium } from "../peers/chromium.ts";
import { skipped } from "../peers/install.ts";
import { tocsinProcess } from "../kit/tocsin-process.ts";

const config = (): string => `
site: { name: Packit, time_zone: Europe/Prague, links: { header: [{ name: Docs, url: "https://docs.example.org" }] } }
server: { port: 0 }
components: [{ id: api, name: Packit API, group: Core }, { id: copr, name: Copr builds, group: External }, { id: tests, name: Tests, group: External }]
people: [{ id: alice, name: Alice }]
`;

const fields = ["--scope", "No build starts.", "--affected", "everybody", "--alternative", "none known", "--eta", "unknown", "--retrigger", "no"]; // prettier-ignore

test.skipIf(skipped(found, "the page in a browser, as the record changes"))(
  "an open page follows the record without a reload, a closed day keeps its colour, and what was learned is told",
  { timeout: 90_000 },
  async () => {
    await using tocsin = await tocsinProcess(config);
    await tocsin.start();
    const alice = async (...args: readonly string[]): Promise<void> => {
      expect(await tocsin.cli("--as", "alice", "incident", ...args)).toMatchObject({ code: 0 });
    };
    await using browser = await startChromium();
    await using reader = await browser.open(`${tocsin.url()}/`);
    const { page } = reader;
    const complaints: string[] = [];
    page.on("console", (message) => complaints.push(message.text()));
    const headline = (): Promise<string> => page.innerText("h1");
    const shows = (text: string) => page.waitForSelector(`h1:text-is("${text}")`);
    expect(await headline()).toBe("All systems operational");
    await page.evaluate("window.sameDocument = true");
    await page.click("summary:has-text('Core')");

    await alice("open", "--title", "Builds fail", "--component", "copr=major_outage", ...fields, "--publish");
    await shows("Copr builds: major outage");
    expect(await page.evaluate("window.sameDocument")).toBe(true);
    // What the reader opened stays open, what is wrong stands open by itself, and a screen reader hears of it.
    expect(await page.evaluate("[...document.querySelectorAll('details.c:has(h3)')].slice(0, 2).map((one) => one.open)")).toEqual([true, true]); // prettier-ignore
    expect(await page.innerText("[role=status]")).toBe("Copr builds: major outage");
    expect(await page.innerText("li.major_outage > .w")).toBe("Major outage");

    // The permanent page of a component, without a script.
    await using plain = await browser.open(`${tocsin.url()}/components/copr`, { js: false });
    expect(await plain.page.innerText("h1")).toBe("Copr builds: major outage");
    expect(await plain.page.getAttribute(".bars svg", "aria-label")).toContain("Sun 22 Nov: Major outage");

    // A reload of the config waits for no reader: it ends the stream, and the page finds back.
    await tocsin.reload(config().replace("Packit API", "The API"));
    await tocsin.advance(60_000);
    await alice("resolve", "1", "It is over.");
    await shows("All systems operational");
    const today = "document.querySelector('[aria-label^=\"Copr builds\"] path:nth-last-of-type(2)')";
    expect(await page.evaluate(`${today}.getAttribute("class")`)).toBe("major_outage");
    expect(await page.evaluate(`${today}.textContent`)).toMatch(/^Sun 22 Nov: Major outage, \d/u);
    expect(await page.evaluate("window.sameDocument")).toBe(true);

    // What was learned is told when all is over, on the outage's own page and to programs.
    writeFileSync(join(tocsin.folder, "learned.md"), "The storage was **full**.\n\n- now it is watched");
    expect(await tocsin.cli("--as", "alice", "incident", "postmortem", "1", "--file", join(tocsin.folder, "learned.md"))).toMatchObject({ code: 0 }); // prettier-ignore
    await plain.page.goto(`${tocsin.url()}/incidents/1`);
    expect(await plain.page.innerText("[aria-labelledby=postmortem]")).toMatch(/Post-mortem[^]*The storage was full\.[^]*now it is watched/u); // prettier-ignore
    // Where scripts are off, axe cannot run either.
    await page.goto(`${tocsin.url()}/incidents/1`);
    expect(await reader.axe()).toEqual([]);
    const told = JSON.parse((await tocsin.get("/api/v2/incidents.json")).body);
    expect(told.incidents[0]).toMatchObject({ status: "postmortem" });
    expect(told.incidents[0].incident_updates[0]).toMatchObject({ status: "postmortem" });
    expect(await plain.page.locator(`#update-${told.incidents[0].incident_updates[0].id}`).count()).toBe(1);

    expect(complaints.filter((one) => /Content.Security|Refused/iu.test(one))).toEqual([]);
  },
);
