import type { Answer } from "dns-packet";
import { expect, test } from "vitest";
import { look, lookerOf, said } from "../../test/kit/looking.ts";
import { startNameServer, type Says } from "../../test/peers/name-server.ts";
import { dnsProbe } from "./dns-probe.ts";

const name = "ci.example.org";
const now = Date.parse("2026-11-22T12:00:00Z");

const a = (data: string): Answer => ({ type: "A", name, data });

async function seen(says: Says, config: object = {}): Promise<readonly string[]> {
  await using server = await startNameServer(() => says);
  const whole = { component: "copr", name, resolver: "127.0.0.1", port: server.port, fail_after: 1, ...config };
  const { alerts, samples } = await look(lookerOf(dnsProbe, whole, { timeout: 300 }), now);
  expect(samples[0]?.up).toBe(alerts.length === 0);
  return said(alerts);
}

test.each<readonly [string, Says, object]>([
  ["any answer, where none is expected", [a("192.0.2.1")], {}],
  ["the value that is expected, among others", [a("192.0.2.1"), a("192.0.2.2")], { expect: "192.0.2.2" }],
  ["all values and no other", [a("192.0.2.1"), a("192.0.2.2")], { expect: ["192.0.2.2", "192.0.2.1"], only: true }],
  ["an IPv6 address", [{ type: "AAAA", name, data: "2001:db8::1" }], { record: "AAAA", expect: "2001:db8::1" }],
  ["a name in other letters, with a dot", [{ type: "CNAME", name, data: "WWW.example.org" }], { record: "CNAME", expect: "www.example.org." }],
  ["a mail server", [{ type: "MX", name, data: { preference: 10, exchange: "mail.example.org" } }], { record: "MX", expect: "10 mail.example.org" }],
  ["a text in parts", [{ type: "TXT", name, data: ["v=spf1 ", "-all"] }], { record: "TXT", expect: "v=spf1 -all" }],
  ["a service", [{ type: "SRV", name, data: { priority: 1, weight: 2, port: 443, target: "a.example.org" } }], { record: "SRV", expect: "1 2 443 a.example.org" }],
  ["a name server", [{ type: "NS", name, data: "ns1.example.org" }], { record: "NS", expect: "ns1.example.org" }],
  ["who may issue", [{ type: "CAA", name, data: { flags: 0, tag: "issue", value: "ca.example.net" } }], { record: "CAA", expect: '0 issue "ca.example.net"' }],
])("a server that answers %s is well", async (_, says, config) => {
  expect(await seen(says, config)).toEqual([]);
}); // prettier-ignore

test.each<readonly [string, Says, object, RegExp]>([
  ["another value", [a("192.0.2.1")], { expect: "192.0.2.9" }, /127\.0\.0\.1 answers 192\.0\.2\.1; 192\.0\.2\.9 is not among it/u],
  ["one value too many", [a("192.0.2.1"), a("6.6.6.6")], { expect: "192.0.2.1", only: true }, /answers 192\.0\.2\.1 and 6\.6\.6\.6; 6\.6\.6\.6 should not be among it/u],
  ["that there is no such name", { rcode: "NXDOMAIN" }, {}, /says that there is no such name \(NXDOMAIN\): ci\.example\.org A/u],
  ["that there is no such record", [], {}, /says that the name has no such record: ci\.example\.org A/u],
  ["that it failed", { rcode: "SERVFAIL" }, {}, /cannot answer for ci\.example\.org A \(SERVFAIL\)/u],
  ["that it will not", { rcode: "REFUSED" }, {}, /refuses to answer for ci\.example\.org A/u],
  ["nothing", "silence", {}, /did not answer for ci\.example\.org A within 0\.3 s/u],
])("a server that answers %s is down", async (_, says, config, because) => {
  expect(await seen(says, config)).toEqual([expect.stringMatching(because)]);
}); // prettier-ignore

test("a name server at a secretive address is never asked", async () => {
  const source = lookerOf(dnsProbe, { component: "copr", name, resolver: "169.254.169.253" });
  await expect(look(source, now)).rejects.toThrow(/was not asked: 169\.254\.169\.253/u);
});
