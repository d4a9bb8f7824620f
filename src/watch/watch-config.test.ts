import { z } from "zod";
import { expect, test } from "vitest";
import { sayConfigError } from "../config/load.ts";
import { loadWatchConfig, WatchBase } from "./watch-config.ts";

const channels = { stdout: { config: z.strictObject({}) } };
const key = Buffer.alloc(32).toString("base64");
const least = `
id: helsinki
key: ${key}
origin: { url: "https://status.example.org", token: t }
network_check: ["https://example.com"]
`;
const load = (text: string) => loadWatchConfig(text, "tocsin-watch.yaml", { TOKEN: "s3cret" }, channels);
const errorsOf = (text: string): readonly string[] => {
  const read = load(text);
  return read.ok ? [] : read.error.map(sayConfigError);
};

test("the least config is a name, a key, an origin and an address outside", () => {
  expect(load(least)).toMatchObject({
    ok: true,
    value: { silent_after: 90_000, update_every: 1_800_000, origin: { every: 15_000, timeout: 5_000 }, mirrors: [] },
  });
});

test("a mirror is written as the origin's config has it, and renewed as its place allows", () => {
  const read = load(`${least}
mirrors:
  - { id: git, type: static-site, to: { git: "git@example.org:x.git", branch: pages }, public_url: "https://x.example.org", settle: 5m }
  - { id: folder, to: { directory: ./x } }
`);
  expect(read).toMatchObject({ ok: true, value: { mirrors: [{ every: 900_000 }, { every: 60_000 }] } });
});

test("every mistake is told at once, with its place and what was meant", () => {
  const errors = errorsOf(`
id: helsinki
key: short
origin: { url: "https://status.example.org", tokn: t }
network_check: []
silent_after: 5s
channels: [{ id: team, type: stdot }]
`);
  expect(errors).toEqual([
    expect.stringMatching(/:3:1: key: must be 32 bytes in base64; make one with: openssl/u),
    expect.stringMatching(/:4:.*token: missing: A token of the scope/u),
    expect.stringMatching(/:4:.*tokn: unknown key; did you mean "token"/u),
    expect.stringMatching(/:5:1: network_check: must have at least one entry/u),
    expect.stringMatching(/:6:1: silent_after: must be at least 30 s/u),
    expect.stringMatching(/:7:.*no channel of type "stdot"; did you mean "stdout"/u),
  ]);
});

test("every key says what it is for", () => {
  for (const [name, field] of Object.entries(WatchBase.shape))
    expect(`${name}: ${z.globalRegistry.get(field)?.description ?? ""}`).toMatch(/: \S/u);
});
