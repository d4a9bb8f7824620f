import * as fc from "fast-check";
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { statuspageCode } from "./codes.ts";

test("a code is twelve characters that never change", () => {
  expect(statuspageCode("component", "copr")).toBe(statuspageCode("component", "copr"));
  expect(statuspageCode("component", "copr")).toMatch(/^[0-9a-z]{12}$/u);
  expect(statuspageCode("component", "copr")).not.toBe(statuspageCode("group", "copr"));
});

test("it is the head of the whole hash in base 36", () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (kind, id) => {
      const hash = createHash("sha256").update(`${kind}:${id}`).digest("hex");
      let whole = 0n;
      for (const character of statuspageCode(kind, id).padEnd(50, "0"))
        whole = whole * 36n + BigInt(parseInt(character, 36));
      const off = BigInt(`0x${hash}`) - whole;
      expect(off >= 0n && off < 36n ** 38n).toBe(true);
    }),
  );
});
