import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { foldName, formatLine, nickOf, parseLine, roomForText, sanitise, splitText } from "./irc-line.ts";

/** Text as a hostile alert may carry it: any code units, many of them control characters. */
const untrusted = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.oneof(
      fc.constantFrom("\r", "\n", "\0", "\u0001", "\u0002", "\u0003", "\u00034,12", "\u0004ff0000", "\u000f", "\u0016"),
      fc.constantFrom(
        "\u001b[2J",
        "\u007f",
        "\u0085",
        "\u2028",
        "\u202e",
        "\u2066",
        "\ufeff",
        "\ud800",
        " ",
        "a",
        "é",
        "💥",
      ),
    ),
  }),
);

/** Words of letters, combining marks, emoji families and right-to-left script. */
const speech = fc
  .array(fc.oneof(fc.string({ unit: "grapheme" }), fc.constantFrom("👩‍👩‍👧‍👦👩‍👩‍👧‍👦", "ž̌ř̌", "שלום", "x".repeat(90))))
  .map((words) => sanitise(words.join(" ")));

describe("reading a line", () => {
  test.each([
    ["PING :a b", { prefix: undefined, command: "PING", params: ["a b"] }],
    [
      ":irc.example.org 001 tocsin :Welcome :)",
      { prefix: "irc.example.org", command: "001", params: ["tocsin", "Welcome :)"] },
    ],
    [":a!b@c privmsg #team  :  hi", { prefix: "a!b@c", command: "PRIVMSG", params: ["#team", "  hi"] }],
    ["JOIN #team", { prefix: undefined, command: "JOIN", params: ["#team"] }],
    ["CAP * LS :", { prefix: undefined, command: "CAP", params: ["*", "LS", ""] }],
  ])("%s", (raw, parsed) => {
    expect(parseLine(raw)).toEqual({ tags: {}, ...parsed });
  });

  test("tags are unescaped as IRCv3 says", () => {
    const line = parseLine(String.raw`@account=alice;note=a\sb\:c\\d\n;empty;+x/y=1=2 :alice!a@h PRIVMSG #team :!ack`);
    expect(line?.tags).toEqual({ account: "alice", note: "a b;c\\d\n", empty: "", "+x/y": "1=2" });
    expect(line?.params).toEqual(["#team", "!ack"]);
  });

  test.each(["", " ", ":only.a.prefix", "@a=b", "12", "PRIV-MSG x", "PING\r\nQUIT"])("%j is no line", (raw) => {
    expect(parseLine(raw)).toBeUndefined();
  });

  test("whatever a server sends, reading it does not throw", () => {
    fc.assert(fc.property(untrusted, (raw) => void parseLine(raw)));
  });
});

describe("writing a line", () => {
  test("what is written is read back the same", () => {
    const word = fc.stringMatching(/^[^\s:\0][^\s\0]{0,20}$/u);
    const tail = fc.stringMatching(/^[^\r\n\0]{0,40}$/u);
    fc.assert(
      fc.property(fc.constantFrom("PRIVMSG", "JOIN", "PASS", "904"), fc.array(word), tail, (command, middle, last) => {
        const line = formatLine(command, ...middle, last);
        expect(parseLine(line)).toEqual({ tags: {}, prefix: undefined, command, params: [...middle, last] });
      }),
    );
  });

  test("untrusted text is one line or an error, never two lines", () => {
    fc.assert(
      fc.property(untrusted, untrusted, (middle, last) => {
        try {
          expect(formatLine("PRIVMSG", middle, last)).not.toMatch(/[\r\n\0]/u);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(RangeError);
        }
      }),
    );
  });

  test("an error about a parameter does not repeat it", () => {
    expect(() => formatLine("PASS", "hunter2\r\nQUIT")).toThrow(/^parameter 1 of PASS holds a line break$/u);
    expect(() => formatLine("OPER", "hunter 2", "x")).toThrow(/^parameter 1 of OPER is empty or holds a space$/u);
  });
});

describe("untrusted text", () => {
  test("no control character, line break, formatting code or direction mark is left", () => {
    fc.assert(
      fc.property(untrusted, (text) => {
        expect(sanitise(text)).not.toMatch(/[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/u);
      }),
    );
  });

  test.each([
    ["disk\r\nQUIT :bye", "disk QUIT :bye"],
    ["\u0001ACTION dances\u0001", "ACTION dances"],
    ["\u000304,12red\u000f and \u0002bold\u0002 \u0004ff0000hex\u0003", "red and bold hex"],
    ["a\u202etxt.exe", "atxt.exe"],
  ])("%j becomes %j", (text, said) => {
    expect(sanitise(text)).toBe(said);
  });
});

describe("splitting", () => {
  const bytes = fc.integer({ min: 4, max: 120 });

  test("each piece fits, is whole UTF-8 and not empty", () => {
    fc.assert(
      fc.property(speech, bytes, (text, limit) => {
        for (const piece of splitText(text, limit)) {
          expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(limit);
          expect(piece.isWellFormed()).toBe(true);
          expect(piece).not.toBe("");
        }
      }),
    );
  });

  test("nothing is lost, doubled or put in another order", () => {
    fc.assert(
      fc.property(speech, bytes, (text, limit) => {
        expect(splitText(text, limit).join("").replaceAll(" ", "")).toBe(text.replaceAll(" ", ""));
      }),
    );
  });

  test("a word that fits into a line is never cut", () => {
    fc.assert(
      fc.property(speech, fc.webUrl(), speech, (before, link, after) => {
        const pieces = splitText(`${before} ${link} ${after}`.trim(), Buffer.byteLength(link) + 3);
        expect(pieces.some((piece) => piece.split(" ").includes(link))).toBe(true);
      }),
    );
  });

  test("a grapheme that fits is not torn", () => {
    const family = "👩‍👩‍👧‍👦";
    const pieces = splitText(family.repeat(5), 60);
    expect(pieces).toEqual([family.repeat(2), family.repeat(2), family]);
  });

  test("lines are as few as words allow", () => {
    expect(splitText("aaa bbb ccc ddd", 7)).toEqual(["aaa bbb", "ccc ddd"]);
  });

  test("the whole line as others read it has at most 512 bytes", () => {
    fc.assert(
      fc.property(speech, (text) => {
        const prefix = "tocsin!~tocsin@some.host.example.org";
        for (const piece of splitText(text.repeat(9), roomForText(prefix, "#team"))) {
          const whole = `:${prefix} PRIVMSG #team :${piece}\r\n`;
          expect(Buffer.byteLength(whole)).toBeLessThanOrEqual(512);
        }
      }),
    );
    expect(roomForText("a!b@c", "#t")).toBe(512 - ":a!b@c PRIVMSG #t :\r\n".length);
  });
});

test("names compare as IRC compares them", () => {
  expect(foldName("#Team[1]")).toBe(foldName("#tEAM{1}"));
  expect(nickOf("alice!~a@host")).toBe("alice");
});
