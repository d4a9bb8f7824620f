import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { describe, expect, test } from "vitest";
import { look, lookerOf, said, type Look } from "../../test/kit/looking.ts";
import { openssl, startAuthority, type Pair } from "../../test/peers/authority.ts";
import { skipped } from "../../test/peers/install.ts";
import { tcp, tls } from "../../test/peers/servers.ts";
import { day, wallClock } from "../lib/clock.ts";
import { tlsProbe } from "./tls-probe.ts";

const now = wallClock.now() + 60_000;

async function seen(pair: Pair, at = now, state?: unknown, config: object = {}): Promise<Look> {
  await using server = await tls(pair);
  const whole = { component: "copr", host: server.host, port: server.port, fail_after: 1, recover_after: 1, ...config };
  return await look(lookerOf(tlsProbe, whole, { timeout: 500 }), at, state);
}

describe.skipIf(skipped(openssl, "tls"))("a certificate", () => {
  test("is about to expire until it has expired; then it is down; a new one ends it", async () => {
    using authority = startAuthority();
    setDefaultCACertificates([...getCACertificates("default"), authority.cert]);
    const old = authority.issue("IP:127.0.0.1", -80, 20.5);
    const well = await seen(old);
    expect(well.alerts).toEqual([]);
    const soon = await seen(old, now + 7 * day, well.state);
    expect(said(soon.alerts)).toEqual([expect.stringMatching(/^expiring firing: \S+ has a certificate that expires in 13 days \(/u)]);
    expect(soon.samples[0]?.up).toBe(true);
    const still = await seen(old, now + 8 * day, soon.state);
    expect(still.alerts).toEqual([]);
    const over = await seen(old, now + 22 * day, still.state);
    expect(said(over.alerts)).toEqual([
      expect.stringMatching(/^down firing: \S+ has a certificate that expired .* ago \(since /u),
      expect.stringMatching(/^expiring resolved: /u),
    ]);
    const renewed = await seen(authority.issue("IP:127.0.0.1", -1, 300), now + 23 * day, over.state);
    expect(said(renewed.alerts)).toEqual([expect.stringMatching(/^down resolved: \S+ is well again after/u)]);
  }); // prettier-ignore

  test("must be for the name, and from an authority that is trusted", async () => {
    using authority = startAuthority();
    setDefaultCACertificates([...getCACertificates("default"), authority.cert]);
    const named = authority.issue("DNS:ci.example.org", -1, 100);
    expect(said((await seen(named)).alerts)).toEqual([expect.stringMatching(/for other names \(ci\.example\.org\)/u)]);
    expect((await seen(named, now, undefined, { name: "ci.example.org" })).alerts).toEqual([]);
    const alone = await seen(authority.alone("IP:127.0.0.1"));
    expect(said(alone.alerts)).toEqual([expect.stringMatching(/has a certificate that it signed itself/u)]);
  });
});

test("who does not speak TLS is down", async () => {
  await using server = await tcp((socket) => void socket.end("220 mail\r\n"));
  const whole = { component: "copr", host: server.host, port: server.port, fail_after: 1 };
  const { alerts } = await look(lookerOf(tlsProbe, whole, { timeout: 500 }), now);
  expect(said(alerts)).toEqual([expect.stringMatching(/does not speak TLS as it should|instead of speaking TLS/u)]);
});

test("who takes the connection and never shakes hands is down", async () => {
  await using server = await tcp(() => {});
  const whole = { component: "copr", host: server.host, port: server.port, fail_after: 1 };
  const { alerts } = await look(lookerOf(tlsProbe, whole, { timeout: 200 }), now);
  expect(said(alerts)).toEqual([
    expect.stringMatching(/took the connection, but did not answer within 0\.2 s to TLS/u),
  ]);
});
