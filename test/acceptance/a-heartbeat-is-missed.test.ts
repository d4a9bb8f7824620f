// A job that pings: what counts as a ping and what does not, and what the team hears when it fails or falls silent.
import { expect, test } from "vitest";
import { tocsinProcess } from "../kit/tocsin-process.ts";

const token = "ping-token-of-nightly";

const config = (): string => `
site: { name: Packit }
server: { port: 0 }
components: [{ id: api, name: Packit API }]
channels: [{ id: team, type: stdout }]
sources:
  - { id: nightly, type: heartbeat, component: api, every: 2m, grace: 1m, token: ${token} }
  - { id: careful, type: heartbeat, component: api, every: 1d, token: ${token}, post_only: true }
`;

test("a job is heard, fails, recovers and falls silent; a crash loses no ping", { timeout: 60_000 }, async () => {
  await using tocsin = await tocsinProcess(config);
  await tocsin.start();
  const ping = (rest = "", body = "") => tocsin.post(`/ping/nightly/${token}${rest}`, body);
  const alerts = async (): Promise<readonly string[]> => {
    const { body } = await tocsin.ask("GET", "/api/v1/alerts");
    const list: { key: string; status: string; summary: string }[] = JSON.parse(body);
    return list.map(({ key, status, summary }) => `${key} ${status} ${summary}`);
  };
  const tells = (pattern: RegExp): Promise<void> =>
    tocsin.until(`an alert ${String(pattern)}`, async () => {
      await tocsin.advance(9_000);
      return (await alerts()).some((alert) => pattern.test(alert));
    });

  expect(await ping()).toMatchObject({ status: 200, body: "OK\n" });
  expect((await tocsin.get(`/ping/nightly/${token}/start`)).status).toBe(200);

  // What is no ping is not counted, and says so; nothing of it repeats the token.
  const preview = { "User-Agent": "TelegramBot (like TwitterBot)" };
  const refused = [
    [403, await tocsin.get(`/ping/nightly/${token}`, preview)],
    [401, await tocsin.get(`/ping/nightly/${token}x`)],
    [404, await tocsin.get(`/ping/nightyl/${token}`)],
    [404, await tocsin.get(`/ping/${token}/nightly`)],
    [404, await tocsin.get(`/ping/nightly/${token}/256`)],
    [404, await tocsin.get(`/ping/nightly`)],
    [405, await tocsin.get(`/ping/careful/${token}`)],
  ] as const;
  for (const [status, answer] of refused) expect([answer.status, answer.body.includes(token)]).toEqual([status, false]);
  expect(refused[2][1].body).toContain('did you mean \\"nightly\\"?');
  expect((await tocsin.post(`/ping/careful/${token}`, "")).status).toBe(200);

  // Killed right after the answer: the failure is told all the same, with the end of its log.
  expect((await ping("/7", `${"x".repeat(300_000)}\npg_dump: connection refused\n`)).status).toBe(200);
  await tocsin.kill();
  await tocsin.start();
  await tells(/^nightly\/failing firing nightly failed with exit code 7: pg_dump: connection refused$/u);
  await ping();
  await tells(/^nightly\/failing resolved nightly ended well again$/u);
  await tells(
    /^nightly\/silent firing nightly has not pinged: due at 2026-11-22T10:\S+, \d+ min ago; the last was at/u,
  );
  await ping();
  await tells(/^nightly\/silent resolved nightly pings again$/u);
  expect(await tocsin.stop()).toBe(0);
  expect(tocsin.output()).not.toContain(token);
});
