import * as fc from "fast-check";
import { expect, test } from "vitest";
import { htmlText } from "./html.ts";
import { markdown, markdownLine, plainMarkdown, plainMarkdownLine } from "./markdown.ts";

const shown = (text: string): string => htmlText(markdown(text));
const rel = 'rel="nofollow noopener noreferrer"';

test("paragraphs, emphasis, code, lists and quotations are shown", () => {
  expect(shown("a **b** *c* `d`\n\n- one\n- two\n\n> so")).toBe(
    "<p>a <strong>b</strong> <em>c</em> <code>d</code></p>\n<ul>\n<li>one</li>\n<li>two</li>\n</ul>\n<blockquote>\n<p>so</p>\n</blockquote>",
  );
});

test("links go to the web only, and vouch for nothing", () => {
  expect(shown("[a](https://a.example) https://b.example/?x=1&y=2")).toBe(
    `<p><a href="https://a.example/" ${rel}>a</a> <a href="https://b.example/?x=1&amp;y=2" ${rel}>https://b.example/?x=1&amp;y=2</a></p>`,
  );
  expect(shown("packit.yaml and alice@example.org")).toBe("<p>packit.yaml and alice@example.org</p>");
});

test.each([
  "<script>alert(1)</script>",
  "<img src=x onerror=alert(1)>",
  "[x](javascript:alert(1))",
  "[x](JAVASCRIPT&colon;alert(1))",
  "[x](&#106;avascript:alert(1))",
  "[x](data:text/html,<script>alert(1)</script>)",
  "[x](//evil.example)",
  "[x](/console)",
  "[x](https://user:password@evil.example)",
  "<javascript:alert(1)>",
  "![x](https://evil.example/track.png)",
  '[x](https://a.example "onmouseover=alert(1)")',
  "[a]: https://a.example/\"onclick=\"alert(1) 't'\n\n[a]",
  "<a href=https://a.example style=position:fixed>x</a>",
  "```html\n</code></pre><script>alert(1)</script>\n```",
  '``` "onmouseover=alert(1)\nx\n```',
  "<svg><style><!--</style><img src=x onerror=alert(1)>",
  "[x](java&Tab;script:alert(1))",
  "[x](&#x6A;ava&#0010;script:alert(1))",
  "[x](<java\u0000script:alert(1)>)",
  "[x](\u0001javascript:alert(1))",
  "[x](<\tjavascript:alert(1)>)",
  "[x](vbscript&#58;msgbox(1))",
  "[x](data&colon;text/html;base64,PHNjcmlwdD4=)",
  "[x](blob:https://a.example/1)",
  "[x](file:///etc/passwd)",
  "[x](\\\\evil.example/x)",
  "[x](https:evil.example@a.example)",
  "[x](https&colon;//user@evil.example)",
  "[x]: javascript:alert(1)\n\n[x] [x][] [a][x]",
  "[![x](javascript:alert(1))](javascript:alert(2))",
  "[a [x](https://a.example/1) b](javascript:alert(1))",
  "[x](https://a.example/&quot;&gt;&lt;script&gt;)",
  "<https://a.example/&quot;onclick=alert(1)>",
  "https://a.example/<script>alert(1)</script>",
  "https://a.example/'onclick='alert(1)`x`",
  "&lt;script&gt;alert(1)&lt;/script&gt; &#60;img src=x&#62;",
  "`<script>alert(1)</script>` ``<img src=x>``",
  "    <script>alert(1)</script>",
  "~~~ <script>\n</code></pre><img src=x onerror=alert(1)>\n~~~",
])("nothing of %j is markup of its author", (text) => {
  for (const made of [shown(text), htmlText(markdownLine(text))]) {
    const tags = [...made.matchAll(/<\/?([a-z0-9]+)([^>]*)>/gu)];
    for (const [, tag, attributes] of tags) {
      expect(["p", "a", "code", "pre", "strong", "em"]).toContain(tag);
      expect(attributes).toMatch(/^( href="https:\/\/a\.example\/[^"]*" rel="nofollow noopener noreferrer")?$/u);
    }
    expect(made.replaceAll(/<[^>]*>/gu, "")).not.toMatch(/[<>]/u);
  }
});

test("a heading is a strong paragraph: it must not break the page's outline", () => {
  expect(shown("# Big *news*\ntext")).toBe("<p><strong>Big <em>news</em></strong></p>\n<p>text</p>");
});

test("control and direction characters are dropped, also those written as entities", () => {
  expect(shown("a\u202eb\u0007 &#x202e;c &#8238;d \ud800")).toBe("<p>ab c d \ufffd</p>");
  expect(plainMarkdown("a\u202eb &#x202e;c")).toBe("ab c");
});

test("plain text reads as a person would type it", () => {
  expect(
    plainMarkdown(
      "# Head\nSee [the ticket](https://a.example/1) and https://b.example.\n\n3. x\n4. `y`\n   - **z**\n\n![alt](https://c.example)",
    ),
  ).toBe("Head\n\nSee the ticket (https://a.example/1) and https://b.example.\n\n3. x\n4. y\n  - z\n\nalt");
  expect(plainMarkdown("<b>1 < 2 & 3</b> [x](javascript:1)")).toBe("<b>1 < 2 & 3</b> [x](javascript:1)");
  expect(plainMarkdownLine("a\n\nb *c*")).toBe("a b c");
  expect(plainMarkdown("")).toBe("");
});

test.each([
  "[",
  "![",
  "*",
  "_a",
  "`",
  ">",
  "- ",
  "(",
  "[](",
  "<",
  "&#x",
  "https://",
  "a@b.c ",
  "**a ",
  "[a]: b\n",
  "~",
  "\\",
  "\t",
])("a megabyte of %j takes no seconds", (piece) => {
  const text = piece.repeat(Math.ceil(1_000_000 / piece.length));
  const start = performance.now();
  markdown(text);
  markdownLine(text);
  plainMarkdown(text);
  expect(performance.now() - start).toBeLessThan(2_000);
});

/** Tags that are not closed, or closed in the wrong order: they would go on over the rest of the page. */
function loose(made: string): readonly string[] {
  const open: string[] = [];
  const wrong: string[] = [];
  for (const [tag, end, name = ""] of made.matchAll(/<(\/?)([a-z]+)[^>]*>/gu)) {
    if (name === "br" || name === "hr") continue;
    if (end === "") open.push(name);
    else if (open.pop() !== name) wrong.push(tag);
  }
  return [...open, ...wrong];
}

/** The addresses of all links, as a browser reads them. */
function linked(made: string): readonly URL[] {
  const entities: Readonly<Record<string, string>> = { amp: "&", quot: '"', "#39": "'", "#96": "`", lt: "<", gt: ">" };
  return [...made.matchAll(/href="([^"]*)"/gu)].map(
    ([, href = ""]) => new URL(href.replaceAll(/&([a-z#0-9]+);/gu, (all, name: string) => entities[name] ?? all)),
  );
}

test("whatever the address, a link goes to the web, names no user, and says nothing but where it goes", () => {
  const pieces = fc.constantFrom(
    "java",
    "script",
    "data",
    "vbscript",
    "https",
    "http",
    "file",
    "blob",
    "mailto",
    "x",
    "//",
    "/",
    "\\",
    "\\\\",

    ":",
    "&colon;",
    "&#58;",
    "&#x3a;",
    "%3a",
    "&Tab;",
    "&NewLine;",
    "&#0;",
    "&#x1;",
    "\u0000",
    "\u0001",
    "\t",
    "\u200e",

    "@",
    "&commat;",
    "a.example",
    "evil.example",
    "user:password",
    "?",
    "#",
    "&quot;",
    '"',
    "'",
    "`",
    "<",
    ">",
    "&lt;",

    " onclick=alert(1) ",
    "text/html,",
    "(",
    ")",
    "[",
    "]",
    "!",
    "\n",
    "&amp;",
    "&ZeroWidthSpace;",
    "\u2028",
    "\ud83d",
  );
  const frames: readonly ((address: string) => string)[] = [
    (address) => `[x](${address})`,
    (address) => `[x](<${address}> "${address}")`,
    (address) => `[x]: ${address} '${address}'\n\n[x] ![x]`,
    (address) => `<${address}>`,
    (address) => `https://${address} ${address}`,
    (address) => `- [![${address}](${address})](${address})`,
  ];
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), fc.constantFrom(...frames), (parts, frame) => {
      const text = frame(parts.join(""));
      for (const made of [shown(text), htmlText(markdownLine(text))]) {
        for (const url of linked(made)) {
          expect(["http:", "https:"]).toContain(url.protocol);
          expect([url.username, url.password]).toEqual(["", ""]);
        }
        for (const [tag] of made.matchAll(/<a[^>]*>/gu))
          expect(tag).toMatch(/^<a href="[^"<>]*" rel="nofollow noopener noreferrer">$/u);
        expect(
          made.replaceAll(/<\/?(p|br|strong|em|s|code|pre|blockquote|ul|ol|li|hr|a)( [^<>]*)?>/gu, ""),
        ).not.toMatch(/[<>]/u);
        expect(loose(made)).toEqual([]);
      }
    }),
    { numRuns: 2_000 },
  );
});

test("whatever the text, only the listed tags come out, each closed where it belongs", () => {
  const pieces = fc.constantFrom(
    "<",
    ">",
    '"',
    "'",
    "[",
    "](",
    ")",
    "`",
    "*",
    "#",
    "\n",
    "javascript:",
    "https://a.b/",
    "onload=",
    "script",
    "&lt;",
    "\u202e",
    "!",
    "- ",
    "|",
    "<b>",
    "<!--",
    "</p>",
    "```\n",
    "> ",
    "1. ",
    "~~",
  );
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          pieces,
          fc.nat(0xffff).map((code) => String.fromCharCode(code)),
        ),
        { maxLength: 30 },
      ),
      (parts) => {
        const made = shown(parts.join(""));
        const rest = made.replaceAll(
          /<\/?(p|br|strong|em|s|code|pre|blockquote|ul|ol|li|hr|a)( \/)?>|<ol start="\d+">|<a href="https?:\/\/[^"<>]*" rel="nofollow noopener noreferrer">/gu,
          "",
        );
        expect(rest).not.toMatch(/[<>]/u);
        expect(loose(made)).toEqual([]);
        expect(loose(htmlText(markdownLine(parts.join(""))))).toEqual([]);
      },
    ),
  );
});
