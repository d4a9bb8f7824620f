import { expect, test } from "vitest";
import { within } from "./deadline.ts";

test("what ends in time is answered, with its value or its error", async () => {
  expect(await within(60_000, Promise.resolve(7), "late")).toBe(7);
  await expect(within(60_000, Promise.reject(new Error("broken")), "late")).rejects.toThrow("broken");
});

test("what never ends is given up, with the reason", async () => {
  await expect(within(1, new Promise(() => {}), "the database does not answer")).rejects.toThrow(
    "the database does not answer",
  );
});

test("work that fails after it was given up is nobody's trouble", async () => {
  const work = Promise.withResolvers<void>();
  await expect(within(1, work.promise, "late")).rejects.toThrow("late");
  work.reject(new Error("afterwards"));
  await expect(work.promise).rejects.toThrow("afterwards");
});
