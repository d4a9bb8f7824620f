import { expect, test, vi } from "vitest";
import { look, lookerOf } from "../../test/kit/looking.ts";
import { findProgram, skipped } from "../../test/peers/install.ts";
import { ping } from "./ping.ts";

const now = 1_000;

test("without the program it is blind, with a clear word", async () => {
  vi.stubEnv("PATH", "/nonexistent");
  const source = lookerOf(ping, { component: "copr", host: "127.0.0.1" });
  await expect(look(source, now)).rejects.toThrow(/cannot be pinged: this machine has no program called ping/u);
  vi.unstubAllEnvs();
});

test("a secretive address is never asked", async () => {
  const source = lookerOf(ping, { component: "copr", host: "169.254.169.254" });
  await expect(look(source, now)).rejects.toThrow(/was not asked: 169\.254\.169\.254/u);
});

test.skipIf(skipped(findProgram("ping", "iputils-ping"), "ping"))("a host that answers is up; or it is said that we may not ask", async () => {
  const source = lookerOf(ping, { component: "copr", host: "127.0.0.1", fail_after: 1 });
  const outcome = await look(source, now).then(({ samples }) => samples[0]?.up, (thrown: unknown) => String(thrown));
  expect(outcome === true || /cannot be pinged from here: .+/u.test(String(outcome)), String(outcome)).toBe(true);
}); // prettier-ignore
