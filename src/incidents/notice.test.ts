import { describe, expect, test } from "vitest";
import { complete, t0 } from "../../test/kit/incidents.ts";
import { lacks, type Notice } from "./notice.ts";

const fieldsOf = (notice: Notice): readonly string[] => lacks(notice).map((lack) => lack.field);

describe("what a notice lacks", () => {
  test("a complete one lacks nothing, with an ETA or with a promise", () => {
    expect(fieldsOf(complete)).toEqual([]);
    const { nextUpdateAt: _, ...withoutPromise } = complete;
    expect(fieldsOf({ ...withoutPromise, eta: t0 })).toEqual([]);
  });

  test("an empty one lacks each field by the name that `incident edit` knows, and says what to write", () => {
    const found = lacks({ title: "", alternatives: [], links: [] });
    expect(found.map((lack) => lack.field)).toEqual(["title", "scope", "affected", "alternative", "eta", "retrigger"]);
    for (const { say } of found) expect(say).toMatch(/\w/u);
  });

  test.each<[string, Partial<Notice>]>([
    ["title", { title: " \t" }],
    ["scope", { scope: "\n" }],
    ["affected", { affected: "" }],
    ["alternative", { alternatives: ["", "  "] }],
    ["retrigger", { retrigger: " " }],
    ["link", { cause: "Copr" }],
    ["link", { cause: "Copr", links: [{ url: " " }] }],
  ])("white space is no %s", (field, edit) => {
    expect(fieldsOf({ ...complete, ...edit })).toEqual([field]);
  });

  test("an unknown ETA needs the time of the next update", () => {
    const { nextUpdateAt: _, ...without } = complete;
    expect(fieldsOf(without)).toEqual(["next-update"]);
  });

  test("who is blamed is linked to; one answer among blank alternatives is enough", () => {
    expect(fieldsOf({ ...complete, cause: "Copr", links: [{ url: "https://copr.example" }] })).toEqual([]);
    expect(fieldsOf({ ...complete, alternatives: ["", "none known"] })).toEqual([]);
  });
});
