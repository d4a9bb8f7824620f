import { brotliCompressSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { answers, chart, chartsOf, drawn, failures, span } from "../../../test/kit/charts.ts";
import { bodyOf, filesOf, siteWith } from "../../../test/kit/sites.ts";
import { full, outage } from "../../../test/kit/snapshots.ts";
import { day, hour, isoSeconds, minute } from "../../lib/clock.ts";
import { htmlText } from "../../lib/html.ts";
import type { PublicChart } from "../snapshot.ts";
import { drawing, inWords, topOf } from "./charts.ts";

const draw = (one: PublicChart): string => htmlText(drawing(one, span));
const pathOf = (one: PublicChart, name: string): string =>
  new RegExp(`class="${name}" d="([^"]*)"`, "u").exec(draw(one))?.[1] ?? "";
const words = (one: PublicChart): string =>
  inWords(one, span)
    .map((part) => (typeof part === "string" ? part : isoSeconds(part).slice(5, 16)))
    .join("");
const all = (value: number): readonly number[] => Array.from({ length: 48 }, () => value);

describe("a line of times", () => {
  test("is broken where nothing is known, and the ground below it too", () => {
    const one = chart("response_time", [100, 200, undefined, 400, 300]);
    expect(pathOf(one, "l")).toBe("M0.5 45L1.5 30M3.5 0L4.5 15");
    expect(pathOf(one, "k")).toBe("M0 60h2M3 60h2");
  });

  test("of one point is a dash that can be seen", () => {
    expect(pathOf(chart("response_time", [undefined, 100]), "l")).toBe("M1.3 0h.4");
  });

  test("of zeros lies on the ground, and no figure is not a number", () => {
    expect(pathOf(chart("response_time", all(0)), "l")).toMatch(/^M0\.5 60L1\.5 60 /u);
    expect(draw(chart("run_time", []))).not.toMatch(/NaN|Infinity|undefined/u);
    expect(draw(chart("run_time", all(0)))).not.toMatch(/NaN|Infinity/u);
  });

  test("of anything, however long, stays within its scale", () => {
    for (const value of [0.1, 7, 999, 1_001, 59_999, 3 * hour, 90 * day]) {
      expect(topOf(value, "response_time")).toBeGreaterThanOrEqual(value);
      expect(pathOf(chart("response_time", [value, value / 2]), "l")).not.toMatch(/-|NaN/u);
    }
  });
});

test("bars of failed jobs are as high as their share, and none is drawn where none failed or none ended", () => {
  expect(pathOf(chart("failed_jobs", [0, 50, undefined, 100]), "b")).toBe("M1.1 60V30h.8V60zM3.1 60V0h.8V60z");
});

describe("the words", () => {
  test("tell the newest, the lowest, the highest and when, and how much is missing", () => {
    expect(words(answers)).toBe("Newest 239 ms, lowest 180 ms, highest 2.4 s at 11-22T02:30. No figures for 2 h.");
    expect(words(failures)).toMatch(/^Newest 5 %, lowest 0 %, highest 45\.5 % at 11-22T04:00\. No figures for 3 h\.$/u);
  });

  test("say of when the newest is where it is not of now", () => {
    expect(words(chart("response_time", [90]))).toBe(
      "Newest 90 ms, of 11-21T11:30, lowest 90 ms, highest 90 ms at 11-21T11:30. No figures for 23 h 30 min.",
    );
  });

  test("say that there is nothing yet", () => {
    expect(words(chart("failed_jobs", []))).toBe("No figures yet.");
  });

  test("write long times as durations", () => {
    expect(words(chart("run_time", all(95 * minute)))).toContain("highest 1 h 35 min");
  });
});

describe("the page of a component", () => {
  test("draws what was asked for and nothing where nothing was, and weighs at most 14 KB on the wire", async () => {
    const page = await bodyOf(drawn(outage), "components/copr.html");
    expect(page.match(/<figure class="ch">/gu)).toHaveLength(2);
    expect(page).toMatch(/role="img"\s+aria-label="Copr builds, response time\. Newest 239 ms, lowest/u);
    expect(await bodyOf(drawn(outage), "components/koji.html")).not.toContain("<figure");
    const most = await bodyOf(drawn(full), "components/c0.html");
    expect(brotliCompressSync(most).length).toBeLessThan(14_000);
  });

  test("says that there is nothing yet, without a scale of nothing", async () => {
    const page = await bodyOf(
      { ...outage, charts: chartsOf({ copr: [chart("run_time", [])] }) },
      "components/copr.html",
    );
    expect(page).toMatch(/<h3>Run time<\/h3>\s*<p class="m s">No figures yet\.<\/p>/u);
    expect(page).not.toContain('class="y m"');
  });

  test("is written anew by a mirror when its figures are others; no other page is, and state.json has none", async () => {
    const [before, after] = [drawn(outage), { ...outage, charts: chartsOf({ copr: [failures] }) }].map((one) => siteWith(one, [], false)); // prettier-ignore
    const stamps = async (site: typeof before): Promise<ReadonlyMap<string, string | undefined>> =>
      new Map((await site?.plan())?.map(({ path, stamp }) => [path, stamp]));
    const [was, is] = [await stamps(before), await stamps(after)];
    const changed = [...was].filter(([path, stamp]) => stamp !== is.get(path)).map(([path]) => path);
    expect(changed).toEqual(["components/copr.html"]);
    expect(before && (await filesOf(before)).get("state.json")).not.toContain("charts");
  });
});
