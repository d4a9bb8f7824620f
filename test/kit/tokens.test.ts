import { expect, test } from "vitest";
import { tokensOf } from "./tokens.ts";

const shown = (text: string): readonly string[] => tokensOf(text).map((token) => `${token.kind} ${token.text}`);

test("comments, strings and regular expressions are not code", () => {
  expect(shown(`a // as any\n/* b! */ "c as d" 'it\\'s'; /e!"/g`)).toEqual([
    "word a",
    "comment // as any",
    "comment /* b! */",
    "string c as d",
    "string it\\'s",
    "sign ;",
    'regex /e!"/g',
  ]);
});

test("a slash after a value divides", () => {
  expect(shown("a / b / c")).toEqual(["word a", "sign /", "word b", "sign /", "word c"]);
  expect(shown("f(x) / 2 / y")[4]).toBe("sign /");
  expect(shown("return /[/]'/u")).toEqual(["word return", "regex /[/]'/u"]);
});

test("code in a template's holes is code, however deep", () => {
  expect(shown("`a ${b({ c: `d ${e}` })} f` g")).toEqual([
    "template a ",
    "word b",
    "sign (",
    "sign {",
    "word c",
    "sign :",
    "template d ",
    "word e",
    "template ",
    "sign }",
    "sign )",
    "template  f",
    "word g",
  ]);
});

test("each token knows its line", () => {
  expect(tokensOf("a\n`b\nc ${\nd}`\n/* e\n */ f").map((token) => token.line)).toEqual([1, 2, 4, 4, 5, 6]);
});

test("signs that change the meaning of ! and ? stay whole", () => {
  expect(shown("a !== b != !c ?. d ?? e => f")).toEqual(
    ["a", "!==", "b", "!=", "!", "c", "?.", "d", "??", "e", "=>", "f"].map((text) =>
      /\w/.test(text) ? `word ${text}` : `sign ${text}`,
    ),
  );
});
