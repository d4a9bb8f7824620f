import { describe, expect, test } from "vitest";
import { makeLog, silentLog, type Log } from "./log.ts";

function heard(terminal: boolean, level = "info"): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const now = (): number => Date.parse("2026-11-22T10:42:15Z");
  return { log: makeLog({ level, terminal, now, to: { write: (line) => lines.push(line) } }), lines };
}

describe("a log for machines", () => {
  test("is a JSON line per message, with its level, its time and its fields", () => {
    const { log, lines } = heard(false);
    log.info({ source: "builds" }, "looked");
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/\n$/);
    expect(JSON.parse(lines[0] ?? "")).toEqual({
      level: 30,
      time: Date.parse("2026-11-22T10:42:15Z"),
      source: "builds",
      msg: "looked",
    });
  });

  test("stays a line per message, whatever the message is", () => {
    const { log, lines } = heard(false);
    log.info({ text: "a\nb\u2028" }, "a\n{}\r\nb\u001b[2J");
    expect(lines.join("").split("\n")).toHaveLength(2);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({ msg: "a\n{}\r\nb\u001b[2J" });
  });

  test("says nothing below its level", () => {
    const { log, lines } = heard(false, "warn");
    log.info("quiet");
    log.warn("loud");
    expect(lines).toHaveLength(1);
  });
});

describe.each([
  ["machines", false],
  ["people", true],
])("a log for %s", (_whom, terminal) => {
  test("blanks what is called a secret, at the top and one step down", () => {
    const { log, lines } = heard(terminal);
    for (const key of ["token", "password", "secret", "authorization"]) {
      log.info({ [key]: "hunter2" }, "top");
      log.info({ headers: { [key]: "hunter2" } }, "within");
      log.child({ [key]: "hunter2" }).info("bound");
    }
    expect(lines).toHaveLength(12);
    expect(lines.join("")).not.toContain("hunter2");
    expect(lines.join("")).toContain("[Redacted]");
  });
});

describe("a log for people", () => {
  test("is a short line: the time, the level, the words, the fields", () => {
    const { log, lines } = heard(true);
    log.warn({ channel: "team-irc", tries: 3, places: ["a"] }, "is not there");
    expect(lines).toEqual(['10:42:15 warn  is not there channel=team-irc tries=3 places=["a"]\n']);
  });

  test("names every level", () => {
    const { log, lines } = heard(true, "debug");
    for (const level of ["debug", "info", "warn", "error", "fatal"] as const) log[level]("x");
    expect(lines.map((line) => line.split(/ +/)[1])).toEqual(["debug", "info", "warn", "error", "fatal"]);
  });

  test("cannot steer the terminal", () => {
    const { log, lines } = heard(true);
    log.info({ title: "a\u001b]0;title\u0007b\r\nc" }, "\u001b[2Jgone\nsecond\u202eline");
    expect(lines).toEqual(["10:42:15 info  [2Jgone secondline title=a]0;titleb c\n"]);
  });
});

test("the silent log says nothing", () => {
  expect(silentLog.level).toBe("silent");
  expect(silentLog.isLevelEnabled("fatal")).toBe(false);
});
