import { describe, expect, test } from "vitest";
import type { Surface } from "../delivery/surface.ts";
import { firstReached } from "./links.ts";

const own = "https://status.example.org";
const targets = [{ id: "folder" }, { id: "git", publicUrl: "https://a.example/s" }, { id: "s3", publicUrl: "https://b.example" }]; // prettier-ignore
const at = (...states: readonly (readonly [string, Surface["status"]])[]): ReadonlyMap<string, Surface> =>
  new Map(states.map(([name, status]) => [name, { name, status, lookedAt: 1 }]));

describe("a public link", () => {
  test.each<readonly [string, ReadonlyMap<string, Surface>, string]>([
    ["is ours while nobody has looked", at(), `${own}/incidents/7`],
    [
      "is ours while our page answers, old or not",
      at(["live page", "differs"], ["git", "equal"]),
      `${own}/incidents/7`,
    ],
    ["is the first mirror's that answers while our page does not", at(["live page", "unreachable"], ["git", "unreachable"], ["s3", "differs"]), "https://b.example/incidents/7.html"], // prettier-ignore
    ["is ours when nothing answers", at(["live page", "unreachable"], ["git", "unreachable"]), `${own}/incidents/7`],
  ])("%s", (_, surfaces, wanted) => {
    expect(firstReached(`${own}/incidents/7`, own, targets, surfaces)).toBe(wanted);
  });

  test("to the team's page stays here", () => {
    const surfaces = at(["live page", "unreachable"], ["git", "equal"]);
    expect(firstReached(`${own}/team/7/key`, own, targets, surfaces)).toBe(`${own}/team/7/key`);
  });
});
