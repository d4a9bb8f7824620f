import { expect, test } from "vitest";
import { hungAfter, hungLoops, makeBeats } from "./turns.ts";

test("a loop hangs when one turn of it has taken longer than any may", () => {
  const beats = makeBeats();
  const now = performance.now();
  beats.running.set("look builds", now - hungAfter - 1);
  beats.running.set("intake", now);
  expect(hungLoops(beats)).toEqual(["look builds"]);
  beats.running.delete("look builds");
  expect(hungLoops(beats)).toEqual([]);
});
