import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { faultNames } from "./fault.ts";

const module = fileURLToPath(new URL("fault.ts", import.meta.url));

/** A process that passes the kill points named, one after the other, and says which it survived. */
function passing(points: readonly string[], env: Record<string, string>): { signal: string | null; survived: string } {
  const script = `import { fault } from ${JSON.stringify(module)}; import { writeSync } from "node:fs";
    for (const point of ${JSON.stringify(points)}) { fault(point); writeSync(1, point + " "); }`;
  const ran = spawnSync(process.execPath, ["--input-type=module", "-e", script], { env, encoding: "utf8" });
  return { signal: ran.signal, survived: ran.stdout.trim() };
}

const points = ["inbox.appended", "delivery.claimed", "inbox.appended", "inbox.appended"];

describe("a kill point", () => {
  test("is dead code in production, whatever the environment asks for", () => {
    for (const env of [{}, { TOCSIN_FAULT: "inbox.appended" }, { TOCSIN_FAULT: "inbox.appended", TOCSIN_TEST: "0" }])
      expect(passing(points, env)).toEqual({ signal: null, survived: points.join(" ") });
  });

  test("kills when a test asks for it", () => {
    const env = { TOCSIN_TEST: "1", TOCSIN_FAULT: "delivery.claimed" };
    expect(passing(points, env)).toEqual({ signal: "SIGKILL", survived: "inbox.appended" });
  });

  test("kills at the turn that was asked for", () => {
    const env = { TOCSIN_TEST: "1", TOCSIN_FAULT: "inbox.appended:3" };
    expect(passing(points, env)).toEqual({ signal: "SIGKILL", survived: points.slice(0, 3).join(" ") });
  });

  test("that does not come kills nobody", () => {
    const env = { TOCSIN_TEST: "1", TOCSIN_FAULT: "inbox.appended:4" };
    expect(passing(points, env).signal).toBeNull();
  });

  test("has a name of its own", () => {
    expect(new Set(faultNames).size).toBe(faultNames.length);
  });
});
