import * as fc from "fast-check";
import { expect, test } from "vitest";
import { inOrder, parseRecording, recordOf } from "./recording.ts";

test("whatever bytes came are written and read back as they were", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 60 }),
        fc.string({ unit: "binary" }).map((text) => Buffer.from(text)),
      ),
      fc.integer({ min: 0, max: 4e12 }),
      (body, receivedAt) => {
        const row = { source: "hook", receivedAt, headers: { "user-agent": "curl" }, body };
        const line = JSON.stringify(recordOf(row));
        expect(line).not.toContain("\n");
        const read = parseRecording(`${line}\n`, "a.jsonl");
        const [back] = read.ok ? read.value : expect.fail(read.error.join());
        expect(back).toMatchObject({ source: "hook", receivedAt, headers: row.headers, place: "a.jsonl:1" });
        expect([...(back?.body ?? [])]).toEqual([...body]);
      },
    ),
  );
});

test("a body that a human wrote as JSON is taken as JSON", () => {
  const read = parseRecording('{"source":"hook","received_at":"2026-11-22T10:00:00Z","body":{"a":1}}', "a.jsonl");
  const [one] = read.ok ? read.value : [];
  expect(Buffer.from(one?.body ?? []).toString()).toBe('{"a":1}');
});

test("every line that is wrong is told, by its number", () => {
  const text = [
    '{"source":"hook","received_at":"2026-11-22T10:00:00Z","body":"x"}',
    "",
    "{nonsense",
    '{"source":"hook","received_at":"yesterday","body":"x"}',
    '{"source":"hook","received_at":"2026-11-22T10:00:00Z"}',
    '{"source":"hook","received_at":"2026-11-22T10:00:00Z","body":"x","extra":1}',
  ].join("\n");
  const read = parseRecording(text, "calls.jsonl");
  const errors = read.ok ? expect.fail("it is wrong") : read.error;
  expect(errors.map((error) => error.slice(0, 40))).toEqual([
    expect.stringMatching(/^calls\.jsonl:3: not JSON/u),
    expect.stringMatching(/^calls\.jsonl:4: \$\.received_at: /u),
    expect.stringMatching(/^calls\.jsonl:5: \$: a line has either/u),
    expect.stringMatching(/^calls\.jsonl:6: /u),
  ]);
  expect(parseRecording("\n\n", "empty.jsonl")).toEqual({
    ok: false,
    error: ["empty.jsonl:1: there is no recorded webhook in it"],
  });
});

test("a header that was copied as the sender spells it is found all the same", () => {
  const line = { source: "a", received_at: "2026-11-22T10:42:00Z", headers: { "Content-Type": "text/x" }, body: {} };
  const read = parseRecording(JSON.stringify(line), "a.jsonl");
  expect(read.ok && read.value[0]?.headers).toEqual({ "content-type": "text/x" });
});

test("what came first is replayed first, whatever file it stands in", () => {
  const one = { source: "a", headers: {}, body: Buffer.from("x"), place: "" };
  const sorted = inOrder([
    { ...one, receivedAt: 3 },
    { ...one, receivedAt: 1, source: "b" },
    { ...one, receivedAt: 1, source: "c" },
  ]);
  expect(sorted.map(({ source }) => source)).toEqual(["b", "c", "a"]);
});
