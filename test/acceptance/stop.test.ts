// SIGTERM in the midst of everything: within ten seconds, with what was in flight settled or marked.
import { once } from "node:events";
import { createServer, type Server } from "node:net";
import { DatabaseSync } from "node:sqlite";
import { join } from "node:path";
import { expect, test } from "vitest";
import { second } from "../../src/lib/clock.ts";
import { dial } from "../kit/raw-http.ts";
import { tocsinProcess, type TocsinProcess } from "../kit/tocsin-process.ts";

const token = "hook-token-hook-token";

/** Takes connections, and never says a word. */
async function silence(): Promise<AsyncDisposable & { readonly port: number; readonly called: Promise<unknown> }> {
  const server: Server = createServer((socket) => socket.on("error", () => {}));
  const called = once(server, "connection");
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return { port, called, [Symbol.asyncDispose]: async () => void server.close() };
}

const config = (look: number, peer: number): string => `
site: { name: Packit }
server: { port: 0 }
components: [{ id: copr, name: Copr builds }]
channels: [{ id: team, type: webhook, audience: team, url: "http://127.0.0.1:${peer}/", secret: "whsec_${Buffer.from("a secret of thirty-two bytes, yes").toString("base64")}" }]
sources:
  - { id: hook, type: generic, token: ${token}, component: copr }
  - { id: health, type: http-probe, component: copr, url: "http://127.0.0.1:${look}/", every: 30s, timeout: 20s }
`;

/** A look, a delivery and a webhook that are all half-way. */
async function busy(
  tocsin: TocsinProcess,
  peer: { readonly called: Promise<unknown> },
  look: { readonly called: Promise<unknown> },
): Promise<void> {
  await tocsin.start();
  await look.called;
  const fired = { fingerprint: "f", status: "firing", summary: "It is down" };
  expect((await tocsin.post("/hooks/hook", fired, { Authorization: `Bearer ${token}` })).status).toBe(202);
  await tocsin.until(
    "the incident is there",
    async () => (await tocsin.ask("GET", "/api/v1/incidents/1")).status === 200,
  );
  await peer.called;
  const half = await dial(tocsin.url());
  half.write("POST /hooks/hook HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{");
}

test(
  "SIGTERM ends it with 0 within ten seconds; what was being sent goes again, marked",
  { timeout: 60_000 },
  async () => {
    await using look = await silence();
    await using peer = await silence();
    await using tocsin = await tocsinProcess(() => config(look.port, peer.port));
    await busy(tocsin, peer, look);
    const asked = performance.now();
    expect(await tocsin.stop()).toBe(0);
    expect(performance.now() - asked).toBeLessThan(10 * second);
    using database = new DatabaseSync(join(tocsin.dataDir, "tocsin.db"), { readOnly: true });
    const left = database.prepare("select status, possibly_repeated from deliveries where target = 'team'").all();
    expect(left).toEqual([{ status: "pending", possibly_repeated: 1 }]);
  },
);

test("a second SIGTERM ends it at once, and nothing is lost", { timeout: 60_000 }, async () => {
  await using look = await silence();
  await using peer = await silence();
  await using tocsin = await tocsinProcess(() => config(look.port, peer.port));
  await busy(tocsin, peer, look);
  const asked = performance.now();
  const code = tocsin.stop();
  await tocsin.until("it is stopping", () => tocsin.output().includes("stopping"));
  tocsin.signal("SIGTERM");
  expect(await code).toBe(1);
  expect(performance.now() - asked).toBeLessThan(3 * second);
  using database = new DatabaseSync(join(tocsin.dataDir, "tocsin.db"), { readOnly: true });
  expect(database.prepare("select count(*) as n from deliveries where target = 'team' and status in ('pending', 'claimed')").get()).toEqual({ n: 1 }); // prettier-ignore
});
