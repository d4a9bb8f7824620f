import { expect, test } from "vitest";
import { parseSize, saySize } from "./size.ts";

test.each([
  ["1KiB", 1_024, "1 KiB"],
  ["512KiB", 524_288, "512 KiB"],
  ["1024KiB", 1_048_576, "1 MiB"],
  ["16MiB", 16_777_216, "16 MiB"],
])("%s is %i bytes, and is said as %s", (text, bytes, said) => {
  expect(parseSize(text)).toBe(bytes);
  expect(saySize(bytes)).toBe(said);
});

test.each(["", "1", "1 MiB", "1MB", "1.5MiB", "-1KiB", "1mib", "99999999KiB"])("%j is no size", (text) => {
  expect(parseSize(text)).toBeUndefined();
});
