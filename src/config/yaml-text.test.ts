import { describe, expect, test } from "vitest";
import * as fc from "fast-check";
import { errorsOf, smallest } from "../../test/kit/config.ts";
import { decode, parseYaml } from "./yaml-text.ts";

function broken(text: string): readonly string[] {
  const read = parseYaml(text);
  return read.ok ? [] : read.error.map(({ line, column, message }) => `${line}:${column}: ${message}`);
}

describe("a slip in the YAML is told of at its place, in words", () => {
  test.each([
    ["a tab", "site:\n\tname: x\n", "2:1: a tab; indent with spaces"],
    ["a key twice", "a: 1\nb: 2\na: 3\n", "3:1: this key is written already (line 1)"],
    ["a key twice within", "a: { b: 1, c: 2, b: 3 }", "1:18: this key is written already (line 1)"],
    [
      "no space after the colon",
      "a:\n  b: x\n  password:hunter2\n  c: y\n",
      "3:3: this is no key with a value; a colon and a space must follow the key",
    ],
    ["a key alone", "a:\n  b: 1\n  c\n", "3:3: a colon and a space must follow a key"],
    ["a colon in a value", "a: b: c\n", "1:4: a second key on one line; put a value with a colon in it in quotes"],
    ["a quote that stays open", 'a: "x\nb: 1\n', "3:1: the quote before this is never closed"],
    ["a bracket that stays open", "a: [x\nb: 1\n", "2:1: the bracket or brace before this is never closed"],
    ["a bracket too many", "a: }x\n", "1:4: this does not fit here; is a quote or a bracket missing before it?"],
    [
      "something after the end",
      'a: "x" y\n',
      "1:8: this follows a value that has ended already; put the whole in quotes",
    ],
    [
      "an apostrophe in single quotes",
      "a: 'it's'\n",
      "1:8: this follows a value that has ended already; put the whole in quotes",
    ],
    ["a list beside its key", "a: - x\n", "1:4: a list begins on the next line; else put the value in quotes"],
    ["text beside its bar", "a: |x\n", "1:5: the text after | or > begins on the next line; else put it in quotes"],
    ["an odd escape", 'a: "x\\q"\n', `1:6: between "…" a backslash begins an escape; write \\\\ or use '…' instead`],
    [
      "a crooked indent",
      "a:\n  b: 1\n c: 2\n",
      "3:1: this stands too far left or right; entries that belong together begin in the same column",
    ],
    ["two documents", "a: 1\n---\nb: 2\n", "2:1: the config ends at ---; it must be one document"],
    ["a key that is a list", "? [a]\n: 1\n", "1:3: a key must be text"],
    ["a control character", "a: x\u0007\n", "1:5: a control character; this must be text"],
    ["a mark that nothing has", "a: *b\n", "1:4: a value that begins with * must be in quotes"],
    ["a star for all", "*: x\n", "1:1: a value that begins with * must be in quotes"],
    ["a mark on nothing", "a: &b\n", "a value that begins with & must be in quotes"],
    ["a tag", "a: !b c\n", "1:4: a value that begins with ! must be in quotes"],
    ["an at sign", "a: @b\n", "1:4: a value that begins with @ must be in quotes"],
    ["a backtick", "a: `b\n", "1:4: a value that begins with ` must be in quotes"],
    ["a percent sign", "a: %b\n", "1:4: a value that begins with % must be in quotes"],
  ])("%s", (_what, text, error) => {
    expect(broken(text)).toHaveLength(1);
    expect(broken(text)[0]).toContain(error);
  });

  test("several slips are told of at once, one to a line", () => {
    const lines = broken(`a: @x\nb: "\\q \\y"\nc: 1\nc: 2\n`).map((error) => error.slice(0, 2));
    expect(lines).toEqual(["1:", "2:", "4:"]);
  });

  test("a byte order mark moves no column, and Windows' line ends move no line", () => {
    expect(broken("\ufeffa: @x\n")[0]).toMatch(/^1:4: /);
    expect(broken("a: 1\r\nb: @x\r\n")[0]).toMatch(/^2:4: /);
  });
});

describe("a hostile file", () => {
  test("that grows by repeating what repeats is refused", () => {
    const bomb = ["a: &a [x,x,x,x,x,x,x,x,x,x]"];
    for (const [name, of] of ["ba", "cb", "dc", "ed", "fe"]) bomb.push(`${name}: &${name} [${`*${of},`.repeat(10)}]`);
    expect(broken(bomb.join("\n"))).toEqual(["1:1: too much is repeated with *"]);
  });

  test("that repeats itself within itself is no endless loop", () => {
    expect(errorsOf("site: &a { name: *a, url: [*a] }\ncomponents: *a\n").length).toBeGreaterThan(0);
  });

  test.each([500, 5_000, 100_000])("that opens %d brackets is refused", (depth) => {
    expect(broken(`a: ${"[".repeat(depth)}`)).toHaveLength(1);
    expect(errorsOf(`a: ${"[".repeat(depth)}${"]".repeat(depth)}`).length).toBeGreaterThan(0);
  });

  test("whatever it holds, is answered with errors that have a place", () => {
    const scraps = fc.array(
      fc.oneof(
        fc.constantFrom(
          "\n",
          "  ",
          "- ",
          ": ",
          "{",
          "}",
          "[",
          "]",
          '"',
          "'",
          "|",
          ">",
          "&a ",
          "*a ",
          "!t ",
          "#",
          "\t",
          "---\n",
          "? ",
        ),
        fc.constantFrom("site", "components", "id", "name", "channels", "type", "irc", "password_file", "${A}", "<<"),
        fc.string({ maxLength: 5 }),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(scraps, (parts) => {
        for (const error of errorsOf(parts.join(""))) expect(error).toMatch(/^tocsin\.yaml:[1-9]\d*:[1-9]\d*: \S/);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("the bytes of a file", () => {
  test("are UTF-8", () => {
    const text = decode(Buffer.from("a: žluťoučký 🔔 \ufffd\n"));
    expect(text).toEqual({ ok: true, value: "a: žluťoučký 🔔 \ufffd\n" });
  });

  test("that are not are told of at their place", () => {
    const latin1 = Buffer.from(`${smallest}# k\xfc\n`, "latin1");
    expect(errorsOf(latin1)).toEqual(["tocsin.yaml:4:4: this is not UTF-8; save the file as UTF-8"]);
    expect(errorsOf(Buffer.from([0x61, 0xc3]))).toEqual(["tocsin.yaml:1:2: this is not UTF-8; save the file as UTF-8"]);
  });

  test("that are UTF-16 are told to be", () => {
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(smallest, "utf16le")]);
    expect(errorsOf(utf16)).toEqual(["tocsin.yaml:1:1: the file is UTF-16; save it as UTF-8"]);
  });

  test("may begin with a byte order mark", () => {
    expect(errorsOf(Buffer.from(`\ufeff${smallest}`))).toEqual([]);
  });
});
