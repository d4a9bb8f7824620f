import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostileMarkdown } from "../../test/kit/hostile.ts";
import { issueMarkdown } from "./issue-markdown.ts";

const anyLink = (url: string): string => url;
const noLink = (): undefined => undefined;
/** Without the characters of no width. */
const seen = (text: string): string => text.replaceAll("\u200b", "");

describe("Markdown for an issue", () => {
  test.each([
    ["paragraphs and emphasis", "One **two** *three*\n\nfour", "One **two** *three*\n\nfour"],
    ["a list in a list", "- a\n  - b\n- c", "- a\n\n  - b\n- c"],
    ["a numbered list", "3. a\n4. b", "3. a\n4. b"],
    ["code", "`/packit build` and\n\n```\nx <y>\n```", "`/packit build` and\n\n```\nx <y>\n```"],
    ["a quotation", "> a\n> b", "> a b"],
    ["a link", "[here](https://x.test/a)", "[here](<https://x.test/a>)"],
    ["an image is its text", "![alt](https://x.test/a.png)", "alt"],
    ["signs stay signs", "2*3_4 <b> [x] #1 a|b", "2\\*3\\_4 &lt;b&gt; \\[x\\] \\#1 a\\|b"],
  ])("keeps %s", (_, text, wanted) => {
    expect(seen(issueMarkdown(text, anyLink))).toBe(wanted);
  });

  test("a link that may be none is shown as code, and what it says is no address either", () => {
    expect(issueMarkdown("https://x.test/issues/7", noLink)).toBe("`https://x.test/issues/7`");
    expect(issueMarkdown("[https://y.test/z](https://x.test/a)", noLink)).toMatch(/^https\\:\u200b\/\/y.* \(`https:\/\/x\.test\/a`\)$/u); // prettier-ignore
  });

  test("whatever it is given, nobody is mentioned, nothing is referred to, no comment begins and no command stands at a line's start", () => {
    const parts = fc.oneof(
      fc.constantFrom("@alice", "#12", "GH-3", "<!--", "-->", "/close", "\n", "\n\n", "`", "```", "- ", "> ", "[x](https://y.test)", "&lt;", "!5", "~bug", hostileMarkdown), // prettier-ignore
      fc.string({ unit: "binary", maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 12 }), (all) => {
        const made = issueMarkdown(all.join(" "), anyLink);
        expect(made).not.toMatch(/<!--/u);
        // Outside of code, which no forge reads.
        const prose = made.replaceAll(/^ *(`{3,})[^\n]*\n[\s\S]*?\n *\1/gmu, "").replaceAll(/(`+)(?!`)[\s\S]*?[^`]\1(?!`)/gu, ""); // prettier-ignore
        expect(prose).not.toMatch(/@[a-z]|#\d|GH-\d/u);
        expect(prose).not.toMatch(/^\s*\/close/mu);
      }),
    );
  });
});
