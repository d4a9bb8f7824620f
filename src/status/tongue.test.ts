// Every language says everything, and loses nothing that is put in.
import { expect, test } from "vitest";
import { english, speaking, type Language } from "../lib/language.ts";
import { monthLabel, sayTime } from "../lib/zones.ts";
import { bodyOf } from "../../test/kit/sites.ts";
import { everySnapshot } from "../../test/kit/snapshots.ts";
import { cs } from "./languages/cs.ts";
import { de } from "./languages/de.ts";
import { englishForms } from "./languages/english.ts";
import { es } from "./languages/es.ts";
import { fr } from "./languages/fr.ts";
import { listed, n, t, tell } from "./tongue.ts";

const all: readonly Language[] = [cs, de, es, fr];
const holes = (text: string): readonly string[] => (text.match(/\{\w+\}/gu) ?? []).toSorted();

test.each(all.map((one) => [one.tag, one] as const))(
  "%s puts in all that English puts in",
  (_, { sentences, counted }) => {
    for (const [sentence, said] of Object.entries(sentences))
      expect([sentence, holes(said)]).toEqual([sentence, holes(sentence)]);
    for (const [sentence, forms] of Object.entries(counted)) {
      const wanted = holes(sentence);
      for (const said of Object.values(forms)) expect([sentence, holes(said ?? "")]).toEqual([sentence, wanted]);
    }
    expect(Object.keys(counted).toSorted()).toEqual(Object.keys(englishForms).toSorted());
  },
);

test.each(all.map((one) => [one.tag, one] as const))(
  "a page in %s says so, and no sentence of it is English",
  async (tag, language) => {
    // What is the same word in both.
    const same = new Set(
      Object.entries(language.sentences).flatMap(([sentence, said]) => (sentence === said ? [sentence] : [])),
    );
    for (const [name, snapshot] of Object.entries(everySnapshot)) {
      const own = { ...snapshot, site: { ...snapshot.site, language: tag } };
      const page = await bodyOf(own, "index.html");
      expect([name, page.includes(`lang="${tag}"`)]).toEqual([name, true]);
      const texts = page
        .replaceAll(/<(script|style)[^>]*>.*?<\/\1>/gsu, "")
        .split(/<[^>]*>/u)
        .map((text) => text.trim());
      for (const sentence of Object.keys(language.sentences))
        if (!sentence.includes("{") && !same.has(sentence))
          expect([name, texts]).not.toEqual([name, expect.arrayContaining([sentence])]);
    }
  },
);

test("figures, plurals, lists and moments are those of the language", () => {
  const czech = (say: () => unknown): unknown => speaking(cs, say);
  expect([1, 3, 5].map((count) => czech(() => n("{n} components", count)))).toEqual([
    "1 součást",
    "3 součásti",
    "5 součástí",
  ]);
  expect(czech(() => listed(["a", "b", "c"]))).toBe("a, b a c");
  expect(czech(() => tell("Since {0}, for {1}.", 7, "2 d"))).toEqual(["Od ", 7, ", trvá ", "2 d", "."]);
  expect(czech(() => t("Ask again in {0} s.", 1.5))).toBe("Zeptejte se znovu za 1,5 s.");
  expect(speaking(fr, () => monthLabel({ month: "2026-11" }))).toBe("novembre 2026");
  expect(speaking(de, () => sayTime(Date.UTC(2026, 10, 21, 22), { zone: "UTC" }))).toBe("21. Nov. 2026, 22:00 UTC");
});

test("nobody hears it but who is rendered in it, also when that breaks", () => {
  expect(() =>
    speaking(de, () => {
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(t("Unknown")).toBe("Unknown");
  expect(speaking(english, () => monthLabel({ month: "2026-11" }))).toBe("November 2026");
});
