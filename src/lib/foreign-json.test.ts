import { describe, expect, test } from "vitest";
import { parseForeignJson } from "./foreign-json.ts";

const read = (text: string | Uint8Array) => parseForeignJson(Buffer.from(text));

describe("what somebody else wrote", () => {
  test("is what it says, whatever stands in its texts", () => {
    const value = {
      brackets: "[{".repeat(300_000),
      quotes: '"'.repeat(100),
      slashes: "\\".repeat(99),
      list: [1, null],
    };
    expect(read(JSON.stringify(value))).toEqual({ ok: true, value });
  });

  test("is refused with a reason where it is no JSON, or no UTF-8", () => {
    expect(read("{")).toMatchObject({ ok: false, error: expect.stringMatching(/^not JSON: /u) });
    expect(read(Uint8Array.of(34, 0xc3, 34))).toEqual({ ok: false, error: "not UTF-8" });
  });

  test.each([
    ["nested", "[".repeat(4_000_000) + "]".repeat(4_000_000)],
    ["nested and never closed", '{"a":'.repeat(1_000_000)],
    ["side by side", `[${"{},".repeat(2_000_000)}{}]`],
  ])("is refused unread where millions of lists or objects are %s", (_, text) => {
    expect(read(text)).toEqual({ ok: false, error: "more than 100,000 lists and objects in one body" });
  });

  test("is taken with as many parts as ten thousand alerts have", () => {
    const alerts = Array.from({ length: 10_000 }, (_, i) => ({
      labels: { i },
      annotations: {},
      more: ["x".repeat(20)],
    }));
    expect(read(JSON.stringify(alerts))).toEqual({ ok: true, value: alerts });
  });
});
