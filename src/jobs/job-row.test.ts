import { expect, test } from "vitest";
import { jobRowOf } from "./job-row.ts";

const least = { id: 7, type: "copr_build", project: "a/b", status: "success", created_at: "2026-03-02T00:00:00Z" };
const created = Date.parse("2026-03-02T00:00:00Z");
const read = (more: object): unknown => jobRowOf({ ...least, ...more });
const good = (more: object): unknown => ({ ok: true, value: { ...least, created_at: created, ...more } });

test("what is null or empty is absent, and keys that nobody knows are left out", () => {
  expect(read({})).toEqual(good({}));
  expect(read({ target: null, trigger: "", started_at: "", finished_at: null, message: "", pull: null, hue: 1 })).toEqual(good({})); // prettier-ignore
  const names = { target: "f43", trigger: "t", repository: "r", commit: "c", check: "k", message: "m", pull: 3 };
  expect(read(names)).toEqual(good(names));
});

test("a time is ISO 8601, in UTC where it has no zone, or milliseconds", () => {
  expect(read({ created_at: "2026-03-02T01:00:00+01:00" })).toEqual(good({}));
  expect(read({ created_at: "2026-03-02T00:00:00", started_at: created + 0.4 })).toEqual(good({ started_at: created }));
});

test.each([
  [{ id: "" }, "id: "],
  [{ id: true }, "id: "],
  [{ type: 5 }, "type: "],
  [{ project: "p".repeat(1_001) }, "project: "],
  [{ target: 5 }, "target: "],
  [{ status: "sucess" }, 'status: there is no "sucess"; did you mean "success"?'],
  [{ created_at: "soon" }, "created_at: is no time"],
  [{ created_at: 9e15 }, "created_at: is no time"],
  [{ finished_at: false }, "finished_at: is no time"],
  [{ message: 5 }, "message: "],
  [{ pull: 1.5 }, "pull: "],
])("%j is told", (more, words) => {
  expect(read(more)).toEqual({ ok: false, error: expect.stringContaining(words) });
});
