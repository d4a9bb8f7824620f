import * as fc from "fast-check";
import { expect, test } from "vitest";
import { escapeHtml, html, htmlText, raw, safeUrl, type Part } from "./html.ts";
import { plainText } from "./text.ts";

const show = (strings: TemplateStringsArray, ...parts: readonly Part[]): string => htmlText(html(strings, ...parts));

test("what stands in a hole is escaped, between tags and in attributes", () => {
  expect(show`<p title="${`"><script>`}">${"<b>&'`"}</p>`).toBe(
    '<p title="&quot;&gt;&lt;script&gt;">&lt;b&gt;&amp;&#39;&#96;</p>',
  );
});

test("safe markup goes in as it is, lists piece by piece, nothing for undefined and false", () => {
  const items = ["a", "<"].map((one) => html`<li>${one}</li>`);
  expect(show`<ul>${items}</ul>${undefined}${false}${0}${raw("<hr>")}`).toBe("<ul><li>a</li><li>&lt;</li></ul>0<hr>");
});

test("an attribute without quotes is refused when the template is first used", () => {
  expect(() => html`<p title=${"a b"}></p>`).toThrow(/quote the attribute/u);
});

test("control and direction characters and broken surrogates do not get through", () => {
  expect(escapeHtml("a\u0000\u0007\u202eb\u2066\ud800c\nd")).toBe("ab\ufffdc\nd");
  expect(escapeHtml("Ωmega 🔥 ok")).toBe("Ωmega 🔥 ok");
});

/** Any UTF-16, broken surrogates and all; what matters comes often. */
const anyText = fc
  .array(
    fc.oneof(
      fc.constantFrom("<", ">", "&", '"', "'", "`", "&lt;"),
      fc.nat(0xffff).map((code) => String.fromCharCode(code)),
    ),
  )
  .map((units) => units.join(""));

test("whatever the text, no character of it is markup, and a reader gets back what was meant", () => {
  const back = (text: string): string =>
    text
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&quot;", '"')
      .replaceAll("&#39;", "'")
      .replaceAll("&#96;", "`")
      .replaceAll("&amp;", "&");
  fc.assert(
    fc.property(anyText, (text) => {
      const escaped = escapeHtml(text);
      expect(escaped).not.toMatch(/[<>"'`]/u);
      expect(escaped).not.toMatch(/&(?!(lt|gt|quot|amp|#39|#96);)/u);
      expect(escaped.isWellFormed()).toBe(true);
      expect(back(escaped)).toBe(plainText(text));
    }),
  );
});

test.each([
  ["https://example.org/a?b=1#c", "https://example.org/a?b=1#c"],
  [" http://example.org ", "http://example.org/"],
  ["https://example.org/\"onclick='x'", "https://example.org/%22onclick='x'"],
])("%j is a web address", (text, url) => expect(safeUrl(text)).toBe(url));

test.each([
  "javascript:alert(1)",
  "JaVaScRiPt:alert(1)",
  "java\nscript:alert(1)",
  "\u0001javascript:alert(1)",
  "data:text/html,<script>",
  "vbscript:x",
  "file:///etc/passwd",
  "//evil.example",
  "/relative",
  "example.org",
  "https://bank.example@evil.example",
  "",
  `https://example.org/${"a".repeat(3_000)}`,
])("%j is none", (text) => expect(safeUrl(text)).toBeUndefined());
