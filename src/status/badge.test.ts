import { XMLParser, XMLValidator } from "fast-xml-parser";
import * as fc from "fast-check";
import { expect, test } from "vitest";
import { statusWords, type PublicStatus } from "../components/status.ts";
import { component, demo, everySnapshot, outage, snapshot, unknown } from "../../test/kit/snapshots.ts";
import { bodyOf, fileOf } from "../../test/kit/sites.ts";
import { renderBadge, renderNoBadge } from "./badge.ts";

const parser = new XMLParser({ ignoreAttributes: false, attributeNamePrefix: "@" });

/** Every element and attribute. */
function namesIn(node: unknown): readonly string[] {
  if (typeof node !== "object" || node === null) return [];
  return Object.entries(node).flatMap(([name, inside]) => [name, ...namesIn(inside)]);
}

/** The one sentence that a badge says, to the eye and to a screen reader alike. */
function saidBy(svg: string): string {
  // oxlint-disable-next-line typescript/no-deprecated -- its successor is a package of its own, which is not installed
  expect(XMLValidator.validate(svg)).toBe(true);
  const { svg: drawn } = parser.parse(svg);
  expect(namesIn(drawn).filter((name) => /^(script|image|foreignObject|a|@on.*|@.*href|@style)$/iu.test(name))).toEqual(
    [],
  );
  expect(drawn["@role"]).toBe("img");
  expect(String(drawn.title)).toBe(String(drawn["@aria-label"]));
  return String(drawn.title);
}

test.each(Object.entries(everySnapshot))("%s: every badge is an image with a sentence", async (_, of) => {
  saidBy(await bodyOf(of, "badge.svg"));
  for (const { id } of of.components) saidBy(await bodyOf(of, `badge/${id}.svg`));
});

test("a badge says its name and its state", async () => {
  expect(saidBy(await bodyOf(outage, "badge.svg"))).toBe("Packit: major outage");
  expect(saidBy(await bodyOf(outage, "badge/copr.svg"))).toBe("Copr builds: major outage");
  expect(saidBy(await bodyOf(outage, "badge/api.svg"))).toBe("Packit API: operational");
  expect(saidBy(await bodyOf(unknown, "badge/tests.svg"))).toBe("Tests: unknown");
  expect(saidBy(await bodyOf(demo, "badge.svg"))).toBe("DEMO Packit: major outage");
  expect((await fileOf(outage, "badge.svg"))?.contentType).toBe("image/svg+xml; charset=utf-8");
});

const states: readonly PublicStatus[] = [
  "operational",
  "degraded_performance",
  "partial_outage",
  "major_outage",
  "under_maintenance",
  "unknown",
];

test("no two states share a shape, so that colour is not the only sign", () => {
  const shapes = states.map((status) => {
    const svg = renderBadge(snapshot({ components: [component("a", "A", { status })] }), "a") ?? "";
    expect(svg).toContain(`>${statusWords[status].toLowerCase()}</text>`);
    return /viewBox="0 0 16 16">\s*(.*?)\s*<\/svg>/su.exec(svg)?.[1]?.replaceAll(/#[0-9a-f]{3,6}/gu, "");
  });
  expect(new Set(shapes).size).toBe(states.length);
});

const channel = (hex: string, at: number): number => {
  const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
  return value <= 0.040_45 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
};
const luminance = (hex: string): number =>
  0.2126 * channel(hex, 1) + 0.7152 * channel(hex, 3) + 0.0722 * channel(hex, 5);

test("white text has the contrast of WCAG AA on every ground", () => {
  for (const status of states) {
    const svg = renderBadge(snapshot({ components: [component("a", "A", { status })] }), "a") ?? "";
    const grounds = [...svg.matchAll(/<rect [^>]*fill="(#[0-9a-f]{6})"/gu)].map(([, hex]) => hex ?? "");
    expect(grounds).toHaveLength(2);
    for (const hex of grounds) expect(1.05 / (luminance(hex) + 0.05), `${status} ${hex}`).toBeGreaterThanOrEqual(4.5);
  }
});

test("no name of others is more than a name in it", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 100 }), (name) => {
      saidBy(renderBadge(snapshot({ components: [component("a", `x${name}`)] }), "a") ?? "");
      saidBy(renderNoBadge(name, name));
    }),
  );
});
